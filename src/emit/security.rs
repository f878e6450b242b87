//! `unitlint security`: the exposure of units, for people and for programs.

use super::json::{Json, quote};
use super::style::{Look, Paint, clean, path, shorten};
use crate::engine::Proposal;
use crate::engine::plan::Misnamed;
use crate::engine::score::{Part, Score, decided, level, median, place, tenths};
use crate::rule::{self, Exposure, Rule};
use crate::text::count_word;
use crate::unit::{From, State, Unit};
use crate::vocab::value::Outcome;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What makes a unit other than it is written.
#[derive(Clone, Debug)]
pub enum By {
    /// the file of a profile of portable services that it is attached with
    Profile(PathBuf),
    /// the name of the machine that enforces some of it
    Host(String),
}

/// What a unit is without that.
#[derive(Clone, Debug)]
pub struct Before {
    /// what makes it another
    pub by: By,
    /// in tenths; `None` for a unit without a score
    pub exposure: Option<u32>,
}

/// A unit in a list.
pub struct Row {
    /// its name
    pub name: String,
    /// where it was found
    pub path: PathBuf,
    /// in tenths, or why it has none
    pub exposure: Result<u32, String>,
    /// without what makes it another
    pub before: Option<Before>,
}

impl Row {
    /// What a list shows of a unit.
    pub fn of(unit: &Unit, score: Option<&Score>, before: Option<Before>) -> Self {
        let why = || refusal(unit).unwrap_or("no score").to_owned();
        Self {
            name: unit.name.to_string(),
            path: unit.path.clone(),
            exposure: score.map(|s| s.exposure).ok_or_else(why),
            before,
        }
    }

    /// A file that is no unit because of its name.
    pub fn misnamed(file: &Misnamed) -> Self {
        let name = clean(&file.path.file_name().unwrap_or_default().to_string_lossy()).into_owned();
        Self { name, path: file.path.clone(), exposure: Err(NO_UNIT_NAME.to_owned()), before: None }
    }

    /// In tenths without what makes it another, where the unit has a score there.
    fn exposure_before(&self) -> Option<u32> {
        self.before.as_ref()?.exposure
    }
}

/// `7.2 → 4.1` of a unit that something makes another, else the exposure alone.
fn exposures(before: Option<&Before>, exposure: u32, arrow: &str) -> String {
    let before = before.map(|b| b.exposure.map_or_else(|| "no score".to_owned(), tenths));
    before.map_or_else(String::new, |b| format!("{b} {arrow} ")) + &tenths(exposure)
}

/// Why a unit has no score.
pub fn refusal(unit: &Unit) -> Option<&str> {
    match &unit.state {
        State::Loaded => None,
        State::Masked => Some("masked"),
        State::NotFound => Some("not found"),
        State::Refused(why) => Some(why),
    }
}

/// The JSON document of the contract, unit by unit.
pub struct Document<W: Write> {
    json: Json<W>,
    heads: Vec<Head>,
}

