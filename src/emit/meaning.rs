//! What a value means: times in people's units, sizes in bytes, sets with their members, specifiers replaced.

use super::cat::notation;
use crate::unit::Unit;
use crate::vocab::size::{Limit, RLIM_INFINITY};
use crate::vocab::value::{Outcome, Value, assign};
use crate::vocab::{Class, KeyId, Specifiers, key, specifier};

/// So many members of a set are told one by one.
const MANY: usize = 60;

/// What a value means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// a sentence without a full stop
    Says(String),
    /// the value with what its specifiers stand for
    Becomes(String),
}

/// What a value of a key means in a unit; `None` where it says so itself.
pub fn of(unit: &Unit, key: KeyId, text: &str) -> Option<Meaning> {
    said(unit, key, text).map(Meaning::Says).or_else(|| expanded(unit, key, text))
}

fn said(unit: &Unit, key: KeyId, text: &str) -> Option<String> {
    let model = unit.target.model;
    let setting = unit.value_setting(model);
    let mut value = Value::Unset;
    match assign(key, &mut value, text, &setting, &mut Vec::new()) {
        Outcome::Set => {}
        Outcome::Reset => return Some("takes back what was assigned before".into()),
        Outcome::Ignored => return Some("systemd takes no notice of this value".into()),
        Outcome::Fatal => return Some("with this value systemd refuses the unit".into()),
    }
    match &value {
        Value::Span(u64::MAX) => Some("no limit of time".into()),
        Value::Span(n) if key.key().class(model) == Class::TimespanNsec => Some(format!("{n} ns")),
        Value::Span(n) => Some(span(*n)),
        Value::Limit(Limit::Absolute(n)) if is_size(key, model) => Some(size(*n)),
        Value::Limit(Limit::Share(n)) => Some(format!("{}.{:02} % of what the machine has", n / 100, n % 100)),
        Value::Limit(Limit::Unlimited) => Some("no limit".into()),
        Value::Rlimit(limit) if key.name() != "LimitNICE" => {
            let one = |n: u64| match n {
                RLIM_INFINITY => "no limit".to_owned(),
                n if key.key().unit() == "bytes" => size(n),
                n => n.to_string(),
            };
            let (soft, hard) = (one(limit.soft), one(limit.hard));
            Some(if soft == hard { soft } else { format!("{soft}; up to {hard} when the service asks for it") })
        }
        Value::Number(mask) if key == key::UMASK => {
            let (files, directories) = (0o666 & !mask, 0o777 & !mask);
            Some(format!("new files get {files:04o} ({}), directories {directories:04o}", letters(files)))
        }
        Value::Number(mode) if key.key().class(model) == Class::Mode => Some(permissions(*mode)),
        Value::Number(n) if is_size(key, model) => u64::try_from(*n).ok().map(size),
        Value::Filter(filter) => {
            let listed: Vec<&str> = filter.set.without(&filter.marked).names().collect();
            let verb = if filter.allow { "allows" } else { "denies" };
            Some(format!("{verb} {} system calls: {}", listed.len(), some(&listed)))
        }
        Value::Capabilities(_) | Value::Namespaces(_) | Value::Families(_) => {
            let told = notation(key, &value)?;
            (!told.is_empty() && told != text.trim()).then(|| format!("as a set of its own: {told}"))
        }
        _ => None,
    }
}

/// The value with its specifiers replaced, where it has some.
fn expanded(unit: &Unit, key: KeyId, text: &str) -> Option<Meaning> {
    let set = key.key().specifiers(unit.target.model);
    if set == Specifiers::None || !text.contains('%') {
        return None;
    }
    let subject = unit.value_setting(unit.target.model).subject;
    match specifier::expand(text, set, &subject) {
        Ok(found) if found != text => Some(Meaning::Becomes(found.into_owned())),
        Ok(_) => None,
        Err(specifier::Unresolvable::Letter(letter)) => {
            Some(Meaning::Says(format!("%{letter} stands for nothing here")))
        }
        Err(specifier::Unresolvable::TooLong) => None,
    }
}

fn is_size(key: KeyId, model: crate::vocab::Model) -> bool {
    matches!(key.key().class(model), Class::Bytes | Class::MemoryLimit | Class::DiskQuota | Class::IoDeviceLimit)
}

fn some(names: &[&str]) -> String {
    match names.get(..MANY).filter(|_| names.len() > MANY + 1) {
        Some(first) => format!("{} and {} more", first.join(", "), names.len() - MANY),
        None => names.join(", "),
    }
}

