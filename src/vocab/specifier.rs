//! `%` specifiers: systemd.unit(5), "Specifiers".
//!
//! What only a running machine can tell stands for itself in a harmless way (`%H` becomes `localhost`): no output
//! depends on the machine that unitlint runs on.

use super::name::{self, UnitName};
use super::{Arch, Model, Scope, Specifiers};
use std::borrow::Cow;
use std::cell::Cell;

/// What the specifiers of a unit expand to.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// the unit; a template under the instance that systemd invents for it
    pub name: &'a UnitName,
    /// the path of its fragment as the manager sees it
    pub fragment: &'a str,
    /// whose manager loads it
    pub scope: Scope,
    /// by which rules
    pub model: Model,
    /// on which processor
    pub arch: Arch,
    /// what was expanded although it is deprecated
    pub deprecated: Deprecated,
}

/// The specifiers that depend on `Slice=` and are told whenever they are expanded.
const DEPRECATED: [char; 3] = ['c', 'r', 'R'];

/// Notes which of the deprecated specifiers were expanded.
#[derive(Clone, Debug, Default)]
pub struct Deprecated(Cell<u8>);

impl Deprecated {
    fn note(&self, letter: char) {
        if let Some(i) = DEPRECATED.iter().position(|l| *l == letter) {
            self.0.set(self.0.get() | 1 << i);
        }
    }

    /// Those noted since this was asked last.
    pub fn take(&self) -> impl Iterator<Item = char> + use<> {
        let noted = self.0.take();
        DEPRECATED.into_iter().enumerate().filter(move |(i, _)| noted & 1 << i != 0).map(|(_, letter)| letter)
    }
}

/// A specifier that has no meaning here, or text that would become too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unresolvable {
    /// the letter behind the percent sign
    Letter(char),
    /// there are too many of them
    TooLong,
}

impl Specifiers {
    /// How long a text may become, in bytes.
    fn longest(self) -> usize {
        match self {
            Self::None => usize::MAX,
            Self::Full | Self::Exec | Self::AfterColon => 1024 * 1024,
            // `sysconf(_SC_ARG_MAX)` with the usual limit of the stack
            Self::Env => 2 * 1024 * 1024,
            Self::Path | Self::FdOrPath | Self::CredIdAndPath => 4095,
            Self::Name => 256,
            Self::CredId | Self::Fd => 255,
        }
    }
}

/// Where `%X` stands first in a text.
pub fn find(text: &str, letter: char) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('%').map(|i| from + i) {
        let next = text[at + 1..].chars().next()?;
        if next == letter {
            return Some(at);
        }
        from = at + 1 + next.len_utf8();
    }
    None
}

/// Expands `text` by the set that a key takes (`specifier_printf()`).
///
/// # Errors
/// An unknown letter, one that cannot be resolved for this unit, or too long a result.
pub fn expand<'t>(text: &'t str, set: Specifiers, subject: &Subject<'_>) -> Result<Cow<'t, str>, Unresolvable> {
    if set == Specifiers::None || !has_percent(text.as_bytes()) {
        return Ok(Cow::Borrowed(text));
    }
    let longest = set.longest();
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek().copied().filter(|_| c == '%') {
            // neither this nor what stands for nothing is measured
            Some('%') => {
                chars.next();
                out.push('%');
                continue;
            }
            Some(letter) if letter.is_ascii_alphanumeric() => {
                chars.next();
                let found = resolve(letter, set == Specifiers::Name, subject).ok_or(Unresolvable::Letter(letter))?;
                if found.is_empty() {
                    continue;
                }
                out.push_str(&found);
            }
            _ => out.push(c),
        }
        if out.len() > longest {
            return Err(Unresolvable::TooLong);
        }
    }
    Ok(Cow::Owned(out))
}

/// Whether there is a `%`. Most texts are short: pieces of them are compared before a search has begun.
fn has_percent(bytes: &[u8]) -> bool {
    let in_piece = |piece: &[u8]| piece.iter().fold(false, |any, b| any | (*b == b'%'));
    let (pieces, rest) = bytes.as_chunks::<16>();
    pieces.iter().any(|piece| in_piece(piece)) || in_piece(rest)
}