impl<W: Write> Document<W> {
    /// Begins the document.
    pub fn new(out: W, systemd: u16, modelled_as: u16) -> Self {
        let mut json = Json::new(out);
        super::head(&mut json);
        json.key("systemd").number(systemd).key("modelled_as").number(modelled_as).key("units").open(b'[');
        Self { json, heads: rule::exposure_rules().map(|(rule, check)| Head::of(rule, check)).collect() }
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// Of the writer.
    pub fn unit(&mut self, unit: &Unit, score: Option<&Score>, before: Option<&Before>) -> io::Result<()> {
        let json = &mut self.json;
        json.open(b'{').key("path").path(&unit.path).key("unit").string(unit.name.as_str());
        json.key("scope").string(unit.scope.word());
        match score {
            Some(s) => json.key("overall").tenths(s.exposure).key("level").string(s.level()),
            None => json.key("overall").null().key("level").null(),
        };
        json.key("refused").optional(refusal(unit));
        without(json, before);
        json.key("checks").open(b'[');
        if let Some(score) = score {
            let mut places = Places::of(unit);
            for (part, head) in score.parts.iter().zip(&self.heads) {
                check(json, unit, score, part, head, &mut places);
            }
        }
        json.close(b']').close(b'}');
        json.flush_if_large()
    }

    /// Adds a file that is no unit because of its name.
    pub fn misnamed(&mut self, file: &Misnamed) {
        let json = &mut self.json;
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        json.open(b'{').key("path").path(&file.path).key("unit").string(&name).key("scope").string(file.scope.word());
        json.key("overall").null().key("level").null().key("refused").string(NO_UNIT_NAME);
        without(json, None);
        json.key("checks").open(b'[').close(b']').close(b'}');
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.json.close(b']').close(b'}');
        self.json.finish()
    }
}

const NO_UNIT_NAME: &str = "the file name is not a valid unit name";

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    quote(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

/// The places of a unit's checks as JSON, each made once. Most checks share one, the header of the section.
struct Places {
    paths: Vec<String>,
    known: Vec<((u16, u32), String)>,
}

impl Places {
    fn of(unit: &Unit) -> Self {
        Self {
            paths: unit.files.iter().map(|f| quoted(&f.source.path.to_string_lossy())).collect(),
            known: Vec::with_capacity(8),
        }
    }

    fn at(&mut self, unit: &Unit, file: u16, offset: u32) -> &str {
        let at = (file, offset);
        let index = self.known.iter().position(|(k, _)| *k == at).unwrap_or_else(|| {
            let line = unit.files[usize::from(file)].source.line(offset);
            let path = &self.paths[usize::from(file)];
            self.known.push((at, format!("\",\"at\":{{\"path\":{path},\"line\":{line}}}}}")));
            self.known.len() - 1
        });
        &self.known[index].1
    }
}

/// What is the same for a check of every unit, as JSON: up to its exposure when it costs something, and up to its place.
struct Head {
    costs: String,
    behind: String,
    good: String,
    none: String,
}

impl Head {
    /// Ids of checks and rules need no escapes; a test looks at them all.
    fn of(rule: &Rule, check: &Exposure) -> Self {
        let begin = |set: &str| format!("{{\"id\":\"{}\",\"set\":{set},\"exposure\":", check.id);
        let behind = format!(",\"rule\":\"{}", rule.id);
        let whole = |set| format!("{}null{behind}", begin(set));
        Self { costs: begin("false"), good: whole("true"), none: whole("null"), behind }
    }
}

fn check(json: &mut Json<impl Write>, unit: &Unit, score: &Score, part: &Part, head: &Head, places: &mut Places) {
    match (part.is_set(), score.cost(part)) {
        (Some(true), _) => json.raw(&head.good),
        (_, Some(cost)) => json.raw(&head.costs).more_tenths(cost).more(&head.behind),
        _ => json.raw(&head.none),
    };
    match decided(unit, part.verdict.key) {
        Some((file, span)) => json.more(places.at(unit, file, span.start)),
        None => json.more("\",\"at\":null}"),
    };
}

/// The rows of `systemd-analyze security --json`: an array for a unit, without its name or sum, laid out as there.
pub fn compatible(score: &Score, pretty: bool) -> String {
    let mut rows: Vec<(&str, &Part)> = score.parts.iter().map(|p| (description(p), p)).collect();
    rows.sort_by(|(da, a), (db, b)| db.cmp(da).then_with(|| name(a).cmp(name(b))));
    let (line, indent, colon) = if pretty { ("\n", "\t", " : ") } else { ("", "", ":") };
    let null = || "null".to_owned();
    let row = |(text, part): &(&str, &Part)| {
        let members = [
            ("set", part.is_set().map_or_else(null, |set| set.to_string())),
            ("name", quoted(name(part))),
            ("json_field", quoted(part.id())),
            ("description", quoted(text)),
            ("exposure", score.cost(part).map_or_else(null, |cost| quoted(&tenths(cost)))),
        ];
        let members = members.map(|(key, value)| format!("{indent}{indent}\"{key}\"{colon}{value}"));
        format!("{indent}{{{line}{}{line}{indent}}}", members.join(&format!(",{line}")))
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!("[{line}{}{line}]\n", rows.join(&format!(",{line}")))
}

fn name(part: &Part) -> &'static str {
    part.rule.exposure.map_or(part.rule.id, |e| e.name)
}

/// What makes a unit another, and its score without that.
fn without<W: Write>(json: &mut Json<W>, before: Option<&Before>) {
    let mut member = |key, of: Option<(&'static str, &str)>, [overall, word]: [&'static str; 2]| {
        json.key(key);
        let (Some((name, text)), Some(Before { exposure, .. })) = (of, before) else {
            json.null();
            return;
        };
        json.open(b'{').key(name).string(text);
        match exposure {
            Some(e) => json.key(overall).tenths(*e).key(word).string(level(*e)),
            None => json.key(overall).null().key(word).null(),
        };
        json.close(b'}');
    };
    let (profile, host) = match before.map(|b| &b.by) {
        Some(By::Profile(path)) => (Some(path.to_string_lossy()), None),
        Some(By::Host(name)) => (None, Some(name)),
        None => (None, None),
    };
    member("profile", profile.as_deref().map(|p| ("path", p)), ["overall_without", "level_without"]);
    member("host", host.map(|h| ("name", h.as_str())), ["overall_on_paper", "level_on_paper"]);
}

/// What a check says of the unit, in our words.
fn description(part: &Part) -> &'static str {
    match part.is_set() {
        Some(true) => part.rule.good,
        Some(false) => part.rule.message(part.verdict.state),
        None => "does not apply to this unit",
    }
}

/// One unit, each check with its cost and the line that decides it.
pub fn detail(
    unit: &Unit,
    score: Option<&Score>,
    before: Option<&Before>,
    proposal: &Proposal,
    all: bool,
    paint: Paint,
) -> String {
    let mut out = String::new();
    let arrow = paint.either("→", "->");
    let (look, sum) = match score {
        Some(s) => (Paint::exposure(s.exposure), format!("{} {}", exposures(before, s.exposure, arrow), s.level())),
        None => (Look::Bad, "no score".to_owned()),
    };
    let _ = writeln!(
        out,
        "{}  {}  {}",
        paint.the(Look::Strong, &unit.name),
        paint.the(look, sum),
        paint.the(Look::Path, path(&unit.path))
    );
    let Some(score) = score else {
        let why = clean(refusal(unit).unwrap_or_default()).into_owned();
        let _ = writeln!(out, "  The manager would not run it: {why}.");
        return out;
    };
    for file in unit.files.iter().skip(1) {
        let path_of = &file.source.path;
        let what = match before.map(|b| &b.by) {
            Some(By::Profile(profile)) if profile == path_of => "with the profile",
            Some(By::Host(name)) if Path::new(name) == path_of => "without what is not enforced on",
            _ => "with",
        };
        let _ = writeln!(out, "  {what} {}", paint.the(Look::Path, path(&file.source.path)));
    }
    out.push('\n');
    let mut bad: Vec<(u32, &Part)> = score.parts.iter().filter_map(|p| Some((score.cost(p)?, p))).collect();
    bad.sort_by(|(a, p), (b, q)| {
        b.cmp(a).then_with(|| q.weighted().cmp(&p.weighted())).then_with(|| p.id().cmp(q.id()))
    });
    if !bad.is_empty() {
        let _ = writeln!(
            out,
            "  {}",
            paint.the(Look::Dim, format!("{:>4}  {:<36} {:<26} {}", "cost", "rule", "decided by", "what it means"))
        );
    }
    for (cost, part) in &bad {
        line(&mut out, paint, unit, part, paint.the(Paint::exposure(cost * 20), format!("{:>4}", tenths(*cost))));
    }
    let good: Vec<&Part> = score.parts.iter().filter(|p| p.is_set() == Some(true)).collect();
    let none = score.parts.iter().filter(|p| p.is_set().is_none()).count();
    if all {
        for part in &good {
            line(&mut out, paint, unit, part, paint.the(Look::Good, format!("{:>4}", paint.either("✓", "ok"))));
        }
    }
    let _ = writeln!(
        out,
        "\n  {} checks cost something, {} are fine, {none} do not apply{}",
        bad.len(),
        good.len(),
        if all || good.is_empty() { "." } else { " (--all shows them)." }
    );
    path_down_text(&mut out, unit, score, proposal, paint);
    out
}

fn line(out: &mut String, paint: Paint, unit: &Unit, part: &Part, cost: impl std::fmt::Display) {
    let text = description(part);
    let room = if paint.width > 80 { paint.width - 76 } else { usize::MAX };
    let _ = writeln!(out, "  {cost}  {:<36} {:<26} {}", part.rule.id, where_from(unit, part), shorten(text, room));
}

/// `10-x.conf:3`, or why there is no line.
fn where_from(unit: &Unit, part: &Part) -> String {
    let Some(loc) = place(unit, part.verdict.key) else { return "nothing is set".into() };
    let file = loc.path().file_name().map(|n| clean(&n.to_string_lossy()).into_owned()).unwrap_or_default();
    match unit.decisive(part.verdict.key) {
        Some(_) => {
            let long = format!("{file}:{}", loc.start().line);
            let implied = matches!(unit.setting(part.verdict.key).map(|s| s.from), Some(From::Implied(_)));
            let ends = if implied { " (implied)" } else { "" };
            format!("{}{ends}", shorten_front(&long, 26 - ends.len()))
        }
        None if unit
            .setting(part.verdict.key)
            .is_some_and(|s| s.assignments.iter().any(|a| a.outcome == Outcome::Ignored)) =>
        {
            "only bad values are set".into()
        }
        None => "not set".into(),
    }
}

/// Keeps the end, where the line number is.
fn shorten_front(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        text.to_owned()
    } else {
        format!("…{}", text.chars().skip(count + 1 - width).collect::<String>())
    }
}

