//! `unitlint cat`: effective settings, each with the line it comes from and what that line overrode.

use super::json::Json;
use super::open_unit;
use super::security::refusal;
use super::style::{Look, Paint, clean, path};
use crate::unit::{Assignment, From, Setting, Unit};
use crate::vocab::command::Command;
use crate::vocab::size::{Limit, RLIM_INFINITY};
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{CAPABILITIES, KeyId, NAMESPACES, Section, set};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The value of an assignment as it is written, continuation lines joined.
fn written(unit: &Unit, a: &Assignment) -> String {
    let file = &unit.files[usize::from(a.file)];
    let entry = file.syntax().items.get(a.item as usize).and_then(|i| i.entry(&file.source.bytes));
    entry.map_or_else(String::new, |(_, value)| value.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The effective value in the notation of unit files.
pub fn effective(setting: &Setting) -> Option<String> {
    notation(setting.key, &setting.value)
}

/// A value in the notation of unit files.
pub fn notation(key: KeyId, value: &Value) -> Option<String> {
    let words = |list: Vec<&str>| list.join(" ");
    Some(match value {
        Value::Unset => return None,
        Value::Bool(on) => (if *on { "yes" } else { "no" }).into(),
        Value::Word(word) => (*word).into(),
        Value::Number(n) if key.key().class(crate::vocab::Model::LATEST) == crate::vocab::Class::Mode => {
            format!("{n:04o}")
        }
        Value::Number(n) => n.to_string(),
        Value::Span(u64::MAX) => "infinity".into(),
        Value::Span(n) if n % 1_000_000 == 0 => format!("{}s", n / 1_000_000),
        Value::Span(n) => format!("{n}us"),
        Value::Limit(Limit::Unlimited) => "infinity".into(),
        Value::Limit(Limit::Absolute(n)) => n.to_string(),
        Value::Limit(Limit::Share(n)) => format!("{}.{:02}%", n / 100, n % 100),
        Value::Rlimit(r) => {
            let one = |n: u64| if n == RLIM_INFINITY { "infinity".to_owned() } else { n.to_string() };
            if r.soft == r.hard { one(r.soft) } else { format!("{}:{}", one(r.soft), one(r.hard)) }
        }
        Value::Text(text) => text.to_string(),
        Value::List(list) => words(list.iter().map(|l| &**l).collect()),
        Value::Capabilities(bits) if bits & set::ALL_CAPABILITIES == set::ALL_CAPABILITIES => "(all)".into(),
        Value::Capabilities(bits) => {
            let left: Vec<&str> = set::capability_names(*bits).collect();
            if left.len() * 2 > CAPABILITIES.len() {
                format!("~{}", words(set::capability_names(!*bits).collect()))
            } else {
                words(left)
            }
        }
        Value::Namespaces(0) => "yes".into(),
        Value::Namespaces(bits) if *bits == set::ALL_NAMESPACES => "no".into(),
        Value::Namespaces(bits) => {
            words(NAMESPACES.iter().enumerate().filter(|(i, _)| bits & (1 << i) != 0).map(|(_, (n, _))| *n).collect())
        }
        Value::Families(f) => {
            let names: Vec<&str> = f.numbers().map(set::family_name).collect();
            match (f.allow, names.is_empty()) {
                (true, true) => "none".into(),
                (true, false) => words(names),
                (false, _) => format!("~{}", words(names)),
            }
        }
        Value::Filter(f) => {
            let listed = f.set.without(&f.marked);
            format!("{}{} system calls", if f.allow { "allows " } else { "denies " }, listed.names().count())
        }
        Value::Prefixes(list) => words(
            list.iter()
                .map(|p| format!("{}/{}", p.base, p.bits))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect(),
        ),
        Value::Commands(list) => list
            .iter()
            .map(|c| {
                let program = format!("{}{}", prefixes(c), c.program);
                std::iter::once(program.as_str()).chain(c.args.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
            })
            .collect::<Vec<_>>()
            .join(" ; "),
    })
}

/// The signs before a program that say how it is run.
fn prefixes(c: &Command) -> String {
    let all = [
        (c.ignore_failure, '-'),
        (c.no_variables, ':'),
        (c.full_privileges, '+'),
        (c.keep_credentials, '!'),
        (c.shell, '|'),
    ];
    all.iter().filter(|(on, _)| *on).map(|(_, sign)| sign).collect()
}

/// The name of the file is enough: its path stands in the head.
fn place(unit: &Unit, a: &Assignment) -> String {
    let loc = unit.loc(a.file, a.key);
    let name = loc.path().file_name().map_or_else(String::new, |n| clean(&n.to_string_lossy()).into_owned());
    format!("{name}:{}", loc.start().line)
}

fn section_of(unit: &Unit, setting: &Setting) -> Section {
    setting.assignments.last().map_or(unit.kind().section(), |a| a.section)
}

/// A unit for people.
pub fn human(unit: &Unit, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} {}  {}",
        paint.the(Look::Dim, "#"),
        paint.the(Look::Strong, &unit.name),
        paint.the(Look::Path, path(&unit.path))
    );
    for file in unit.files.iter().skip(usize::from(!unit.lone)) {
        let _ = writeln!(out, "{} with {}", paint.the(Look::Dim, "#"), paint.the(Look::Path, path(&file.source.path)));
    }
    if let Some(why) = refusal(unit) {
        let _ = writeln!(
            out,
            "{} {}",
            paint.the(Look::Dim, "#"),
            paint.the(Look::Bad, format!("not loaded: {}", clean(why)))
        );
    }
    for section in [Section::Unit, unit.kind().section(), Section::Install] {
        let mut settings: Vec<&Setting> = unit.settings().iter().filter(|s| section_of(unit, s) == section).collect();
        settings.sort_by_key(|s| (s.assignments.first().map_or((u16::MAX, 0), |a| (a.file, a.item)), s.key));
        if settings.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", paint.the(Look::Code, format!("[{}]", section.word())));
        for setting in settings {
            human_setting(&mut out, unit, setting, paint);
        }
    }
    out
}

fn human_setting(out: &mut String, unit: &Unit, setting: &Setting, paint: Paint) {
    let name = setting.key.name();
    let note = |out: &mut String, text: String| {
        let _ = writeln!(out, "{}", paint.the(Look::Dim, text));
    };
    let from = match setting.from {
        From::Implied(by) => {
            let value = effective(setting).unwrap_or_default();
            let _ = writeln!(out, "{}={}", paint.the(Look::Strong, name), clean(&value));
            note(
                out,
                format!(
                    "    implied by {}={}",
                    by.name(),
                    unit.decisive(by).map_or_else(String::new, |a| format!(" at {}", place(unit, a)))
                ),
            );
            usize::MAX
        }
        From::Default => {
            let _ = writeln!(
                out,
                "{}",
                paint.the(Look::Dim, format!("# {name}= has no valid assignment; default: {}", default(setting)))
            );
            usize::MAX
        }
        From::Assigned(i) => i as usize,
    };
    let last = setting.key.key().repeat == crate::vocab::Repeat::Last;
    let mut order: Vec<(usize, &Assignment)> = setting.assignments.iter().enumerate().collect();
    if last {
        // the one that counts comes first, what it overrode below
        order.reverse();
    }
    for (i, a) in order {
        let text = written(unit, a);
        if i == from || (!last && a.outcome == Outcome::Set && from != usize::MAX) {
            let _ = writeln!(
                out,
                "{}={}  {}",
                paint.the(Look::Strong, name),
                clean(&text),
                paint.the(Look::Path, format!("# {}", place(unit, a)))
            );
        } else {
            let why = match a.outcome {
                Outcome::Ignored => "ignored, not a valid value",
                Outcome::Fatal => "fatal, not a valid value",
                Outcome::Reset => "reset",
                Outcome::Set => "overridden",
            };
            note(out, format!("    {why}: {}  {name}={}", place(unit, a), clean(&text)));
        }
    }
}

fn default(setting: &Setting) -> &'static str {
    let text = setting.key.key().default();
    if text.is_empty() { "unset" } else { text }
}