/// The letters that names of units expand.
const NAME_SET: &str = "inNpjuUgGambvHlqowBWMA";

/// The specifiers that names of units expand.
pub fn of_names() -> impl Iterator<Item = String> {
    NAME_SET.chars().map(|letter| format!("%{letter}"))
}

/// What each letter stands for (systemd.unit(5), "Specifiers"), the usual ones first.
pub const MEANINGS: [(char, &str); 43] = [
    ('n', "full name of the unit"),
    ('N', "full name of the unit without its type"),
    ('p', "prefix: the name up to the @"),
    ('P', "prefix, unescaped"),
    ('i', "instance: what stands between the @ and the type"),
    ('I', "instance, unescaped"),
    ('j', "last part of the prefix, behind its last dash"),
    ('J', "last part of the prefix, unescaped"),
    ('f', "instance, or else prefix, unescaped as a path"),
    ('t', "runtime directory"),
    ('S', "state directory"),
    ('C', "cache directory"),
    ('L', "log directory"),
    ('E', "configuration directory"),
    ('D', "shared data directory"),
    ('d', "credentials directory of the unit"),
    ('h', "home of the user who runs the manager"),
    ('u', "name of the user who runs the manager"),
    ('U', "number of that user"),
    ('g', "name of the group that runs the manager"),
    ('G', "number of that group"),
    ('s', "shell of that user"),
    ('T', "directory for temporary files"),
    ('V', "directory for larger and persistent temporary files"),
    ('y', "path of the fragment"),
    ('Y', "directory of the fragment"),
    ('H', "host name"),
    ('l', "short host name"),
    ('q', "pretty host name"),
    ('m', "machine ID"),
    ('b', "boot ID"),
    ('v', "kernel release"),
    ('a', "architecture"),
    ('o', "ID= of the operating system"),
    ('w', "VERSION_ID= of the operating system"),
    ('B', "BUILD_ID= of the operating system"),
    ('W', "VARIANT_ID= of the operating system"),
    ('M', "IMAGE_ID= of the operating system"),
    ('A', "IMAGE_VERSION= of the operating system"),
    ('c', "control group path of the unit (deprecated)"),
    ('r', "control group path of its slice (deprecated)"),
    ('R', "root of the control groups (deprecated)"),
    ('%', "a percent sign"),
];