/// A time in microseconds, in the largest units that fit.
pub fn span(time: u64) -> String {
    const UNITS: [(u64, &str); 7] = [
        (604_800_000_000, "w"),
        (86_400_000_000, "d"),
        (3_600_000_000, "h"),
        (60_000_000, "min"),
        (1_000_000, "s"),
        (1000, "ms"),
        (1, "us"),
    ];
    let (mut left, mut parts) = (time, Vec::new());
    for (unit, name) in UNITS {
        if left >= unit {
            parts.push(format!("{}{name}", left / unit));
            left %= unit;
        }
    }
    let seconds = match (time / 1_000_000, time % 1_000_000) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{}", format!("{rest:06}").trim_end_matches('0')),
    };
    match parts.len() {
        0 => "0".into(),
        _ if parts.join(" ") == format!("{seconds}s") => format!("{seconds} seconds"),
        _ => format!("{} ({seconds} seconds)", parts.join(" ")),
    }
}

/// A size in bytes, and in the largest unit in which it has no more than two decimals.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let digits = bytes.to_string();
    let grouped: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|c| str::from_utf8(c).ok()).collect();
    let plain = format!("{} bytes", grouped.join(","));
    let fits = |n: &usize| (u128::from(bytes) * 100).is_multiple_of(1 << (10 * n)) && bytes >= 1 << (10 * n);
    match (1..=UNITS.len()).rev().find(fits) {
        None => plain,
        Some(n) => {
            let hundredths = (u128::from(bytes) * 100) >> (10 * n);
            let (whole, rest) = (hundredths / 100, format!("{:02}", hundredths % 100));
            let rest = rest.trim_end_matches('0');
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{whole}{dot}{rest} {} ({plain})", UNITS[n - 1])
        }
    }
}

/// Permission bits as `ls` shows them, and whom they let in.
fn permissions(mode: i64) -> String {
    let more = [(0o4000, "set-user-ID"), (0o2000, "set-group-ID"), (0o1000, "sticky")];
    let more: Vec<&str> = more.iter().filter(|(bit, _)| mode & bit != 0).map(|(_, name)| *name).collect();
    let special = if more.is_empty() { String::new() } else { format!(", {}", more.join(", ")) };
    let all = letters(mode);
    format!("{all}: owner {}, group {}, others {}{special}", &all[..3], &all[3..6], &all[6..])
}

/// `rwxr-x---`
fn letters(mode: i64) -> String {
    let bits = "rwxrwxrwx".chars().rev().enumerate();
    let signs: Vec<char> = bits.map(|(bit, c)| if mode >> bit & 1 == 1 { c } else { '-' }).collect();
    signs.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{File, Files, State};
    use crate::vocab::name::UnitName;
    use crate::vocab::{Scope, Section, lookup};

    fn told(name: &str, text: &str) -> Option<Meaning> {
        let key = [Section::Service, Section::Unit].into_iter().find_map(|s| lookup(s, name)).unwrap();
        let files = Files {
            name: UnitName::parse("a@b.service").unwrap(),
            scope: Scope::System,
            state: State::Found,
            path: "/etc/systemd/system/a@b.service".into(),
            files: vec![std::sync::Arc::new(File::new("/etc/systemd/system/a@b.service", Vec::new()))],
            aliases: Vec::new(),
            lone: false,
            profile: None,
            unreadable: Vec::new(),
        };
        of(&Unit::read(files, crate::target::Target::default()), key, text)
    }

    #[test]
    fn values() {
        let said = |name, text| match told(name, text) {
            Some(Meaning::Says(text) | Meaning::Becomes(text)) => text,
            None => String::new(),
        };
        assert_eq!(said("TimeoutStartSec", "1min 30s"), "1min 30s (90 seconds)");
        assert_eq!(said("TimeoutStartSec", "90"), "1min 30s (90 seconds)");
        assert_eq!(said("RestartSec", "5"), "5 seconds");
        assert_eq!(said("RestartSec", "100ms"), "100ms (0.1 seconds)");
        assert_eq!(said("RestartSec", "infinity"), "no limit of time");
        assert_eq!(said("MemoryMax", "1G 512M"), "1.5 GiB (1,610,612,736 bytes)");
        assert_eq!(said("MemoryMax", "1000"), "1,000 bytes");
        assert_eq!(said("MemoryMax", "25%"), "25.00 % of what the machine has");
        assert_eq!(said("UMask", "0027"), "new files get 0640 (rw-r-----), directories 0750");
        assert_eq!(said("RuntimeDirectoryMode", "2750"), "rwxr-x---: owner rwx, group r-x, others ---, set-group-ID");
        assert_eq!(said("LimitNOFILE", "1024:524288"), "1024; up to 524288 when the service asks for it");
        assert_eq!(said("WorkingDirectory", "/srv/%i"), "/srv/b");
        assert!(said("SystemCallFilter", "~@clock").starts_with("denies 6 system calls: adjtimex, clock_adjtime"));
        assert_eq!(said("PrivateTmp", "maybe"), "systemd takes no notice of this value");
        assert_eq!((told("PrivateTmp", "yes"), told("Description", "x")), (None, None));
    }
}
