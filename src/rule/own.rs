//! A user's own rule, from its text. The format is that of `rules/`, with the checks that need no code.

use super::doc::{self, Doc, Page, keep_all};
use super::file::{CheckFile, ConditionFile, HoldsFile, RuleFile, no_directive};
use super::relation::{self, Relation};
use super::{Asks, Check, Condition, Escape, FixSpec, Group, Level, Risk, Rule, Safety, Status, When};
use crate::text::{Loc, Source, Span, steers};
use crate::vocab::{self, KeyId, UnitKind};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong, and where in the text.
pub type Faults = Vec<(Range<usize>, String)>;

/// A member of the file, `fix.set`, and what is wrong with it.
type Fault = (&'static str, String);

/// Reads a rule from a text that is no file.
///
/// # Errors
/// What is wrong with it.
pub fn parse(id: &str, text: &str) -> Result<Rule, Faults> {
    read(id, &Arc::new(Source::new(format!("{id}.toml"), text.into())))
}

/// Reads a rule.
///
/// # Errors
/// What is wrong with it.
pub fn read(id: &str, source: &Arc<Source>) -> Result<Rule, Faults> {
    let unreadable = |e: std::str::Utf8Error| vec![(e.valid_up_to()..e.valid_up_to() + 1, "this is not UTF-8".into())];
    let text = std::str::from_utf8(&source.bytes).map_err(unreadable)?;
    let broken = |e: toml::de::Error| vec![(e.span().unwrap_or(0..0), e.message().replace('\n', " "))];
    let table = DeTable::parse(text).map_err(broken)?;
    let file: RuleFile = toml::from_str(text).map_err(broken)?;
    let mut faults = file.complaints(id, &|key| vocab::lookup_anywhere(key).is_some());
    if Group::named(id).is_some() || Level::named(id).is_some() || ["all", "worse"].contains(&id) {
        faults.push(("", format!("{id} has a meaning of its own where rules are named: give the file another name")));
    }
    if file.exposure.is_some() {
        faults.push(("exposure", "the exposure score is systemd's: it cannot have more checks".into()));
    }
    if file.resources.is_some() {
        faults.push(("resources", "the resource score is made of the checks that unitlint has".into()));
    }
    let check = check(&file.check);
    faults.extend(check.as_ref().err().filter(|fault| !faults.contains(fault)).cloned());
    let mut placed: Faults = faults.into_iter().map(|(field, what)| (place(table.get_ref(), field), what)).collect();
    steering(table.get_ref(), &mut placed);
    let check = match &file.check {
        CheckFile::Relation { holds } => {
            let holds = relations(table.get_ref(), holds.iter().map(HoldsFile::parts), source, &mut placed);
            Ok(Check::Relation { holds: keep_all(holds) })
        }
        _ => check,
    };
    match check {
        Ok(check) if placed.is_empty() => Ok(rule(id, file, check)),
        _ => Err(placed),
    }
}

/// Where a member stands; as near to it as there is something.
fn place(table: &DeTable<'_>, field: &str) -> Range<usize> {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    let Some(value) = table.get(first) else { return 0..0 };
    match (rest, value.get_ref()) {
        ("", _) => value.span(),
        (rest, DeValue::Table(inner)) if inner.contains_key(rest) => place(inner, rest),
        _ => value.span(),
    }
}

/// Texts that would do something to a terminal.
fn steering(table: &DeTable<'_>, faults: &mut Faults) {
    for (key, value) in table {
        look(&DeValue::String(key.get_ref().clone()), key.span(), faults);
        look(value.get_ref(), value.span(), faults);
    }
}

fn look(value: &DeValue<'_>, at: Range<usize>, faults: &mut Faults) {
    match value {
        DeValue::String(text) if unix(text).chars().any(|c| steers(c) && !matches!(c, '\n' | '\t')) => {
            faults.push((at, "there is a control character in this text".into()));
        }
        DeValue::Array(list) => list.iter().for_each(|v| look(v.get_ref(), v.span(), faults)),
        DeValue::Table(table) => steering(table, faults),
        _ => {}
    }
}

/// Lines as everybody else ends them.
fn unix(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// The same, to stay.
fn keep(text: &str) -> &'static str {
    doc::keep(&unix(text))
}

fn check(check: &CheckFile) -> Result<Check, Fault> {
    let key = |name: &str| -> Result<KeyId, Fault> {
        vocab::lookup_anywhere(name).ok_or_else(|| ("check.key", no_directive(name)))
    };
    let words = |list: &[String]| keep_all(list.iter().map(|w| keep(w)).collect());
    Ok(match check {
        CheckFile::Bool { key: k, bad } => Check::Bool { key: key(k)?, bad: *bad },
        CheckFile::Enum { key: k, badness } => {
            Check::Enum { key: key(k)?, badness: keep_all(badness.iter().map(|(w, b)| (keep(w), *b)).collect()) }
        }
        CheckFile::Settings { at, all, any, none } => {
            let list = |texts: &[String], field| -> Result<&'static [Condition], Fault> {
                Ok(keep_all(texts.iter().map(|t| condition(t, field)).collect::<Result<_, _>>()?))
            };
            let at = vocab::lookup_anywhere(at).ok_or_else(|| ("check.at", no_directive(at)))?;
            let (all, any) = (list(all, "check.all")?, list(any, "check.any")?);
            Check::Settings { at, all, any, none: list(none, "check.none")? }
        }
        CheckFile::Escape { undoes, by, closes, weak } => Check::Escape(Escape {
            undoes: keep_all(undoes.iter().map(|k| key(k)).collect::<Result<_, _>>()?),
            by: keep_all(by.iter().map(|t| condition(t, "check.by")).collect::<Result<_, _>>()?),
            closes: words(closes),
            weak: *weak,
        }),
        CheckFile::Required { key: k } => Check::Required { key: key(k)? },
        CheckFile::Forbidden { key: k, values } => Check::Forbidden { key: key(k)?, values: words(values) },
        CheckFile::CapabilityBoundingSet { caps } => {
            Check::CapabilityBoundingSet { caps: capabilities(caps.iter().map(String::as_str), "check.caps")? }
        }
        CheckFile::RestrictNamespaces { namespace } => {
            let found = vocab::NAMESPACES.iter().position(|n| n.0 == namespace);
            let wrong = || ("check.namespace", format!("{namespace} is no type of namespace"));
            Check::RestrictNamespaces { mask: 1 << found.ok_or_else(wrong)? }
        }
        CheckFile::RestrictAddressFamilies { families } => Check::RestrictAddressFamilies { families: words(families) },
        CheckFile::SyscallFilter { group } => {
            let found = vocab::SYSCALL_GROUPS.iter().find(|g| g.name == group);
            let wrong = || ("check.group", format!("{group} is no group of system calls"));
            Check::SyscallFilter { group: found.ok_or_else(wrong)? }
        }
        CheckFile::User {} => Check::User,
        CheckFile::SupplementaryGroups {} => Check::SupplementaryGroups,
        CheckFile::RootDirectory {} => Check::RootDirectory,
        CheckFile::Umask {} => Check::Umask,
        CheckFile::RemoveIpc {} => Check::RemoveIpc,
        CheckFile::SyscallArchitectures {} => Check::SyscallArchitectures,
        CheckFile::IpAddress {} => Check::IpAddress,
        CheckFile::DeviceAllow {} => Check::DeviceAllow,
        CheckFile::AmbientCapabilities {} => Check::AmbientCapabilities,
        // these need their places
        CheckFile::Relation { .. } => Check::Relation { holds: &[] },
        CheckFile::Removed { successor } => Check::Removed { successor: keep(successor) },
        CheckFile::ExposureScore {}
        | CheckFile::ResourceScore {}
        | CheckFile::Bound {}
        | CheckFile::EscapeSum {}
        | CheckFile::Suppression {}
        | CheckFile::Configuration {}
        | CheckFile::Message { .. }
        | CheckFile::Code {}
        | CheckFile::Files {}
        | CheckFile::Package {}
        | CheckFile::World {} => return Err(("check.kind", "this kind of check is for built-in rules".into())),
    })
}

