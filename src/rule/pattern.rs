//! Patterns of paths: `*.service`, `debian/*.service`, `vendor/**`. In time that grows with the path and the pattern, never
//! faster: whoever writes a configuration cannot stop a run with it.

use std::path::{Component, Path};

/// No path is longer.
const LONGEST: usize = 4096;

/// A pattern that is compared with the last components of a path, or with all of it where it begins with a slash.
#[derive(Clone, Debug)]
pub struct Pattern {
    whole: bool,
    parts: Vec<Part>,
}

/// What stands between two slashes.
#[derive(Clone, Debug)]
enum Part {
    /// `**`: any number of components
    Any,
    /// one component
    Name(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `[a-z_]`, `[!a-z_]`
    Set {
        not: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::One => true,
            Self::Many => false,
            Self::Set { not, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not,
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (whole, rest) = text.strip_prefix('/').map_or((false, text), |rest| (true, rest));
        let parts = match text.len() {
            0 => Err("it is empty"),
            1..=LONGEST => rest.split('/').filter(|part| !matches!(*part, "" | ".")).map(part).collect(),
            _ => Err("it is too long"),
        };
        parts.map(|parts| Self { whole, parts }).map_err(|why| format!("{text} is no pattern: {why}"))
    }

    /// Whether it is about a file.
    pub fn is_about(&self, path: &Path) -> bool {
        let names: Vec<_> =
            path.components().filter(|c| !matches!(c, Component::RootDir | Component::CurDir)).collect();
        let names: Vec<_> = names.iter().map(|c| c.as_os_str().to_string_lossy()).collect();
        // where, before each component and behind the last, the parts up to now may end
        let mut here = vec![!self.whole; names.len() + 1];
        here[0] = !self.whole || path.is_absolute();
        for part in &self.parts {
            let mut next = vec![false; names.len() + 1];
            match part {
                Part::Any => {
                    let first = here.iter().position(|here| *here).unwrap_or(next.len());
                    next[first..].fill(true);
                }
                Part::Name(tokens) => {
                    for (i, name) in names.iter().enumerate() {
                        next[i + 1] = here[i] && fits(tokens, name);
                    }
                }
            }
            here = next;
        }
        here[names.len()]
    }
}

fn part(text: &str) -> Result<Part, &'static str> {
    if text == "**" {
        return Ok(Part::Any);
    }
    if text.contains("**") {
        return Err("** stands for whole directories, alone between slashes");
    }
    let mut tokens = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        tokens.push(match c {
            '?' => Token::One,
            '*' => Token::Many,
            '[' => {
                // a bracket that stands first is one of the set
                let inner = rest.as_str();
                let (not, begin) = if inner.starts_with('!') { (true, 1) } else { (false, 0) };
                let skip = begin + usize::from(inner[begin..].starts_with(']'));
                let end = skip + inner[skip..].find(']').ok_or("a [ is not closed")?;
                rest = inner[end + 1..].chars();
                Token::Set { not, ranges: ranges(&inner[begin..end]) }
            }
            c => Token::Char(c),
        });
    }
    Ok(Part::Name(tokens))
}

fn ranges(set: &str) -> Vec<(char, char)> {
    let chars: Vec<char> = set.chars().collect();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        if chars.get(i + 1) == Some(&'-') && i + 2 < chars.len() {
            out.push((chars[i], chars[i + 2]));
            i += 3;
        } else {
            out.push((chars[i], chars[i]));
            i += 1;
        }
    }
    out
}

/// Whether a name is what the tokens say. Only the last `*` is ever tried again: what an earlier one could take besides,
/// that one takes as well.
fn fits(tokens: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut t, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match tokens.get(t) {
            Some(Token::Many) => {
                star = Some((t, n));
                t += 1;
            }
            Some(token) if token.takes(name[n]) => {
                t += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    t = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    tokens[t..].iter().all(|token| *token == Token::Many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_the_end_of_a_path() {
        let about = |pattern: &str, path: &str| Pattern::parse(pattern).unwrap().is_about(Path::new(path));
        for (pattern, path) in [
            ("*.service", "./debian/foo.service"),
            ("debian/*.service", "/src/x/debian/foo.service"),
            ("./debian/*.service", "debian/foo.service"),
            ("debian/**", "debian/a/b.service"),
            ("debian/**/b.service", "x/debian/b.service"),
            ("**/b.*", "b.service"),
            ("foo.service.d/*.conf", "x/foo.service.d/a.conf"),
            ("/etc/**", "/etc/systemd/a.service"),
            ("foo@?.service", "foo@ü.service"),
            ("[a-c]?[!x].service", "bxy.service"),
            ("[]-].service", "-.service"),
            ("a*b*c", "aXbXbXc"),
            ("*", "a"),
        ] {
            assert!(about(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("debian/*.service", "debian/a/b.service"),
            ("oo.service", "foo.service"),
            ("/etc/*", "etc/a"),
            ("/etc/*", "/x/etc/a"),
            ("a?", "a"),
            ("a*b", "abc"),
            ("[!a]", "a"),
        ] {
            assert!(!about(pattern, path), "{pattern} {path}");
        }
        for bad in ["", "[a", "a[]", "[!]", "a**", "x/**b/y", &"x".repeat(LONGEST + 1)] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let path = format!("{0}/{0}/{0}/{0}/{0}b", "a".repeat(250));
        for pattern in ["*a", "**/*a*/", "**/", "?*"] {
            let text = pattern.repeat(LONGEST / pattern.len() - 1) + "c";
            assert!(!Pattern::parse(&text).unwrap().is_about(Path::new(&path)), "{pattern}");
        }
    }
}