/// All units as one document.
///
/// # Errors
/// Of the writer.
pub fn json(out: impl Write, units: &[Unit]) -> io::Result<()> {
    let mut json = Json::new(out);
    super::head(&mut json);
    json.key("units").open(b'[');
    for unit in units {
        open_unit(&mut json, unit);
        json.key("files").open(b'[');
        for file in &unit.files {
            json.path(&file.source.path);
        }
        json.close(b']').key("aliases").open(b'[');
        for alias in &unit.aliases {
            json.string(alias);
        }
        json.close(b']').key("refused").optional(refusal(unit)).key("settings").open(b'[');
        for setting in unit.settings() {
            json.open(b'{')
                .key("section")
                .string(section_of(unit, setting).word())
                .key("key")
                .string(setting.key.name());
            json.key("value").optional(effective(setting).as_deref()).key("from");
            match setting.from {
                From::Assigned(i) => json.string("assigned").key("assignment").number(i64::from(i)),
                From::Implied(by) => json.string("implied").key("by").string(by.name()),
                From::Default => json.string("default"),
            };
            json.key("assignments").open(b'[');
            for a in &setting.assignments {
                let loc = unit.loc(a.file, a.key);
                json.open(b'{')
                    .key("path")
                    .path(loc.path())
                    .key("line")
                    .number(loc.start().line)
                    .key("value")
                    .string(&written(unit, a));
                json.key("outcome").string(match a.outcome {
                    Outcome::Set => "set",
                    Outcome::Reset => "reset",
                    Outcome::Ignored => "ignored",
                    Outcome::Fatal => "fatal",
                });
                json.close(b'}');
            }
            json.close(b']').close(b'}');
        }
        json.close(b']').close(b'}');
    }
    json.close(b']').close(b'}');
    json.finish()
}
