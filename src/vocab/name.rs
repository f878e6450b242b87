//! Unit names: what is valid, templates and instances, escaping (systemd.unit(5), systemd-escape(1)).

use super::UnitKind;
use std::fmt;

/// The longest name, in bytes.
const MAX: usize = 255;

/// Bytes that a name may have in front of its `@`.
static VALID: [bool; 256] = {
    let mut valid = [false; 256];
    let mut b = 0_u8;
    while b < 0x7f {
        valid[b as usize] = b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.' | b'\\');
        b += 1;
    }
    valid
};

/// A valid unit name. `foo-bar@baz.service` has the prefix `foo-bar`, the instance `baz` and the kind `service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitName {
    full: Box<str>,
    prefix: u8,
    /// length of the instance; `None` where there is no `@`
    instance: Option<u8>,
    kind: UnitKind,
}

impl UnitName {
    /// The name, if it is one.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, prefix, instance) = parts(name)?;
        Some(Self { full: name.into(), prefix, instance, kind })
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.full
    }

    /// Before `@`, or the name without its suffix.
    pub fn prefix(&self) -> &str {
        &self.full[..usize::from(self.prefix)]
    }

    /// Between `@` and the suffix; empty for a template, `None` for a plain name.
    pub fn instance(&self) -> Option<&str> {
        let start = usize::from(self.prefix) + 1;
        self.instance.map(|len| &self.full[start..start + usize::from(len)])
    }

    /// The type.
    pub fn kind(&self) -> UnitKind {
        self.kind
    }

    /// The word after the last dot.
    pub fn suffix(&self) -> &'static str {
        self.kind.word()
    }

    /// Without the suffix.
    pub fn stem(&self) -> &str {
        &self.full[..self.full.len() - self.suffix().len() - 1]
    }

    /// `foo@.service`
    pub fn is_template(&self) -> bool {
        self.instance == Some(0)
    }

    /// `foo@bar.service`
    pub fn is_instance(&self) -> bool {
        self.instance.is_some_and(|len| len > 0)
    }

    /// `foo@bar.service` as `foo@.service`.
    pub fn template(&self) -> Option<Self> {
        self.is_instance().then(|| Self {
            full: format!("{}@.{}", self.prefix(), self.suffix()).into(),
            prefix: self.prefix,
            instance: Some(0),
            kind: self.kind,
        })
    }

    /// `foo@.service` as `foo@instance.service`; `None` where that is no name.
    pub fn with_instance(&self, instance: &str) -> Option<Self> {
        Self::parse(&format!("{}@{instance}.{}", self.prefix(), self.suffix()))
    }

    /// Whether a slice of this name can exist: the root, or dashes that separate parts.
    pub fn is_valid_slice(&self) -> bool {
        let prefix = self.prefix();
        self.instance.is_none()
            && (prefix == "-" || (!prefix.starts_with('-') && !prefix.ends_with('-') && !prefix.contains("--")))
    }
}

/// The type of a name and the lengths of its prefix and its instance, if it is one.
fn parts(name: &str) -> Option<(UnitKind, u8, Option<u8>)> {
    if name.len() > MAX {
        return None;
    }
    let dot = memchr::memrchr(b'.', name.as_bytes())?;
    let kind = UnitKind::named(&name[dot + 1..])?;
    let stem = &name.as_bytes()[..dot];
    let valid = |b: &u8| VALID[usize::from(*b)];
    let prefix = stem.iter().position(|b| !valid(b)).unwrap_or(dot);
    let instance = match stem.get(prefix) {
        None => None,
        Some(b'@') if stem[prefix + 1..].iter().all(|b| valid(b) || *b == b'@') => Some((dot - prefix - 1) as u8),
        Some(_) => return None,
    };
    (prefix > 0).then_some((kind, prefix as u8, instance))
}

/// The type of a name, if it is one: without keeping it.
pub fn kind_of(name: &str) -> Option<UnitKind> {
    parts(name).map(|(kind, ..)| kind)
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

/// `-` becomes `/`, `\xHH` its byte; `None` where a backslash is no escape.
pub fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'-' => out.push(b'/'),
            b'\\' => {
                let hex = tail.strip_prefix(b"x")?.get(..2)?;
                out.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
                rest = &tail[3..];
            }
            b => out.push(*b),
        }
    }
    String::from_utf8(out).ok()
}

/// The name of a path without a suffix: `/dev/disk` as `dev-disk`, `/` as `-`.
pub fn escape_path(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    if parts.is_empty() {
        return "-".into();
    }
    let mut out = String::new();
    for (i, b) in parts.join("/").bytes().enumerate() {
        match b {
            b'/' => out.push('-'),
            b'.' if i == 0 => out.push_str("\\x2e"),
            b if b.is_ascii_alphanumeric() || b":_.".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out
}

/// The path of an escaped name: `dev-disk` as `/dev/disk`.
pub fn unescape_path(name: &str) -> Option<String> {
    if name == "-" {
        return Some("/".into());
    }
    let path = unescape(name)?;
    let parts = path.split('/');
    let good =
        !path.is_empty() && parts.clone().all(|p| !p.is_empty() && p != "." && p != "..") && !path.contains('\0');
    good.then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let n = UnitName::parse("foo-bar@a@b.service").unwrap();
        assert_eq!((n.prefix(), n.instance(), n.kind()), ("foo-bar", Some("a@b"), UnitKind::Service));
        assert_eq!(n.template().unwrap().as_str(), "foo-bar@.service");
        assert!(UnitName::parse("foo@.service").unwrap().is_template());
        for bad in
            ["", "foo", ".service", "@a.service", "foo.serv", "a b.service", "é.service", "a/b.service", "a~b.service"]
        {
            assert_eq!(UnitName::parse(bad), None, "{bad}");
        }
        assert!(UnitName::parse(&format!("{}.service", "a".repeat(247))).is_some());
        assert!(UnitName::parse(&format!("{}.service", "a".repeat(248))).is_none());
    }

    #[test]
    fn escaping_is_reversible() {
        for path in ["/", "/dev/disk", "/a-b/.c", "/ü x"] {
            assert_eq!(unescape_path(&escape_path(path)).as_deref(), Some(path));
        }
        assert_eq!(escape_path("//dev///sda/"), "dev-sda");
        assert_eq!(escape_path("/.config"), "\\x2econfig");
        assert_eq!(unescape("a\\x2db-c"), Some("a-b/c".into()));
        assert_eq!(unescape("a\\q"), None);
    }
}
