//! Values that can be compared: what kinds there are, how each is read, compared and told.

use super::{Of, Op, Setting};
use crate::rule::amount::{in_words, percent, ranges};
use crate::unit::cgroups::{common, union};
use crate::vocab::size::{self, Limit};
use crate::vocab::time::{self, INFINITY, SECOND};
use crate::vocab::value::Value;
use crate::vocab::{Class, KeyId, Model, Repeat, key, number};

/// Values that can be compared with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// sizes, perhaps shares of what the machine has
    Memory,
    /// tasks, perhaps shares of what the kernel allows
    Tasks,
    /// hundredths of a percent
    Share,
    /// times
    Time,
    /// numbers of one directive
    Number(KeyId),
    /// processors
    Processors,
    /// memory nodes
    Nodes,
    /// words of one directive
    Word(KeyId),
}

/// A value that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// the smaller of both; infinity where there is none
    Least {
        /// bytes or tasks
        absolute: Option<u64>,
        /// hundredths of a percent of what only the machine knows
        share: Option<u32>,
    },
    /// a number; [`i128::MAX`] for infinity
    Number(i128),
    /// first and last of each range, in order and apart; `None` for all
    Set(Option<Vec<(u32, u32)>>),
    /// a word
    Word(Box<str>),
}

/// What comes of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// it is so
    Holds,
    /// it is not
    Fails,
    /// only the machine knows
    Open,
}

impl Family {
    /// The values of a setting; `None` for what cannot be compared.
    pub fn of(setting: &Setting) -> Option<Self> {
        if setting.of == Of::Share { Some(Self::Share) } else { Self::of_key(setting.key) }
    }

    fn of_key(id: KeyId) -> Option<Self> {
        Some(match id.key().class(Model::LATEST) {
            Class::MemoryLimit | Class::Bytes | Class::DiskQuota => Self::Memory,
            Class::TasksMax => Self::Tasks,
            Class::CpuQuota | Class::Percent => Self::Share,
            Class::Timespan => Self::Time,
            Class::CpuSet if matches!(id, key::ALLOWED_MEMORY_NODES | key::STARTUP_ALLOWED_MEMORY_NODES) => Self::Nodes,
            Class::CpuSet => Self::Processors,
            Class::NumaMask => Self::Nodes,
            Class::Weight | Class::CpuWeight | Class::Integer | Class::Unsigned | Class::UnsignedOrInfinity => {
                Self::Number(id)
            }
            Class::Boolean | Class::Tristate | Class::Enum | Class::EnumOrBoolean | Class::EnumOrNumber => {
                Self::Word(id)
            }
            Class::SliceName | Class::UserOrGroup | Class::String | Class::Path if id.key().repeat == Repeat::Last => {
                Self::Word(id)
            }
            _ => return None,
        })
    }

    /// What a text means as a value of a directive.
    pub fn literal(self, id: KeyId, text: &str) -> Option<Amount> {
        let number = |n: i64| Amount::Number(n.into());
        Some(match self {
            // 0 is below every limit, also where a unit file may not have it
            Self::Memory => Amount::limit(size::memory_limit(text, true).ok()?),
            Self::Tasks => Amount::limit(size::tasks_max(text).ok()?),
            Self::Share if text == "infinity" => Amount::Number(i128::MAX),
            Self::Share => number(size::permyriad_unbounded(text).ok()?.into()),
            Self::Time => Amount::time(time::timespan(text, SECOND).ok()?),
            Self::Number(key::CPU_WEIGHT | key::STARTUP_CPU_WEIGHT) if text == "idle" => number(0),
            Self::Number(_) if text == "infinity" => Amount::Number(i128::MAX),
            Self::Number(_) => number(size::integer_64(text).ok()?),
            Self::Processors | Self::Nodes if text == "all" => Amount::Set(None),
            Self::Processors | Self::Nodes => {
                let line = size::cpu_set(text, Model::LATEST);
                let good = line.faults.is_empty() && !line.cpus.is_empty();
                Amount::Set(Some(good.then(|| union(line.cpus))?))
            }
            Self::Word(_) => Amount::word(id, text)?,
        })
    }