/// What has to hold, each with its place in the file.
fn relations<'f>(
    table: &DeTable<'_>,
    holds: impl Iterator<Item = (&'f str, &'f str)>,
    source: &Arc<Source>,
    faults: &mut Faults,
) -> Vec<Relation> {
    let list = table.get("check").and_then(|check| check.get_ref().get("holds")).and_then(|h| h.get_ref().as_array());
    let places = list.into_iter().flatten().map(|entry| match entry.get_ref() {
        DeValue::Table(table) => table.get("that").map_or(entry.span(), Spanned::span),
        _ => entry.span(),
    });
    let mut out = Vec::new();
    for ((that, because), quoted) in holds.zip(places) {
        let (text, whole) = (keep(that), inside(source, quoted, that));
        match relation::comparisons(text) {
            Ok(any) => {
                let at = Loc { source: source.clone(), span: Span::new(whole.start, whole.end) };
                out.push(Relation { text, because: keep(because.trim()), at, any });
            }
            // what was written with escapes is elsewhere than it is read
            Err((at, what)) if whole.len() == that.len() && !that.is_empty() => {
                faults.push((whole.start + at.start..whole.start + at.end, what));
            }
            Err((_, what)) => faults.push((whole, what)),
        }
    }
    out
}

/// The place of a text without its quotes; with them where it is not written as it is read.
fn inside(source: &Source, quoted: Range<usize>, text: &str) -> Range<usize> {
    let written = source.bytes.get(quoted.clone()).unwrap_or_default();
    let found = (1..=4).find(|skip| written.get(*skip..).is_some_and(|rest| rest.starts_with(text.as_bytes())));
    match found.filter(|_| !text.is_empty()) {
        Some(skip) => quoted.start + skip..quoted.start + skip + text.len(),
        None => quoted,
    }
}

