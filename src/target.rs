//! What we lint for: systemd, architecture. Nothing here asks the machine; the defaults are the same everywhere.

use crate::suggest::nearest;
use crate::vocab::{Arch, DISTRIBUTIONS, Model};

/// The newest systemd that anyone can ask for by number; newer numbers are modelled as the newest recorded release.
pub const LATEST: u16 = 262;

/// The system that the units are judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// the release asked for
    pub systemd: u16,
    /// the recorded release that it is modelled as
    pub model: Model,
    /// the processor
    pub arch: Arch,
    /// the kernel series, where it was given or follows from the distribution
    pub kernel: Option<Kernel>,
}

/// A kernel series such as 6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel {
    /// 6
    pub major: u16,
    /// 12
    pub minor: u16,
}

impl Kernel {
    /// `6.12` or `6.12.3-amd64`.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => Err(format!("{text} is no kernel version; give one like 6.12")),
        }
    }
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The processor of this name, systemd's or the kernel's.
///
/// # Errors
/// A sentence for the user.
pub fn arch(word: &str) -> Result<Arch, String> {
    let known = || Arch::ALL.iter().map(|(_, word, _)| *word);
    Arch::named(word).ok_or_else(|| match nearest(word, known()) {
        Some(near) => format!("{word} is no architecture; did you mean {near}?"),
        None => format!("{word} is no architecture; known are {}", known().collect::<Vec<_>>().join(", ")),
    })
}

impl Default for Target {
    fn default() -> Self {
        Self::systemd(LATEST)
    }
}

impl Target {
    /// A release on x86-64.
    pub fn systemd(version: u16) -> Self {
        Self { systemd: version, model: Model::nearest(version), arch: Arch::default(), kernel: None }
    }

    /// `257`, `latest`, or a distribution: `debian13`, `trixie`.
    ///
    /// # Errors
    /// A sentence for the user when the word is none of these.
    pub fn parse(word: &str) -> Result<Self, String> {
        if word == "latest" {
            return Ok(Self::default());
        }
        if let Ok(version) = word.parse::<u16>() {
            return if (183..1000).contains(&version) {
                Ok(Self::systemd(version))
            } else {
                Err(format!("there is no systemd {version}"))
            };
        }
        let name = word.to_ascii_lowercase();
        match DISTRIBUTIONS.iter().find(|d| d.name == name || d.aliases.contains(&&*name)) {
            Some(d) => match d.systemd {
                Some(version) => {
                    Ok(Self { kernel: d.kernel.and_then(|k| Kernel::parse(k).ok()), ..Self::systemd(version) })
                }
                None => Err(format!("the systemd of {word} moves; give its number (systemctl --version)")),
            },
            None => {
                let known: Vec<&str> = DISTRIBUTIONS.iter().filter(|d| d.systemd.is_some()).map(|d| d.name).collect();
                Err(format!(
                    "{word} is neither a systemd release (239 to {LATEST}, latest) nor one of {}",
                    known.join(", ")
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(Target::parse("trixie").unwrap().systemd, 257);
        assert_eq!(Target::parse("debian12").unwrap().kernel, Some(Kernel { major: 6, minor: 1 }));
        assert_eq!(Target::parse("255").unwrap().model.number(), 252);
        assert_eq!(Target::parse("latest").unwrap().systemd, 262);
        assert!(Target::parse("slackware").unwrap_err().contains("debian13"));
        assert!(Target::parse("7").is_err());
    }
}