    /// What the value of a unit means; `None` where nothing is set.
    pub fn value(self, value: &Value) -> Option<Amount> {
        Some(match (self, value) {
            (Self::Memory | Self::Tasks, Value::Limit(limit)) => Amount::limit(*limit),
            (Self::Memory, Value::Number(n)) => Amount::limit(Limit::Absolute(u64::try_from(*n).ok()?)),
            // as `UnsignedOrInfinity` is kept
            (_, Value::Number(i64::MAX)) => Amount::Number(i128::MAX),
            (_, Value::Number(n)) => Amount::Number((*n).into()),
            (_, Value::Span(us)) => Amount::time(*us),
            (Self::Processors | Self::Nodes, Value::List(list)) => {
                let all: Option<Vec<_>> = list.iter().map(|item| size::range(item).ok()).collect();
                Amount::Set(all.map(union).filter(|all| !all.is_empty()))
            }
            (_, Value::Word(word)) => Amount::Word((*word).into()),
            (_, Value::Bool(on)) => Amount::Word(if *on { "yes" } else { "no" }.into()),
            (_, Value::Text(text)) => Amount::Word(text.clone()),
            _ => return None,
        })
    }

    /// What a unit has that sets nothing; `None` where that is not known.
    pub fn default(self, id: KeyId) -> Option<Amount> {
        match (self, id) {
            (Self::Processors | Self::Nodes, _) => return Some(Amount::Set(None)),
            (_, key::OOM_SCORE_ADJUST) => return Some(Amount::Number(0)),
            (_, key::CPU_QUOTA) => return Some(Amount::Number(i128::MAX)),
            (_, key::USER) => return Some(Amount::Word("root".into())),
            _ => {}
        }
        // `infinity`, `DefaultRestartSec= (100ms)`, `unset (kernel 100)`
        let told = id.key().default();
        let inner = told.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
        let is_free = matches!(self, Self::Word(_))
            && !id.key().takes_boolean(Model::LATEST)
            && id.key().words(Model::LATEST).is_empty();
        let words = [told, inner, inner.rsplit(' ').next().unwrap_or_default()];
        words.into_iter().filter(|w| !w.is_empty() && !is_free).find_map(|word| self.literal(id, word))
    }

    /// As people write it.
    pub fn told(self, amount: &Amount) -> String {
        match (self, amount) {
            (_, Amount::Least { absolute: None, share: None } | Amount::Number(i128::MAX)) => "infinity".into(),
            (_, Amount::Least { absolute, share }) => {
                let whole = absolute.map(|n| if self == Self::Memory { bytes(n) } else { n.to_string() });
                whole.into_iter().chain(share.map(percent)).collect::<Vec<_>>().join(" or ")
            }
            (Self::Share, Amount::Number(n)) => u32::try_from(*n).map_or_else(|_| n.to_string(), percent),
            (Self::Time, Amount::Number(n)) => u64::try_from(*n).map_or_else(|_| n.to_string(), in_words),
            (Self::Number(key::CPU_WEIGHT | key::STARTUP_CPU_WEIGHT), Amount::Number(0)) => "idle".into(),
            (_, Amount::Number(n)) => n.to_string(),
            (_, Amount::Set(None)) => "all".into(),
            (_, Amount::Set(Some(set))) => ranges(set),
            (_, Amount::Word(word)) => word.to_string(),
        }
    }
}

impl Amount {
    /// A limit by itself.
    pub fn limit(limit: Limit) -> Self {
        match limit {
            Limit::Unlimited => Self::Least { absolute: None, share: None },
            // nothing of whatever there is
            Limit::Absolute(0) | Limit::Share(0) => Self::Least { absolute: Some(0), share: None },
            Limit::Absolute(n) => Self::Least { absolute: Some(n), share: None },
            Limit::Share(n) => Self::Least { absolute: None, share: Some(n) },
        }
    }