/// An assignment over several lines, each but the last with a continuation mark.
fn continued(line: &str, width: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut now = String::new();
    for word in line.split(' ') {
        if !now.trim().is_empty() && now.chars().count() + word.chars().count() + 3 > width {
            out.push(format!("{now} \\"));
            now = "    ".to_owned();
        }
        if !now.trim().is_empty() {
            now.push(' ');
        }
        now.push_str(word);
    }
    out.push(now);
    out
}

fn path_down_text(out: &mut String, unit: &Unit, score: &Score, proposal: &Proposal, paint: Paint) {
    let Some(end) = proposal.end() else { return };
    let n = proposal.steps.len();
    let arrow = paint.either("→", "->");
    let _ = writeln!(
        out,
        "\n  {} {} {arrow} {}",
        paint.the(
            Look::Strong,
            format!("The cheapest path down, {} directive{}:", count_word(n), if n == 1 { "" } else { "s" })
        ),
        paint.the(Paint::exposure(score.exposure), tenths(score.exposure)),
        paint.the(Paint::exposure(end), tenths(end)),
    );
    let steps: Vec<(Vec<String>, _)> = proposal.steps.iter().map(|s| (continued(&s.line, 76), s)).collect();
    let longest =
        steps.iter().filter_map(|(lines, _)| lines.last()).map(|l| l.chars().count()).max().unwrap_or_default();
    let _ = writeln!(out, "    {}", paint.the(Look::Code, format!("[{}]", unit.kind().section().word())));
    for (lines, step) in &steps {
        for line in &lines[..lines.len() - 1] {
            let _ = writeln!(out, "    {}", paint.the(Look::Code, line));
        }
        let last = &lines[lines.len() - 1];
        let pad = " ".repeat(longest - last.chars().count());
        let _ = writeln!(out, "    {}{pad}  {arrow} {}", paint.the(Look::Code, last), tenths(step.after));
    }
    let _ = writeln!(
        out,
        "  {}",
        paint.the(Look::Dim, "These seldom break a service; try them before you ship them (unitlint explain RULE tells what each breaks).")
    );
}