fn condition(text: &str, field: &'static str) -> Result<Condition, Fault> {
    let ConditionFile { negated, subject, words } = ConditionFile::parse(text);
    let listed = |words: &[&str]| keep_all(words.iter().map(|w| keep(w)).collect());
    let key = || vocab::lookup_anywhere(subject).ok_or_else(|| (field, no_directive(subject)));
    let asks = match (subject, words.as_slice()) {
        ("@root", _) => Asks::Root,
        ("@user-manager", _) => Asks::UserManager,
        ("@disks", _) => Asks::Disks,
        ("@new-privileges", _) => Asks::NewPrivileges,
        ("@attached", _) => Asks::Attached,
        ("@call", words) => Asks::Call(listed(words)),
        ("@family", words) => Asks::Family(listed(words)),
        ("@namespace", words) => Asks::Namespace(listed(words)),
        ("@reachable", words) => Asks::Reachable(listed(words)),
        ("@writable", words) => Asks::Writable(listed(words)),
        ("@cap", words) => Asks::Capability(capabilities(words.iter().copied(), field)?),
        (_, []) => Asks::On(key()?),
        (_, words) => Asks::Is(key()?, listed(words)),
    };
    Ok(Condition { negated, asks })
}

fn capabilities<'w>(mut names: impl Iterator<Item = &'w str>, field: &'static str) -> Result<u64, Fault> {
    names.try_fold(0, |sum, name| {
        let found = vocab::CAPABILITIES.iter().position(|c| *c == name);
        found.map(|i| sum | 1_u64 << i).ok_or_else(|| (field, format!("{name} is no capability")))
    })
}