    /// Both together; `None` where only the machine knows.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let endless = Self::Least { absolute: None, share: None };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(Self::Number(a.saturating_add(*b))),
            (a, b) if *a == endless || *b == endless => Some(endless),
            (Self::Least { absolute: Some(a), share: None }, Self::Least { absolute: Some(b), share: None }) => {
                Some(Self::Least { absolute: Some(a.saturating_add(*b)), share: None })
            }
            (a, Self::Least { absolute: Some(0), .. }) => Some(a.clone()),
            (Self::Least { absolute: Some(0), .. }, b) => Some(b.clone()),
            (Self::Least { absolute: None, share: Some(a) }, Self::Least { absolute: None, share: Some(b) }) => {
                Some(Self::Least { absolute: None, share: Some(a.saturating_add(*b)) })
            }
            _ => None,
        }
    }

    fn time(us: u64) -> Self {
        Self::Number(if us == INFINITY { i128::MAX } else { us.into() })
    }

    fn word(id: KeyId, text: &str) -> Option<Self> {
        let key = id.key();
        let words = key.words(Model::LATEST);
        if let Some(word) = words.find(text) {
            return Some(Self::Word(word.into()));
        }
        match number::boolean(text).filter(|_| key.takes_boolean(Model::LATEST)) {
            Some(on) if words.is_empty() => Some(Self::Word(if on { "yes" } else { "no" }.into())),
            Some(on) => Some(Self::Word(if on { key.true_word() } else { key.false_word() }.into())),
            None if words.is_empty() && !key.takes_boolean(Model::LATEST) => Some(Self::Word(text.into())),
            None => None,
        }
    }

    /// Whether it stands to another as an operator says.
    pub fn compare(&self, op: Op, other: &Self) -> Verdict {
        let decided = |holds: bool| if holds { Verdict::Holds } else { Verdict::Fails };
        match (self, other) {
            (Self::Set(a), Self::Set(b)) => match op {
                Op::Disjoint => decided(shared(a.as_deref(), b.as_deref()).is_some_and(|both| both.is_empty())),
                Op::Within => decided(shared(a.as_deref(), b.as_deref()) == *a),
                Op::Other => decided(a != b),
                _ => decided(a == b),
            },
            (Self::Word(a), Self::Word(b)) => decided((a == b) == (op != Op::Other)),
            _ => {
                let least = |a: &Self, b: &Self, strictly| a.is_below(b, strictly);
                let (less, more) = (least(self, other, true), least(other, self, true));
                let (at_most, at_least) = (least(self, other, false), least(other, self, false));
                let (holds, fails) = match op {
                    Op::Less => (less, at_least),
                    Op::AtMost => (at_most, more),
                    Op::AtLeast => (at_least, less),
                    Op::More => (more, at_most),
                    Op::Other => (less || more, at_most && at_least),
                    Op::Equal | Op::In | Op::Disjoint | Op::Within => (at_most && at_least, less || more),
                };
                match (holds, fails) {
                    (true, _) => Verdict::Holds,
                    (_, true) => Verdict::Fails,
                    _ => Verdict::Open,
                }
            }
        }
    }

    /// What two sets have in common; `None` for other values.
    pub fn common(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Set(a), Self::Set(b)) => Some(Self::Set(shared(a.as_deref(), b.as_deref()))),
            _ => None,
        }
    }

    /// Whether it is less than another on every machine; or, not strictly, no more. The smaller of several is so when each
    /// bound of the other one has a smaller one here.
    fn is_below(&self, other: &Self, strictly: bool) -> bool {
        fn below<T: PartialOrd>(a: Option<T>, b: Option<T>, strictly: bool) -> bool {
            b.is_none_or(|b| a.is_some_and(|a| if strictly { a < b } else { a <= b }))
        }
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => below(Some(a), Some(b), strictly),
            (Self::Least { absolute: a, share: s }, Self::Least { absolute: b, share: t }) => {
                let nothing = *a == Some(0) && (!strictly || t.is_some_and(|t| t > 0));
                let endless = b.is_none() && t.is_none();
                let bounded = a.is_some() || s.is_some();
                below(*a, *b, strictly) && (nothing || below(*s, *t, strictly)) && (bounded || !strictly || !endless)
            }
            _ => false,
        }
    }
}

/// What two sets have in common; `None` for all.
fn shared(a: Option<&[(u32, u32)]>, b: Option<&[(u32, u32)]>) -> Option<Vec<(u32, u32)>> {
    match (a, b) {
        (None, other) | (other, None) => other.map(<[_]>::to_vec),
        (Some(a), Some(b)) => Some(common(a, b)),
    }
}