/// Many units, the most exposed first; then those without a score.
pub fn table(rows: &[Row], paint: Paint) -> String {
    let mut out = String::new();
    let mut scored: Vec<(&Row, u32)> = rows.iter().filter_map(|r| Some((r, *r.exposure.as_ref().ok()?))).collect();
    scored.sort_by(|(a, x), (b, y)| (y, &a.name, &a.path).cmp(&(x, &b.name, &b.path)));
    let width = scored.iter().map(|(r, _)| r.name.chars().count()).max().unwrap_or(4).clamp(4, 48);
    let arrow = paint.either("→", "->");
    let scored: Vec<_> =
        scored.into_iter().map(|(row, e)| (row, e, exposures(row.before.as_ref(), e, arrow))).collect();
    let wide = scored.iter().map(|(.., text)| text.chars().count()).max().unwrap_or(0).max(8);
    let head = format!("{:<width$}  {:>wide$}  {:<9}  {}", "unit", "exposure", "level", "file");
    let _ = writeln!(out, "{}", paint.the(Look::Dim, head));
    let mut line = |row: &Row, exposure: &str, level: &str, look: Look| {
        let _ = writeln!(
            out,
            "{:<width$}  {}  {}",
            shorten(&row.name, width),
            paint.the(look, format!("{exposure:>wide$}  {level:<9}")),
            paint.the(Look::Path, path(&row.path)),
        );
    };
    for (row, exposure, text) in &scored {
        line(row, text, level(*exposure), Paint::exposure(*exposure));
    }
    for (row, why) in rows.iter().filter_map(|r| Some((r, r.exposure.as_ref().err()?))) {
        line(row, "-", &clean(why), Look::Dim);
    }
    let scored: Vec<(&Row, u32)> = scored.into_iter().map(|(row, e, _)| (row, e)).collect();
    summary(&mut out, &scored, rows.len(), paint);
    out
}

