//! `unitlint check`

use super::args::{CheckArgs, Format};
use super::{Out, Outcome, Trouble, paint, policy, print, work};
use crate::emit::check::{self as emit, Document};
use crate::emit::human;
use crate::engine::suppress::Date;
use crate::engine::{Selection, check, loader};
use crate::rule::{self, Finding, Group, Level};

/// What makes the exit status 1.
enum FailOn {
    Level(Level),
    Rule(&'static str),
    Group(Group),
    /// above so many tenths
    Score(u32),
}

impl FailOn {
    fn parse(word: &str) -> Result<Self, Trouble> {
        let word = word.trim();
        if let Some(limit) = word.strip_prefix("score>") {
            let tenths =
                limit.parse::<f64>().ok().filter(|l| (0.0..=10.0).contains(l)).map(|l| (l * 10.0).round() as u32);
            return tenths.map(Self::Score).ok_or_else(|| {
                Trouble(format!("--fail-on {word}: the limit is a number from 0 to 10, such as score>6.0"))
            });
        }
        if let Some(level) = Level::named(word) {
            return Ok(Self::Level(level));
        }
        if let Some(group) = Group::named(word) {
            return Ok(Self::Group(group));
        }
        let rule = rule::find(word)
            .ok_or_else(|| format!("--fail-on {word}: neither a level (note, warn, error), a rule nor score>NUMBER"))?;
        Ok(Self::Rule(rule.id))
    }

    fn holds(&self, findings: &[&Finding], exposures: &[u32]) -> bool {
        match self {
            Self::Level(level) => findings.iter().any(|f| f.level >= *level),
            Self::Rule(id) => findings.iter().any(|f| f.rule.id == *id),
            Self::Group(group) => findings.iter().any(|f| f.rule.group == *group),
            Self::Score(limit) => exposures.iter().any(|e| e > limit),
        }
    }
}

/// The only place that asks the clock: suppressions may expire.
#[allow(clippy::disallowed_methods, reason = "handed to the engine, which never asks")]
fn today() -> Option<Date> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Date::from_days(since.as_secs() / 86_400))
}

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Trouble> {
    let selection = Selection::parse(&args.select, &args.ignore)?;
    let fail_on = args.fail_on.iter().map(|w| FailOn::parse(w)).collect::<Result<Vec<_>, _>>()?;
    let work = work(&args.units, false, ".")?;
    let target = work.plan.target;
    let policy = policy(args.security_policy.as_deref(), target)?;
    let mut document = match args.format {
        Format::Json => Some(Document::new(Out::new()?, &target)),
        _ => None,
    };
    let mut findings = Vec::new();
    let mut suppressed = 0;
    let today = today();
    let (mut units, mut exposures, mut written) = (0, Vec::new(), Ok(()));
    let all_read = work.each_unit(|unit| {
        let report = check(unit, &selection, &policy, today);
        suppressed += report.suppressed;
        units += 1;
        exposures.extend(report.score.as_ref().map(|s| s.exposure));
        if let Some(document) = document.as_mut().filter(|_| written.is_ok()) {
            written = document.unit(&report);
        }
        findings.extend(loader::modes(&*work.tree, &report.unit, &selection));
        findings.extend(report.findings);
    });
    findings.extend(loader::scan(&*work.tree, &work.plan, &selection));
    let mut shown: Vec<&Finding> = findings.iter().collect();
    if let Some(document) = document {
        written
            .and_then(|()| document.finish(&shown, units, suppressed))
            .map_err(|e| format!("standard output: {e}"))?;
    } else {
        let paint = paint(args.units.color);
        // what matters most comes last, where the eye is
        shown.sort_by_key(|f| f.level);
        let text = match args.format {
            Format::Concise => emit::concise(&shown, paint),
            Format::Table => emit::table(&shown, paint),
            _ => {
                human::findings(&shown, args.all, paint) + &human::summary(&shown, units, suppressed, &exposures, paint)
            }
        };
        print(&text)?;
    }
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !all_read {
        Outcome::Failed
    } else if fail_on.iter().any(|f| f.holds(&shown, &exposures)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
