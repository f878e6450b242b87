//! `unitlint config`

use super::args::{ConfigArgs, Format};
use super::settings::settings;
use super::{Out, Outcome, Trouble, paint, print};
use crate::emit::config::{From, InForce, Row, Value};
use crate::emit::human;
use crate::engine::Config;
use crate::engine::config::{PerFileSaid, Said};
use crate::engine::selection::Wanted;
use crate::rule::{Finding, Level};

fn row(name: &str, value: Option<Value>, otherwise: &str, from: Vec<From>) -> Row {
    Row { name: name.to_owned(), value, otherwise: otherwise.to_owned(), from }
}

/// An argument before the file before the default.
fn one<T>(name: &str, argument: &'static str, given: Option<&str>, said: Option<&Said<T>>, otherwise: &str) -> Row {
    let (text, from) = match (given, said) {
        (Some(text), _) => (Some(text), vec![From::Argument(argument)]),
        (None, Some(said)) => (Some(&*said.text), vec![From::File(said.at.clone())]),
        (None, None) => (None, Vec::new()),
    };
    row(name, text.map(|t| Value::Text(t.to_owned())), otherwise, from)
}

/// A list: what the file says, and what the arguments say besides.
fn both<T>(name: &str, argument: &'static str, given: &[String], said: &[Said<T>], otherwise: &str) -> Row {
    let mut from: Vec<From> = said.first().map(|s| From::File(s.at.clone())).into_iter().collect();
    from.extend((!given.is_empty()).then_some(From::Argument(argument)));
    let texts: Vec<String> = said.iter().map(|s| &s.text).chain(given).cloned().collect();
    row(name, (!from.is_empty()).then_some(Value::Texts(texts)), otherwise, from)
}

/// A list of the arguments instead of that of the file.
fn either<T>(name: &str, argument: &'static str, given: &[String], said: &[Said<T>], otherwise: &str) -> Row {
    both(name, argument, given, if given.is_empty() { said } else { &[] }, otherwise)
}

fn levels(said: &[(Said<Wanted>, Level)]) -> impl Iterator<Item = Row> + '_ {
    said.iter().map(|(of, level)| {
        let value = Value::Text(level.word().to_owned());
        row(&format!("levels.{}", of.text), Some(value), "", vec![From::File(of.at.clone())])
    })
}

fn exception(said: &PerFileSaid) -> Vec<Row> {
    let lists = [both("paths", "", &[], &said.paths, ""), both("ignore", "", &[], &said.ignore, "")];
    lists.into_iter().filter(|row| row.value.is_some()).chain(levels(&said.levels)).collect()
}

fn rows(args: &ConfigArgs, config: &Config, kernel: &str) -> Vec<Row> {
    let (units, choice) = (&args.units, &args.choice);
    let (scope, by) = if units.judge.user { ("user", "--user") } else { ("system", "--system") };
    let scope = (units.judge.user || units.judge.system).then_some(scope);
    let policy = choice.security_policy.as_deref().map(|p| p.to_string_lossy());
    let extend = if choice.select.is_empty() { &*config.extend } else { &[] };
    let preview = match &config.preview {
        _ if choice.preview => row("preview", Some(Value::Flag(true)), "", vec![From::Argument("--preview")]),
        Some(said) => row("preview", Some(Value::Flag(said.value)), "", vec![From::File(said.at.clone())]),
        None => row("preview", None, "false", Vec::new()),
    };
    let usual = "all rules; those of exposure as one";
    let newest = concat!("all up to ", env!("CARGO_PKG_VERSION"));
    let mut rows = vec![
        one("systemd", "--systemd", units.judge.systemd.as_deref(), config.systemd.as_ref(), "latest"),
        one("kernel", "--kernel", units.judge.kernel.as_deref(), config.kernel.as_ref(), kernel),
        one("arch", "--arch", units.judge.arch.as_deref(), config.arch.as_ref(), "x86-64"),
        one("scope", by, scope, config.scope.as_ref(), "by the path"),
        either("select", "--select", &choice.select, &config.select, usual),
        both("extend-select", "--extend-select", &choice.extend_select, extend, "none"),
        both("ignore", "--ignore", &choice.ignore, &config.ignore, "none"),
        preview,
        one("rule-set", "--rule-set", choice.rule_set.as_deref(), config.rule_set.as_ref(), newest),
        either("fail-on", "--fail-on", &choice.fail_on, &config.fail_on, "error, worse"),
        one(
            "security-policy",
            "--security-policy",
            policy.as_deref(),
            config.security_policy.as_ref(),
            "systemd's own",
        ),
        one("profile", "", None, config.profile.as_ref(), "none"),
        both("rules", "", &[], &config.directories, "the built-in ones"),
        one("baseline", "", None, config.baseline.as_ref(), "none"),
    ];
    rows.extend(levels(&config.levels));
    rows
}

pub(super) fn run(args: &ConfigArgs) -> Result<Outcome, Trouble> {
    let settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let kernel = settings.target.kernel.map_or_else(|| "any".into(), |k| k.to_string());
    let selection = &settings.session.selection;
    let level = |rule| selection.has(rule).then(|| selection.level(rule));
    let rules = settings.session.rules.all().filter(|rule| !rule.is_removed());
    let in_force = InForce {
        file: settings.config.path.as_deref(),
        rows: rows(args, &settings.config, &kernel),
        per_file: settings.config.per_file.iter().map(exception).collect(),
        rules: rules.map(|rule| (rule, level(rule))).collect(),
        findings: &settings.config.findings,
    };
    if args.format == Format::Json {
        in_force.json(Out::new()?).map_err(|e| format!("standard output: {e}"))?;
    } else {
        let paint = paint(args.units.color);
        let findings: Vec<&Finding> = settings.config.findings.iter().collect();
        print(&(human::findings(&findings, true, paint) + &in_force.human(paint)))?;
    }
    Ok(if settings.config.findings.is_empty() { Outcome::Clean } else { Outcome::Findings })
}
