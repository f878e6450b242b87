//! How each kind of fact is written in a file of facts.

use super::{Answer, Disk, Layout, Mount, Names, ranges, shown};
use crate::vocab::{Arch, set};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a fact can be.
pub(super) trait Fact: Sized {
    /// how that is written, for messages
    const WHAT: &'static str;

    fn told(&self) -> Value;

    fn read(value: &Value) -> Option<Self>;
}

impl Fact for bool {
    const WHAT: &'static str = "true or false";

    fn told(&self) -> Value {
        (*self).into()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl Fact for $type {
            const WHAT: &'static str = concat!("a whole number (", stringify!($type), ")");

            fn told(&self) -> Value {
                (*self).into()
            }

            fn read(value: &Value) -> Option<Self> {
                value.as_i64()?.try_into().ok()
            }
        })*
    };
}

numbers!(u8, u16, u32, i32);

/// What is too large for a number of JSON is no limit at all.
impl Fact for u64 {
    const WHAT: &'static str = "a whole number, or null for no limit";

    fn told(&self) -> Value {
        i64::try_from(*self).map_or(Value::Null, Value::from)
    }

    fn read(value: &Value) -> Option<Self> {
        if value.is_null() { Some(Self::MAX) } else { value.as_u64() }
    }
}

impl Fact for String {
    const WHAT: &'static str = "a text";

    fn told(&self) -> Value {
        self.as_str().into()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

/// CPUs and nodes.
impl Fact for Vec<(u32, u32)> {
    const WHAT: &'static str = "ranges such as \"0-3,5\"";

    fn told(&self) -> Value {
        shown(self).into()
    }

    fn read(value: &Value) -> Option<Self> {
        ranges(value.as_str()?)
    }
}

macro_rules! words {
    ($($type:ty = $what:literal),*) => {
        $(impl Fact for $type {
            const WHAT: &'static str = $what;

            fn told(&self) -> Value {
                self.word().into()
            }

            fn read(value: &Value) -> Option<Self> {
                Self::named(value.as_str()?)
            }
        })*
    };
}

words!(
    Arch = "a processor such as \"x86-64\"",
    Layout = "\"unified\", \"hybrid\" or \"legacy\"",
    Answer = "\"allowed\", \"refused\" or \"missing\""
);

/// A set of capabilities, by name.
pub(super) struct Capabilities(pub(super) u64);

impl Fact for Capabilities {
    const WHAT: &'static str = "a list of capabilities";

    fn told(&self) -> Value {
        set::capability_names(self.0).collect()
    }

    fn read(value: &Value) -> Option<Self> {
        let bit = |name: &Value| Some(1 << set::capability(name.as_str()?)?);
        let bits = value.as_array()?.iter().map(bit).collect::<Option<Vec<u64>>>()?;
        Some(Self(bits.into_iter().fold(0, |all, bit| all | bit)))
    }
}

/// One of several in a list.
trait Member: Sized {
    const WHAT: &'static str;

    fn told(&self) -> Value;

    fn read(value: &Value) -> Option<Self>;
}

impl<T: Member> Fact for Vec<T> {
    const WHAT: &'static str = T::WHAT;

    fn told(&self) -> Value {
        self.iter().map(T::told).collect()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect()
    }
}

fn word(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

impl Member for String {
    const WHAT: &'static str = "a list of words";

    fn told(&self) -> Value {
        self.as_str().into()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Member for Mount {
    const WHAT: &'static str = "a list of mounts with \"at\", \"kind\", \"root\", \"read_only\" and \"options\"";

    fn told(&self) -> Value {
        let Self { at, kind, root, read_only, options } = self;
        serde_json::json!({ "at": at, "kind": kind, "root": root, "read_only": read_only, "options": options })
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            at: word(value, "at")?,
            kind: word(value, "kind")?,
            root: word(value, "root")?,
            read_only: value.get("read_only")?.as_bool()?,
            options: word(value, "options")?,
        })
    }
}

impl Member for Disk {
    const WHAT: &'static str = "a list of disks with \"name\" and \"scheduler\"";

    fn told(&self) -> Value {
        serde_json::json!({ "name": self.name, "scheduler": self.scheduler })
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self { name: word(value, "name")?, scheduler: word(value, "scheduler")? })
    }
}

impl Fact for Names {
    const WHAT: &'static str = "names with \"others\" and \"ids\"";

    fn told(&self) -> Value {
        serde_json::json!({ "others": self.others, "ids": self.ids })
    }

    fn read(value: &Value) -> Option<Self> {
        let id = |(name, id): (&String, &Value)| Some((name.clone(), u32::read(id)?));
        let ids = value.get("ids")?.as_object()?.iter().map(id).collect::<Option<BTreeMap<_, _>>>()?;
        Some(Self { ids, others: value.get("others")?.as_bool()? })
    }
}

/// Limits: soft and hard.
impl Fact for BTreeMap<String, (u64, u64)> {
    const WHAT: &'static str = "limits such as {\"Max open files\": [1024, null]}";

    fn told(&self) -> Value {
        let one = |(name, (soft, hard)): (&String, &(u64, u64))| (name.clone(), vec![soft.told(), hard.told()].into());
        Value::Object(self.iter().map(one).collect())
    }

    fn read(value: &Value) -> Option<Self> {
        let one = |(name, pair): (&String, &Value)| match pair.as_array()?.as_slice() {
            [soft, hard] => Some((name.clone(), (u64::read(soft)?, u64::read(hard)?))),
            _ => None,
        };
        value.as_object()?.iter().map(one).collect()
    }
}
