//! `unitlint config`

use super::args::{ConfigArgs, Format};
use super::settings::settings;
use super::{Out, Outcome, Trouble, paint, print};
use crate::emit::config::{From, InForce, Row};
use crate::emit::human;
use crate::engine::Config;
use crate::engine::config::Said;
use crate::rule::{Finding, Level};
use std::path::Path;

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    let words: Vec<String> = words.into_iter().map(|w| quoted(w)).collect();
    format!("[{}]", words.join(", "))
}

/// An argument before the file before the default.
fn one(name: &str, argument: Option<(&'static str, String)>, said: Option<&Said<String>>, default: &str) -> Row {
    let (value, from) = match (argument, said) {
        (Some((argument, value)), _) => (quoted(&value), From::Argument(argument)),
        (None, Some(said)) => (quoted(&said.value), From::File(said.at.clone())),
        (None, None) => (quoted(default), From::Default),
    };
    Row { name: name.into(), value, from }
}

/// The same for a list.
fn many(name: &str, argument: (&'static str, &[String]), said: &[Said<String>], default: &[String]) -> Row {
    let (value, from) = match said.first() {
        _ if !argument.1.is_empty() => (list(argument.1), From::Argument(argument.0)),
        Some(first) => (list(said.iter().map(|s| &s.value)), From::File(first.at.clone())),
        None => (list(default), From::Default),
    };
    Row { name: name.into(), value, from }
}

/// What holds besides in both: words of the file, then of the arguments.
fn joined(name: &str, argument: (&'static str, &[String]), said: &[Said<String>]) -> Vec<Row> {
    let mut rows = Vec::new();
    if !said.is_empty() || argument.1.is_empty() {
        rows.push(many(name, (argument.0, &[]), said, &[]));
    }
    if !argument.1.is_empty() {
        rows.push(many(name, argument, &[], &[]));
    }
    rows
}

fn rows(args: &ConfigArgs, config: &Config, kernel: &str) -> Vec<Row> {
    let (units, choice) = (&args.units, &args.choice);
    let text = |name, word: &Option<String>| word.clone().map(|w| (name, w));
    let scope = if units.judge.user { Some("user") } else { units.judge.system.then_some("system") };
    let mut rows = vec![
        one("systemd", text("--systemd", &units.judge.systemd), config.systemd.as_ref(), "latest"),
        one("kernel", text("--kernel", &units.judge.kernel), config.kernel.as_ref(), kernel),
        one("arch", text("--arch", &units.judge.arch), config.arch.as_ref(), "x86-64"),
        one("scope", scope.map(|s| ("--user or --system", s.to_owned())), config.scope.as_ref(), "by the path"),
        many("select", ("--select", &choice.select), &config.select, &[]),
    ];
    let replaced = !choice.select.is_empty();
    rows.extend(joined(
        "extend-select",
        ("--extend-select", &choice.extend_select),
        if replaced { &[] } else { &config.extend },
    ));
    rows.extend(joined("ignore", ("--ignore", &choice.ignore), &config.ignore));
    rows.push(match (&config.preview, choice.preview) {
        (_, true) => Row { name: "preview".into(), value: "true".into(), from: From::Argument("--preview") },
        (Some(said), _) => {
            Row { name: "preview".into(), value: said.value.to_string(), from: From::File(said.at.clone()) }
        }
        (None, _) => Row { name: "preview".into(), value: "false".into(), from: From::Default },
    });
    let all = concat!("all up to ", env!("CARGO_PKG_VERSION"));
    rows.push(one("rule-set", text("--rule-set", &choice.rule_set), config.rule_set.as_ref(), all));
    rows.push(many(
        "fail-on",
        ("--fail-on", &choice.fail_on),
        &config.fail_on,
        &["error".to_owned(), "worse".to_owned()],
    ));
    let policy = choice.security_policy.as_deref().map(Path::to_string_lossy);
    let policy = policy.map(|p| ("--security-policy", p.into_owned()));
    rows.push(one("security-policy", policy, config.security_policy.as_ref(), ""));
    rows.push(many("rules", ("", &[]), &config.rules, &[]));
    rows.push(one("baseline", None, config.baseline.as_ref(), ""));
    for (said, level) in &config.levels {
        let (name, value) = (format!("levels.{}", said.value), quoted(level.word()));
        rows.push(Row { name, value, from: From::File(said.at.clone()) });
    }
    for exception in &config.per_file {
        let value = list(exception.paths().iter().map(|p| &p.value));
        if let Some(first) = exception.paths().first() {
            rows.push(Row { name: "per-file.paths".into(), value, from: From::File(first.at.clone()) });
        }
    }
    rows
}

pub(super) fn run(args: &ConfigArgs) -> Result<Outcome, Trouble> {
    let settings = settings(&args.units, Some(&args.choice))?;
    let kernel = settings.target.kernel.map_or_else(|| "any".into(), |k| k.to_string());
    let selection = &settings.session.selection;
    let level = |rule| selection.has(rule).then(|| selection.level(rule));
    let in_force = InForce {
        file: settings.config.path.as_deref(),
        rows: rows(args, &settings.config, &kernel),
        rules: settings.session.rules.all().map(|rule| (rule, level(rule))).collect(),
    };
    if args.format == Format::Json {
        in_force.json(Out::new()?).map_err(|e| format!("standard output: {e}"))?;
    } else {
        let paint = paint(args.units.color);
        let findings: Vec<&Finding> = settings.config.findings.iter().collect();
        print(&(human::findings(&findings, true, paint) + &in_force.human(paint)))?;
    }
    let wrong = settings.config.findings.iter().any(|f| f.level == Level::Error);
    Ok(if wrong { Outcome::Findings } else { Outcome::Clean })
}