fn summary(out: &mut String, scored: &[(&Row, u32)], all: usize, paint: Paint) {
    let Some(middle) = median(scored.iter().map(|(_, e)| *e).collect()) else { return };
    let mut levels: Vec<(&str, usize)> = Vec::new();
    for (_, exposure) in scored {
        match levels.last_mut() {
            Some((word, n)) if *word == level(*exposure) => *n += 1,
            _ => levels.push((level(*exposure), 1)),
        }
    }
    let levels: Vec<String> = levels.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let refused = all - scored.len();
    let refused = if refused == 0 { String::new() } else { format!(", {refused} without a score") };
    let by = scored.iter().find_map(|(row, _)| row.before.as_ref().map(|b| &b.by));
    let without = median(scored.iter().map(|(row, e)| row.exposure_before().unwrap_or(*e)).collect()).map(tenths);
    let without = match (by, without) {
        (Some(By::Profile(_)), Some(m)) => format!(" ({m} without the profile)"),
        (Some(By::Host(name)), Some(m)) => format!(" on {} ({m} on paper)", clean(name)),
        _ => String::new(),
    };
    let _ = writeln!(
        out,
        "\n{} {}, median exposure {}{without}: {}{refused}.",
        scored.len(),
        if scored.len() == 1 { "unit" } else { "units" },
        paint.the(Paint::exposure(middle), tenths(middle)),
        levels.join(", ")
    );
}

/// One line a unit.
pub fn concise(row: &Row) -> String {
    match &row.exposure {
        Ok(e) => {
            let sum = exposures(row.before.as_ref(), *e, "->");
            format!("{}: {} {sum} {}\n", path(&row.path), row.name, level(*e))
        }
        Err(why) => format!("{}: {} has no score: {}\n", path(&row.path), row.name, clean(why)),
    }
}