fn rule(id: &str, file: RuleFile, check: Check) -> Rule {
    let units = file.when.units.iter().filter_map(|u| UnitKind::named(u)).collect();
    let sets = file.when.sets.iter().flat_map(|name| vocab::all_named(name)).collect();
    let page = Page {
        rationale: keep(file.rationale.trim()),
        breaks: keep(file.breaks.trim()),
        since: keep(&file.since),
        references: keep(&file.references.join("\n")),
    };
    Rule {
        id: keep(id),
        group: Group::Policy,
        summary: keep(&file.summary),
        status: Status::named(&file.status).unwrap_or(Status::Stable),
        level: Level::named(&file.level).unwrap_or(Level::Warn),
        risk: Risk::named(&file.risk).unwrap_or(Risk::Unknown),
        exposure: None,
        resources: None,
        check,
        when: When { units: keep_all(units), systemd: file.when.systemd, sets: keep_all(sets) },
        good: keep(&file.good),
        say: keep(&file.say),
        messages: keep_all(file.messages.iter().map(|(state, text)| (keep(state), keep(text))).collect()),
        fix: file.fix.as_ref().map(|f| {
            let fix = FixSpec {
                key: keep(f.parts().0),
                value: keep(f.parts().1),
                safety: Safety::named(&f.safety).unwrap_or(Safety::Display),
                needs: keep_all(f.needs.iter().map(|n| keep(n)).collect()),
            };
            &*Box::leak(Box::new(fix))
        }),
        doc: Doc::Own(Box::leak(Box::new(page)), doc::examples(&file.example, keep)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "summary = \"no memory limit\"\nrationale = \"x\"\nlevel = \"error\"\ncheck = { kind = \"required\", key = \"MemoryMax\" }\n";

    #[test]
    fn rules_are_read_and_faults_have_places() {
        let rule = parse("memory-max", GOOD).unwrap();
        assert!(matches!(rule.check, Check::Required { .. }) && rule.level == Level::Error);
        let wrong = |text: String, at: &str, says: &str| {
            let faults = parse("memory-max", &text).unwrap_err();
            let (range, what) = &faults[0];
            assert!(text[range.clone()].starts_with(at) && what.contains(says), "{what} at {:?}", &text[range.clone()]);
            assert_eq!(faults.len(), 1, "{faults:?}");
        };
        wrong(GOOD.replace("error", "fatal"), "\"fatal\"", "fatal");
        wrong(GOOD.replace("MemoryMax", "MaxMemory"), "\"MaxMemory\"", "MaxMemory");
        wrong(GOOD.replace("kind = \"required\", key = \"MemoryMax\"", "kind = \"code\""), "\"code\"", "built-in");
        wrong(GOOD.replace("level", "loud"), "loud", "unknown field");
        wrong(GOOD.replace("level = \"error\"\n", ""), "", "missing field `level`");
        wrong(GOOD.replace("no memory", "no \\u001b[31m"), "\"no ", "control character");
        wrong(format!("{GOOD}fix.set = \"Frob=1\"\nfix.safety = \"safe\"\n"), "\"Frob=1\"", "Frob=");
        wrong(format!("{GOOD}since == 1\n"), "=", "");
        for name in ["policy", "error", "all", "worse", "Memory", ""] {
            assert!(parse(name, GOOD).is_err_and(|faults| faults[0].0 == (0..0)), "{name}");
        }
        assert!(parse("memory-max", &GOOD.replace('\n', "\r\n")).is_ok());
    }

    #[test]
    fn the_name_of_a_removed_rule_means_its_successor() {
        use crate::rule::{Registry, find};
        let mut rules = Registry::default();
        for (id, successor) in [("old", "older"), ("older", "private-tmp"), ("a", "b"), ("b", "a"), ("gone", "")] {
            let check = format!("kind = \"removed\", successor = \"{successor}\"");
            rules.add(parse(id, &GOOD.replace("kind = \"required\", key = \"MemoryMax\"", &check)).unwrap()).unwrap();
        }
        let named = |id| rules.named(id).map(|r| r.id);
        assert_eq!((named("old"), named("gone"), named("none")), (Some("private-tmp"), Some("gone"), None));
        assert!(
            rules.named("a").is_some_and(super::super::Rule::is_removed) && !find("private-tmp").unwrap().is_removed()
        );
    }
}
