//! Relations between settings of several units, as the rules of a user's own write them: `kind = "relation"`.
//!
//! ```text
//! RELATION   = COMPARISON { "or" COMPARISON }
//! COMPARISON = SIDE OPERATOR SIDE | SETTING "in" "{" LITERAL { "," LITERAL } "}"
//! OPERATOR   = "<" | "<=" | "=" | "!=" | ">=" | ">" | "disjoint" | "within"
//! SIDE       = SETTING { "+" SETTING } | LITERAL
//! SETTING    = UNITS ":" KEY | "own(" UNITS ":" KEY ")" | "share(" UNITS ":" KEY ")"
//! UNITS      = NAME | PATTERN [ "except" PATTERN { "," PATTERN } ]
//! ```
//!
//! A literal is a value of the directive that it is compared with, as a unit file has it: `8G`, `50%`, `2min 30s`, `0-3 8`,
//! `on-failure`, `infinity`. What a unit does not set has the value that systemd gives it.
//!
//! A setting is what counts, not what is written: a limit is the smallest of the unit and its slices, a promise of memory
//! is what every slice around keeps of it, processors and memory nodes are those that the slices leave, and the weights of
//! two units are those of the slices by which they meet. What is added up is of one unit: `a.service:MemoryMax + a.service:MemorySwapMax`. `own(…)` is what the unit itself has; `share(…)`, of a weight, is
//! the part of the machine that a unit gets when all others want as much as they can have.
//!
//! A pattern stands for each unit whose control group it meets, as patterns of paths do: `*.service` for every service,
//! `batch.slice/*` for what is right in that slice, `/*` for what is beside system.slice, `batch.slice/**/*` for all below.
//! It leaves out the unit of the other side, the slices that this is in, and what is in it. One side may have a pattern.
//!
//! `disjoint` and `within` compare processors and memory nodes. A share of memory and a number of bytes cannot be compared
//! without the machine: such a relation is not kept.

mod read;
mod value;

use super::pattern::Pattern;
use crate::text::Loc;
use crate::vocab::KeyId;
use crate::vocab::name::UnitName;
pub use read::{Fault, comparisons};
pub use value::{Amount, Family, Verdict};

/// What has to hold, one line of a rule.
#[derive(Clone, Debug)]
pub struct Relation {
    /// as it is written
    pub text: &'static str,
    /// why; empty where that is not told
    pub because: &'static str,
    /// where it is written
    pub at: Loc,
    /// one of these has to hold
    pub any: Vec<Comparison>,
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// whose finding it is
    pub left: Setting,
    /// how they are compared
    pub op: Op,
    /// with what
    pub right: Right,
}

/// What a setting is compared with.
#[derive(Clone, Debug)]
pub enum Right {
    /// another setting
    Setting(Setting),
    /// values; one of them has to be met, and only `in` has several
    Literals(Vec<(Amount, Box<str>)>),
}

/// A directive of a unit, or of several.
#[derive(Clone, Debug)]
pub struct Setting {
    /// whose
    pub units: Units,
    /// which
    pub key: KeyId,
    /// what of the same units is added to it
    pub plus: Vec<KeyId>,
    /// what of it
    pub of: Of,
    /// where the units are written, in the text of the relation
    pub at: std::ops::Range<usize>,
}

/// What of a setting is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// what comes of it and of the slices around
    Effect,
    /// what the unit itself has
    Own,
    /// the part of the whole that a weight comes to
    Share,
}

/// Whose setting.
#[derive(Clone, Debug)]
pub enum Units {
    /// that of one unit
    One(UnitName),
    /// that of each
    Each {
        /// of those that this meets
        of: Pattern,
        /// and none of these
        except: Vec<Pattern>,
        /// as it is written
        text: Box<str>,
    },
}

impl Comparison {
    /// Both settings, or the only one.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        let right = match &self.right {
            Right::Setting(setting) => Some(setting),
            Right::Literals(_) => None,
        };
        std::iter::once(&self.left).chain(right)
    }
}

impl Setting {
    /// The unit, where it is one.
    pub fn unit(&self) -> Option<&UnitName> {
        match &self.units {
            Units::One(name) => Some(name),
            Units::Each { .. } => None,
        }
    }

    /// All its directives.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        std::iter::once(self.key).chain(self.plus.iter().copied())
    }

    /// Its directives as people write them: `MemoryMax= + MemorySwapMax=`.
    pub fn told(&self) -> String {
        if self.of == Of::Share {
            return format!("the share by {}=", self.key.name());
        }
        self.keys().map(|key| format!("{}=", key.name())).collect::<Vec<_>>().join(" + ")
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "their words say it")]
pub enum Op {
    Less,
    AtMost,
    Equal,
    Other,
    AtLeast,
    More,
    In,
    Disjoint,
    Within,
}

impl Op {
    /// All of them, longer spellings first.
    const ALL: [(&'static str, Self); 9] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("!=", Self::Other),
        ("<", Self::Less),
        (">", Self::More),
        ("=", Self::Equal),
        ("in", Self::In),
        ("disjoint", Self::Disjoint),
        ("within", Self::Within),
    ];

    /// The same with the sides exchanged; `None` where that cannot be said.
    fn flipped(self) -> Option<Self> {
        Some(match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::AtLeast => Self::AtMost,
            Self::More => Self::Less,
            Self::Equal | Self::Other | Self::Disjoint => self,
            Self::In | Self::Within => return None,
        })
    }
}
