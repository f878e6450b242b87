//! What becomes of a directive on a machine.

use super::step::Step;
use crate::host::Seen;

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// it does what it says
    Enforced,
    /// some of it does
    Partly,
    /// the unit starts without it
    Skipped,
    /// the unit does not start
    Refused,
    /// nobody can tell
    Unknown,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Enforced, Self::Partly, Self::Skipped, Self::Refused, Self::Unknown];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Partly => "partly",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What becomes of a directive, or of a part of what it does, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// the word
    pub kind: Kind,
    /// why; a piece of a sentence
    pub reason: String,
    /// the probes that say so
    pub probe: String,
    /// the step that fails
    pub step: Option<Step>,
}

/// Why nobody can tell what is at a path when only facts of a machine are at hand.
pub(super) const ELSEWHERE: &str = "the files of that machine are not here";

/// What says so when no machine is asked.
pub(super) const AS_READ: &str = "the unit as it is read";

impl Ruling {
    /// Whether a machine was asked, and not only the unit.
    pub fn is_of_machine(&self) -> bool {
        self.probe != AS_READ
    }

    fn new(kind: Kind, reason: impl Into<String>, probe: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), probe: probe.into(), step: None }
    }

    /// It does what it says.
    pub(super) fn enforced(reason: impl Into<String>, probe: impl Into<String>) -> Self {
        Self::new(Kind::Enforced, reason, probe)
    }

    /// Some of it does.
    pub(super) fn partly(reason: impl Into<String>, probe: impl Into<String>) -> Self {
        Self::new(Kind::Partly, reason, probe)
    }

    /// The unit starts without it.
    pub(super) fn skipped(reason: impl Into<String>, probe: impl Into<String>) -> Self {
        Self::new(Kind::Skipped, reason, probe)
    }

    /// The unit does not start.
    pub(super) fn refused(step: Step, reason: impl Into<String>, probe: impl Into<String>) -> Self {
        Self { step: Some(step), ..Self::new(Kind::Refused, reason, probe) }
    }

    /// Nobody can tell.
    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self::new(Kind::Unknown, reason, "")
    }

    /// What was asked could not be told.
    pub(super) fn untold<T>(what: &str, seen: &Seen<T>) -> Self {
        Self::unknown(format!("{what} cannot be told: {}", seen.at()))
    }

    /// Whether it holds.
    pub(super) fn holds(&self) -> bool {
        self.kind == Kind::Enforced
    }

    /// What several conditions of one thing come to: what refuses or takes it away decides, whatever is said of the rest.
    pub(super) fn chain(parts: Vec<Self>) -> Self {
        let first = |kind: Kind| parts.iter().find(|p| p.kind == kind).cloned();
        let refused = parts.iter().filter(|p| p.kind == Kind::Refused).min_by_key(|p| p.step).cloned();
        let lost =
            refused.or_else(|| first(Kind::Skipped)).or_else(|| first(Kind::Unknown)).or_else(|| first(Kind::Partly));
        lost.unwrap_or_else(|| Self::all(parts))
    }

    /// What several parts come to: the first that refuses decides, all have to hold, and what is unknown spoils it.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let find = |kind: Kind| parts.iter().filter(move |p| p.kind == kind);
        if let Some(first) = find(Kind::Refused).min_by_key(|p| p.step) {
            return first.clone();
        }
        if let Some(unknown) = find(Kind::Unknown).next() {
            return unknown.clone();
        }
        let lost: Vec<&Self> = parts.iter().filter(|p| !p.holds()).collect();
        let Some(first) = lost.first() else {
            let probes = join(parts.iter().map(|p| p.probe.as_str()), ", ");
            return Self::enforced(join(parts.iter().map(|p| p.reason.as_str()), "; "), probes);
        };
        let reason = join(lost.iter().map(|p| p.reason.as_str()), "; ");
        let probe = join(lost.iter().map(|p| p.probe.as_str()), ", ");
        if parts.iter().all(|p| p.kind == Kind::Skipped) {
            return Self::skipped(first.reason.clone(), first.probe.clone());
        }
        Self::partly(reason, probe)
    }
}

/// Texts one after the other, each once.
fn join<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts.filter(|t| !t.is_empty()) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_whole() {
        let (yes, no) = (Ruling::enforced("a", "p"), Ruling::skipped("b", "q"));
        let (never, perhaps) = (Ruling::refused(Step::Program, "c", "r"), Ruling::unknown("d"));
        let kind = |parts: &[&Ruling]| Ruling::all(parts.iter().map(|p| (*p).clone()).collect()).kind;
        assert_eq!(kind(&[&yes, &yes]), Kind::Enforced);
        assert_eq!(kind(&[&yes, &no]), Kind::Partly);
        assert_eq!(kind(&[&no, &no]), Kind::Skipped);
        assert_eq!(kind(&[&yes, &no, &perhaps]), Kind::Unknown);
        assert_eq!(kind(&[&yes, &perhaps, &never]), Kind::Refused);
    }
}
