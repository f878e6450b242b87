//! `%` specifiers: systemd.unit(5), "Specifiers".
//!
//! What only a running machine can tell stands for itself in a harmless way (`%H` becomes `localhost`): no output
//! depends on the machine that unitlint runs on.

use super::name::{self, UnitName};
use super::{Arch, Model, Scope, Specifiers};
use std::borrow::Cow;

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
}

/// A specifier that has no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolvable {
    /// byte offset of the percent sign
    pub at: usize,
    /// the letter behind it
    pub letter: char,
}

/// Expands `text` by the set that a key takes.
///
/// # Errors
/// An unknown letter, or one that cannot be resolved for this unit.
pub fn expand<'t>(text: &'t str, set: Specifiers, subject: &Subject<'_>) -> Result<Cow<'t, str>, Unresolvable> {
    if set == Specifiers::None || !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.peek().copied() {
            Some((_, '%')) => {
                chars.next();
                out.push('%');
            }
            Some((_, letter)) if letter.is_ascii_alphanumeric() => {
                chars.next();
                let found = resolve(letter, set == Specifiers::Name, subject);
                out.push_str(&found.ok_or(Unresolvable { at, letter })?);
            }
            _ => out.push('%'),
        }
    }
    Ok(Cow::Owned(out))
}

fn resolve(letter: char, name_only: bool, s: &Subject<'_>) -> Option<Cow<'static, str>> {
    const NAME_SET: &str = "inNpjuUgGambvHlqowBWMA";
    if name_only && !NAME_SET.contains(letter) {
        return None;
    }
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
        };
        let full = |text| expand(text, Specifiers::Full, &subject).map(Cow::into_owned);
        assert_eq!(full("%p %i %I %j %n").unwrap(), "foo-bar x\\x2dy x-y bar foo-bar@x\\x2dy.service");
        assert_eq!(full("%Y 100% sure %% %-").unwrap(), "/etc/systemd/system 100% sure % %-");
        assert_eq!(full("%1"), Err(Unresolvable { at: 0, letter: '1' }));
        assert_eq!(expand("%t", Specifiers::Name, &subject), Err(Unresolvable { at: 0, letter: 't' }));
        assert_eq!(expand("%t", Specifiers::None, &subject).unwrap(), "%t");
    }
}