/// A size without loss: the largest suffix that fits.
fn bytes(n: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
    let fits = UNITS.iter().find(|(shift, _)| n > 0 && n.trailing_zeros() >= *shift);
    fits.map_or_else(|| n.to_string(), |(shift, unit)| format!("{}{unit}", n >> shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::lookup_anywhere;

    fn read(key: &str, text: &str) -> Amount {
        let id = lookup_anywhere(key).expect(key);
        Family::of_key(id).and_then(|f| f.literal(id, text)).unwrap_or_else(|| panic!("{key}={text}"))
    }

    fn default(key: &str) -> Option<String> {
        let id = lookup_anywhere(key).expect(key);
        let family = Family::of_key(id)?;
        family.default(id).map(|amount| family.told(&amount))
    }

    #[test]
    fn defaults_are_those_of_systemd() {
        for (key, value) in [
            ("CPUWeight", "100"),
            ("IOWeight", "100"),
            ("MemoryMax", "infinity"),
            ("MemoryLow", "0"),
            ("MemorySwapMax", "infinity"),
            ("OOMScoreAdjust", "0"),
            ("OOMPolicy", "stop"),
            ("ManagedOOMPreference", "none"),
            ("Nice", "0"),
            ("Restart", "no"),
            ("RestartSec", "100 ms"),
            ("StartLimitBurst", "5"),
            ("StartLimitIntervalSec", "10 s"),
            ("TimeoutStopSec", "90 s"),
            ("CPUQuota", "infinity"),
            ("AllowedCPUs", "all"),
            ("User", "root"),
            ("NoNewPrivileges", "no"),
            ("ProtectSystem", "no"),
        ] {
            assert_eq!(default(key).as_deref(), Some(value), "{key}");
        }
        assert_eq!(default("WorkingDirectory"), None);
    }

    #[test]
    fn limits_are_compared_without_the_machine() {
        use Verdict::{Fails, Holds, Open};
        let memory = |text| read("MemoryMax", text);
        let both = Amount::Least { absolute: Some(1 << 30), share: Some(5000) };
        for (a, op, b, verdict) in [
            (memory("1G"), Op::AtMost, memory("1G"), Holds),
            (memory("1G"), Op::Less, memory("1G"), Fails),
            (memory("infinity"), Op::AtMost, memory("1G"), Fails),
            (memory("1G"), Op::Less, memory("infinity"), Holds),
            (memory("infinity"), Op::Less, memory("infinity"), Fails),
            (memory("infinity"), Op::AtLeast, memory("infinity"), Holds),
            (memory("50%"), Op::AtMost, memory("1G"), Open),
            (memory("50%"), Op::AtLeast, memory("0"), Holds),
            (memory("0"), Op::Less, memory("50%"), Holds),
            (memory("50%"), Op::More, memory("40%"), Holds),
            (both.clone(), Op::AtMost, memory("1G"), Holds),
            (both.clone(), Op::AtLeast, memory("1G"), Open),
            (both.clone(), Op::AtLeast, memory("2G"), Fails),
            (memory("1024M"), Op::Equal, memory("1G"), Holds),
            (memory("1G"), Op::Other, memory("50%"), Open),
        ] {
            assert_eq!(a.compare(op, &b), verdict, "{a:?} {op:?} {b:?}");
        }
    }

    #[test]
    fn sets_are_compared() {
        let set = |text| read("AllowedCPUs", text);
        let holds = |a: &Amount, op, b: &Amount| a.compare(op, b) == Verdict::Holds;
        assert!(holds(&set("0-3"), Op::Disjoint, &set("4-7")) && !holds(&set("0-3"), Op::Disjoint, &set("all")));
        assert!(holds(&set("1,2"), Op::Within, &set("0-3")) && !holds(&set("all"), Op::Within, &set("0-3")));
        assert!(holds(&set("0-1 2-3"), Op::Equal, &set("0-3")) && holds(&set("1"), Op::Within, &set("all")));
    }

    #[test]
    fn words_are_compared_as_they_are_meant() {
        assert_eq!(read("NoNewPrivileges", "true"), read("NoNewPrivileges", "1"));
        assert_eq!(bytes(1536 << 20), "1536M");
        assert_eq!(bytes(8 << 30), "8G");
        assert_eq!(bytes(0), "0");
    }
}
