//! A user's own rule, from its text. The format is that of `rules/`, with the checks that need no code.

use super::file::{CheckFile, ConditionFile, RuleFile};
use super::{Asks, Check, Condition, Escape, Example, FixSpec, Group, Level, Risk, Rule, Safety, Status, When};
use crate::vocab::{self, KeyId, UnitKind};
use std::ops::Range;

/// What is wrong, and where in the text.
pub type Faults = Vec<(Range<usize>, String)>;

/// Reads a rule.
///
/// # Errors
/// What is wrong with it.
pub fn parse(id: &str, text: &str) -> Result<Rule, Faults> {
    let file: RuleFile =
        toml::from_str(text).map_err(|e| vec![(e.span().unwrap_or(0..0), e.message().replace('\n', " "))])?;
    let mut faults: Faults = file
        .complaints(id, &|key| vocab::lookup_anywhere(key).is_some())
        .into_iter()
        .map(|(field, what)| (place(text, field), what))
        .collect();
    if file.exposure.is_some() {
        faults.push((place(text, "exposure"), "the exposure score is systemd's: it cannot have more checks".into()));
    }
    match check(&file.check) {
        Ok(check) if faults.is_empty() => Ok(rule(id, file, check)),
        Ok(_) => Err(faults),
        Err(what) => {
            faults.push((place(text, "check"), what));
            Err(faults)
        }
    }
}

/// The line that begins with a field; the beginning of the text where none does.
fn place(text: &str, field: &str) -> Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return start..start + line.trim_end().len();
        }
        start += line.len();
    }
    0..0
}

/// Text that stays as long as the program.
fn keep(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn keep_all<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}

fn check(check: &CheckFile) -> Result<Check, String> {
    let key = |name: &str| -> Result<KeyId, String> {
        vocab::lookup_anywhere(name).ok_or_else(|| format!("{name}= is no directive of any known systemd"))
    };
    let words = |list: &[String]| keep_all(list.iter().map(|w| keep(w)).collect());
    Ok(match check {
        CheckFile::Bool { key: k, bad } => Check::Bool { key: key(k)?, bad: *bad },
        CheckFile::Enum { key: k, badness } => {
            Check::Enum { key: key(k)?, badness: keep_all(badness.iter().map(|(w, b)| (keep(w), *b)).collect()) }
        }
        CheckFile::Settings { at, all, any, none } => {
            let list = |texts: &[String]| -> Result<&'static [Condition], String> {
                Ok(keep_all(texts.iter().map(|t| condition(t)).collect::<Result<_, _>>()?))
            };
            Check::Settings { at: key(at)?, all: list(all)?, any: list(any)?, none: list(none)? }
        }
        CheckFile::Required { key: k } => Check::Required { key: key(k)? },
        CheckFile::Forbidden { key: k, values } => Check::Forbidden { key: key(k)?, values: words(values) },
        CheckFile::CapabilityBoundingSet { caps } => {
            Check::CapabilityBoundingSet { caps: capabilities(caps.iter().map(String::as_str))? }
        }
        CheckFile::RestrictNamespaces { namespace } => {
            let found = vocab::NAMESPACES.iter().position(|n| n.0 == namespace);
            Check::RestrictNamespaces {
                mask: 1 << found.ok_or_else(|| format!("{namespace} is no type of namespace"))?,
            }
        }
        CheckFile::RestrictAddressFamilies { families } => Check::RestrictAddressFamilies { families: words(families) },
        CheckFile::SyscallFilter { group } => {
            let found = vocab::SYSCALL_GROUPS.iter().find(|g| g.name == group);
            Check::SyscallFilter { group: found.ok_or_else(|| format!("{group} is no group of system calls"))? }
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
        CheckFile::Escape { undoes, by, closes, weak } => Check::Escape(Escape {
            undoes: keep_all(undoes.iter().map(|k| key(k)).collect::<Result<_, _>>()?),
            by: keep_all(by.iter().map(|t| condition(t)).collect::<Result<_, _>>()?),
            closes: words(closes),
            weak: *weak,
        }),
        CheckFile::ExposureScore {}
        | CheckFile::EscapeSum {}
        | CheckFile::Suppression {}
        | CheckFile::Configuration {}
        | CheckFile::Message { .. }
        | CheckFile::Code {}
        | CheckFile::World {} => return Err("this kind of check is for built-in rules".into()),
    })
}