fn resolve(letter: char, name_only: bool, s: &Subject<'_>) -> Option<Cow<'static, str>> {
    if name_only && !NAME_SET.contains(letter) {
        return None;
    }
    s.deprecated.note(letter);
    let user = s.scope == Scope::User;
    let pick = |system: &'static str, of_user: &'static str| Some(Cow::Borrowed(if user { of_user } else { system }));
    let owned = |text: &str| Some(Cow::Owned(text.to_owned()));
    let last = |text: &str| text.rsplit('-').next().unwrap_or_default().to_owned();
    let instance = s.name.instance().unwrap_or_default();
    match letter {
        'i' => owned(instance),
        'I' => name::unescape(instance).map(Cow::Owned),
        'n' => owned(s.name.as_str()),
        'N' => owned(s.name.stem()),
        'p' => owned(s.name.prefix()),
        'P' => name::unescape(s.name.prefix()).map(Cow::Owned),
        'j' => Some(Cow::Owned(last(s.name.prefix()))),
        'J' => name::unescape(&last(s.name.prefix())).map(Cow::Owned),
        'f' => name::unescape_path(if instance.is_empty() { s.name.prefix() } else { instance }).map(Cow::Owned),
        'y' => (!s.fragment.is_empty()).then(|| Cow::Owned(s.fragment.to_owned())),
        'Y' => s.fragment.rsplit_once('/').map(|(dir, _)| Cow::Owned(dir.to_owned())),
        'c' => owned(&format!("/system.slice/{}", s.name)),
        'r' => Some("/system.slice".into()),
        'R' => Some("/".into()),
        't' => pick("/run", "/run/user/1000"),
        'S' if s.model.number() < 254 => pick("/var/lib", "/home/user/.config"),
        'S' => pick("/var/lib", "/home/user/.local/state"),
        'C' => pick("/var/cache", "/home/user/.cache"),
        'L' if s.model.number() < 254 => pick("/var/log", "/home/user/.config/log"),
        'L' => pick("/var/log", "/home/user/.local/state/log"),
        'E' => pick("/etc", "/home/user/.config"),
        'D' if s.model.number() >= 256 => pick("/usr/share", "/home/user/.local/share"),
        'd' => owned(&format!("{}/credentials/{}", if user { "/run/user/1000" } else { "/run" }, s.name)),
        'h' => pick("/root", "/home/user"),
        's' => Some("/bin/sh".into()),
        'u' | 'g' => pick("root", "user"),
        'U' | 'G' => pick("0", "1000"),
        'T' => Some("/tmp".into()),
        'V' => Some("/var/tmp".into()),
        'a' => owned(s.arch.word()),
        'm' | 'b' => Some("00000000000000000000000000000000".into()),
        'v' => Some("0.0.0".into()),
        'H' | 'l' | 'q' => Some("localhost".into()),
        'o' => Some("linux".into()),
        'w' | 'B' | 'W' | 'M' | 'A' => Some("".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands() {
        let name = UnitName::parse("foo-bar@x\\x2dy.service").unwrap();
        let subject = Subject {
            name: &name,
            fragment: "/etc/systemd/system/foo-bar@.service",
            scope: Scope::System,
            model: Model::LATEST,
            arch: Arch::X86_64,
            deprecated: Deprecated::default(),
        };
        let full = |text| expand(text, Specifiers::Full, &subject).map(Cow::into_owned);
        assert_eq!(full("%p %i %I %j %n").unwrap(), "foo-bar x\\x2dy x-y bar foo-bar@x\\x2dy.service");
        assert_eq!(full("%Y 100% sure %% %-").unwrap(), "/etc/systemd/system 100% sure % %-");
        assert_eq!(full("%1"), Err(Unresolvable::Letter('1')));
        assert_eq!(expand("%t", Specifiers::Name, &subject), Err(Unresolvable::Letter('t')));
        assert_eq!(expand("%t", Specifiers::None, &subject).unwrap(), "%t");
        assert_eq!(subject.deprecated.take().count(), 0);
        assert_eq!(full("%%c %R %r %R%c").unwrap(), "%c / /system.slice //system.slice/foo-bar@x\\x2dy.service");
        assert_eq!(subject.deprecated.take().collect::<String>(), "crR");
        assert_eq!(
            (find("%%c %c", 'c'), find("%%c", 'c'), find("%", 'c'), find("é%é%c", 'c')),
            (Some(4), None, None, Some(5))
        );
    }

    #[test]
    fn every_letter_has_a_meaning() {
        let name = UnitName::parse("foo@bar.service").unwrap();
        let subject = Subject {
            name: &name,
            fragment: "/x/foo@.service",
            scope: Scope::System,
            model: Model::LATEST,
            arch: Arch::X86_64,
            deprecated: Deprecated::default(),
        };
        for letter in ('0'..='z').filter(char::is_ascii_alphanumeric) {
            let known = MEANINGS.iter().any(|(l, _)| *l == letter);
            assert_eq!(resolve(letter, false, &subject).is_some(), known, "{letter}");
        }
    }

    #[test]
    fn what_grows_too_long_is_refused() {
        let name = UnitName::parse("foo.service").unwrap();
        let subject = Subject {
            name: &name,
            fragment: "",
            scope: Scope::System,
            model: Model::LATEST,
            arch: Arch::X86_64,
            deprecated: Deprecated::default(),
        };
        let long = |n: usize, set| expand(&"%V".repeat(n), set, &subject).map(|t| t.len());
        assert_eq!((long(511, Specifiers::Path), long(512, Specifiers::Path)), (Ok(4088), Err(Unresolvable::TooLong)));
        assert_eq!(
            (long(131_072, Specifiers::Full), long(131_073, Specifiers::Full)),
            (Ok(1 << 20), Err(Unresolvable::TooLong))
        );
        let name = format!("{}%p", "a".repeat(253));
        assert!(expand(&name, Specifiers::Name, &subject).is_ok());
        assert_eq!(expand(&format!("a{name}"), Specifiers::Name, &subject), Err(Unresolvable::TooLong));
    }
}