fn condition(text: &str) -> Result<Condition, String> {
    let ConditionFile { negated, subject, words } = ConditionFile::parse(text);
    let listed = |words: &[&str]| keep_all(words.iter().map(|w| keep(w)).collect());
    let key = || vocab::lookup_anywhere(subject).ok_or_else(|| format!("{subject}= is no directive"));
    let asks = match (subject, words.as_slice()) {
        ("@root", _) => Asks::Root,
        ("@user-manager", _) => Asks::UserManager,
        ("@disks", _) => Asks::Disks,
        ("@new-privileges", _) => Asks::NewPrivileges,
        ("@call", words) => Asks::Call(listed(words)),
        ("@family", words) => Asks::Family(listed(words)),
        ("@namespace", words) => Asks::Namespace(listed(words)),
        ("@reachable", words) => Asks::Reachable(listed(words)),
        ("@writable", words) => Asks::Writable(listed(words)),
        ("@cap", words) => Asks::Capability(capabilities(words.iter().copied())?),
        (_, []) => Asks::On(key()?),
        (_, words) => Asks::Is(key()?, listed(words)),
    };
    Ok(Condition { negated, asks })
}

fn capabilities<'w>(mut names: impl Iterator<Item = &'w str>) -> Result<u64, String> {
    names.try_fold(0, |sum, name| {
        let found = vocab::CAPABILITIES.iter().position(|c| *c == name);
        found.map(|i| sum | 1_u64 << i).ok_or_else(|| format!("{name} is no capability"))
    })
}

fn rule(id: &str, file: RuleFile, check: Check) -> Rule {
    let units = file.when.units.iter().filter_map(|u| UnitKind::named(u)).collect();
    let example = |e: &super::file::ExampleFile| Example {
        name: if e.name.is_empty() { "foo.service" } else { keep(&e.name) },
        systemd: e.systemd,
        user: e.scope == "user",
        text: keep(&e.text),
        fixed: keep(&e.fixed),
        files: keep_all(e.files.iter().map(|(name, text)| (keep(name), keep(text))).collect()),
        units: keep_all(e.units.iter().map(|(name, text)| (keep(name), keep(text))).collect()),
    };
    Rule {
        id: keep(id),
        group: Group::Policy,
        summary: keep(&file.summary),
        rationale: keep(file.rationale.trim()),
        breaks: keep(file.breaks.trim()),
        since: keep(&file.since),
        status: Status::named(&file.status).unwrap_or(Status::Stable),
        level: Level::named(&file.level).unwrap_or(Level::Warn),
        risk: Risk::named(&file.risk).unwrap_or(Risk::Unknown),
        exposure: None,
        check,
        when: When { units: keep_all(units), systemd: file.when.systemd },
        good: keep(&file.good),
        say: keep(&file.say),
        messages: keep_all(file.messages.iter().map(|(state, text)| (keep(state), keep(text))).collect()),
        fix: file
            .fix
            .as_ref()
            .map(|f| FixSpec { set: keep(&f.set), safety: Safety::named(&f.safety).unwrap_or(Safety::Display) }),
        references: keep_all(file.references.iter().map(|r| keep(r)).collect()),
        examples: keep_all(file.example.iter().map(example).collect()),
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
        };
        wrong(GOOD.replace("error", "fatal"), "level", "fatal");
        wrong(GOOD.replace("MemoryMax", "MaxMemory"), "check", "MaxMemory");
        wrong(GOOD.replace("kind = \"required\", key = \"MemoryMax\"", "kind = \"code\""), "check", "built-in");
        wrong(GOOD.replace("level", "loud"), "loud", "unknown field");
        wrong(format!("{GOOD}since == 1\n"), "=", "");
    }
}
