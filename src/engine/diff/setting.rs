//! How an effective value differs from another: by place in the house (sandbox, resources, other) and, for values that are
//! sets, by what came and what went.

use crate::rule;
use crate::text::Loc;
use crate::unit::{From, Setting, Unit};
use crate::vocab::syscall::{Filter, SyscallSet};
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{
    ADDRESS_FAMILIES, Context, KeyId, Model, NAMESPACES, Repeat, SYSCALL_GROUPS, SYSCALLS_KNOWN, Section, key, set,
};
use std::collections::BTreeSet;

/// What a setting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// what the unit may reach and do
    Sandbox,
    /// how much it may use
    Resources,
    /// everything else
    Other,
}

impl Area {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::Resources, Self::Other];

    /// `sandbox`
    pub fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Resources => "resources",
            Self::Other => "other",
        }
    }

    /// The area of a key. A star stands for the rest of a name.
    pub fn of(id: KeyId) -> Self {
        let is_one_of = |patterns: &str| {
            patterns.split_whitespace().any(|p| match p.strip_suffix('*') {
                Some(start) => id.name().starts_with(start),
                None => id.name() == p,
            })
        };
        match id.key().context {
            Context::Exec if is_one_of(EXEC_RESOURCES) => Self::Resources,
            Context::Exec if is_one_of(EXEC_SANDBOX) => Self::Sandbox,
            Context::Cgroup if is_one_of(CGROUP_SANDBOX) => Self::Sandbox,
            Context::Cgroup => Self::Resources,
            _ if id == key::OOM_POLICY => Self::Resources,
            _ if rule::exposure_rules().any(|(r, _)| r.check.key() == Some(id)) => Self::Sandbox,
            _ => Self::Other,
        }
    }
}

const EXEC_RESOURCES: &str = "CPU* IOScheduling* Limit* MemoryKSM MemoryTHP NUMA* Nice OOMScoreAdjust TimerSlackNSec \
    CacheDirectoryQuota LogsDirectoryQuota StateDirectoryQuota";

const EXEC_SANDBOX: &str = "AmbientCapabilities AppArmorProfile BPFDelegate* Bind* Capabilit* DelegateNamespaces \
    DynamicUser ExecPaths Extension* Group IPCNamespacePath Inaccessible* KeyringMode LockPersonality \
    MemoryDenyWriteExecute Mount* NetworkNamespacePath NoExecPaths NoNewPrivileges PAMName Personality Private* Proc* \
    Protect* ReadOnly* ReadWrite* RemoveIPC Restrict* Root* SELinuxContext SecureBits SmackProcessLabel \
    SupplementaryGroups SystemCall* TemporaryFileSystem UMask User UserNamespacePath";

const CGROUP_SANDBOX: &str = "BPFProgram BindNetworkInterface Delegate DelegateSubgroup Device* IPAddress* \
    IPEgressFilterPath IPIngressFilterPath NFTSet RestrictNetworkInterfaces SocketBind*";

/// A setting of one side.
#[derive(Clone, Debug)]
pub struct Held {
    /// which
    pub key: KeyId,
    /// where it is written, or would be
    pub section: Section,
    /// what counts
    pub value: Value,
    /// the words of the file, where they say it better than the value does
    pub written: Option<Box<str>>,
    /// the line that decides it
    pub at: Option<Loc>,
    /// the key that implies it
    pub implied_by: Option<KeyId>,
}

impl Held {
    /// A setting of a unit; `None` where nothing counts, or where what counts would do so anyway and nobody wrote it.
    pub(super) fn of(unit: &Unit, setting: &Setting) -> Option<Self> {
        let deciding = unit.decisive(setting.key);
        let held = Self {
            key: setting.key,
            section: setting.assignments.last().map_or(unit.kind().section(), |a| a.section),
            value: placeless(&setting.value),
            written: written(unit, setting),
            at: deciding.map(|a| unit.loc(a.file, a.whole())),
            implied_by: match setting.from {
                From::Implied(by) => Some(by),
                From::Assigned(_) | From::Default => None,
            },
        };
        let chosen = matches!(setting.from, From::Assigned(_)) || !held.is_default();
        (!held.value.is_empty() && chosen).then_some(held)
    }

    fn is_default(&self) -> bool {
        // a remark may follow: what another key implies is a setting of its own
        let default = self.key.key().default();
        let default = default.split_once(" (").map_or(default, |(word, _)| word);
        match self.value {
            Value::Bool(on) => default == if on { "yes" } else { "no" },
            Value::Word(word) => default == word,
            _ => false,
        }
    }
}

/// The words of the file, where they say it better than the value does: one line that counts, or a filter of system calls.
fn written(unit: &Unit, setting: &Setting) -> Option<Box<str>> {
    let From::Assigned(last) = setting.from else { return None };
    let (all, last) = (&setting.assignments, last as usize);
    let first = match setting.value {
        Value::Filter(_) => all[..last].iter().rposition(|a| a.outcome == Outcome::Reset).map_or(0, |at| at + 1),
        _ if setting.key.key().repeat == Repeat::Last => last,
        _ => return None,
    };
    let counting = all.get(first..=last)?.iter().filter(|a| a.outcome == Outcome::Set);
    let texts: Vec<String> = counting.map(|a| unit.entry(a).text().to_owned()).collect();
    Some(texts.iter().flat_map(|t| t.split_whitespace()).collect::<Vec<_>>().join(" ").into())
}

/// A value without the places that its commands remember.
fn placeless(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Commands(list) = &mut value {
        list.iter_mut().for_each(|command| command.at = 0..0);
    }
    value
}

/// A setting that is not what it was.
#[derive(Clone, Debug)]
pub struct SettingChange {
    /// what it is about
    pub area: Area,
    /// what was
    pub old: Option<Held>,
    /// what is
    pub new: Option<Held>,
    /// for values that are sets: what came and what went. For what restricts these are the things that are allowed
    pub delta: Option<Delta>,
}

impl SettingChange {
    /// The key.
    pub fn name(&self) -> &'static str {
        self.new.as_ref().or(self.old.as_ref()).map_or("", |h| h.key.name())
    }
}

/// What came and what went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// in the new value only
    pub added: Vec<String>,
    /// in the old value only
    pub removed: Vec<String>,
}

/// What became of a setting; `None` where nothing did.
pub(super) fn change(old: Option<Held>, new: Option<Held>, model: Model) -> Option<SettingChange> {
    let key = new.as_ref().or(old.as_ref())?.key;
    let delta = match (&old, &new) {
        (Some(old), Some(new)) if old.value == new.value => return None,
        (Some(old), Some(new)) => delta(&old.value, &new.value, model),
        // what is written is what would be without it
        (Some(only), None) | (None, Some(only)) if only.is_default() => return None,
        _ => None,
    };
    // the order of a dependency is of no consequence
    let reordered = delta.as_ref().is_some_and(|d| d.added.is_empty() && d.removed.is_empty());
    let idle = reordered && matches!(key.key().context, Context::Unit | Context::Install);
    (!idle).then(|| SettingChange { area: Area::of(key), old, new, delta: delta.filter(|_| !reordered) })
}

fn delta(old: &Value, new: &Value, model: Model) -> Option<Delta> {
    let names = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<String>>();
    Some(match (old, new) {
        (Value::List(old), Value::List(new)) => {
            let words = |list: &[Box<str>]| list.iter().map(|w| w.to_string()).collect();
            between(words(old), words(new))
        }
        (Value::Prefixes(old), Value::Prefixes(new)) => {
            let words = |list: &BTreeSet<crate::vocab::address::Prefix>| {
                list.iter().map(|p| format!("{}/{}", p.base, p.bits)).collect()
            };
            between(words(old), words(new))
        }
        (Value::Capabilities(old), Value::Capabilities(new)) => Delta {
            added: names(set::capability_names(new & !old).collect()),
            removed: names(set::capability_names(old & !new).collect()),
        },
        (Value::Namespaces(old), Value::Namespaces(new)) => {
            let of = |bits: u8| {
                let all = NAMESPACES.iter().enumerate();
                names(all.filter(|(i, _)| bits & (1 << i) != 0).map(|(_, (name, _))| *name).collect())
            };
            Delta { added: of(new & !old), removed: of(old & !new) }
        }
        (Value::Families(old), Value::Families(new)) => {
            let all: BTreeSet<u8> = ADDRESS_FAMILIES.iter().map(|(_, number)| *number).collect();
            let of = |yes: &set::Families, no: &set::Families| {
                names(all.iter().filter(|n| yes.allows(**n) && !no.allows(**n)).map(|n| set::family_name(*n)).collect())
            };
            Delta { added: of(new, old), removed: of(old, new) }
        }
        (Value::Filter(old), Value::Filter(new)) => {
            let of = |f: &Filter| f.allows(&SYSCALLS_KNOWN[model.index()]);
            let (old, new) = (of(old), of(new));
            Delta { added: grouped(new.without(&old), model), removed: grouped(old.without(&new), model) }
        }
        _ => return None,
    })
}

/// The words that only one of two lists has, in their order.
fn between(old: Vec<String>, new: Vec<String>) -> Delta {
    let only = |a: &[String], b: &[String]| {
        let b: BTreeSet<&String> = b.iter().collect();
        a.iter().filter(|w| !b.contains(w)).cloned().collect()
    };
    Delta { added: only(&new, &old), removed: only(&old, &new) }
}

/// System calls by the largest groups that are whole among them, and what is left one by one.
fn grouped(mut calls: SyscallSet, model: Model) -> Vec<String> {
    let mut out = Vec::new();
    let mut groups: Vec<_> = SYSCALL_GROUPS.iter().map(|g| (g.members(model).names().count(), g)).collect();
    groups.sort_by(|(a, g), (b, h)| b.cmp(a).then(g.name.cmp(h.name)));
    for (count, group) in groups {
        let members = group.members(model);
        if count > 0 && members.without(&calls).is_empty() {
            out.push(group.name.to_owned());
            calls = calls.without(members);
        }
    }
    out.extend(calls.names().map(str::to_owned));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::KEYS;

    #[test]
    fn what_the_score_looks_at_is_sandbox() {
        let keys = rule::exposure_rules().filter_map(|(r, _)| r.check.key());
        let all: Vec<KeyId> = keys.chain([key::CAPABILITY_BOUNDING_SET, key::SYSTEM_CALL_FILTER, key::USER]).collect();
        let others: Vec<&str> = all.iter().filter(|k| Area::of(**k) != Area::Sandbox).map(|k| k.name()).collect();
        assert!(all.len() > 20 && others.is_empty(), "{} {others:?}", all.len());
        let area = |name| Area::of(crate::vocab::lookup_anywhere(name).unwrap());
        assert_eq!(
            (area("MemoryMax"), area("LimitNOFILE"), area("OOMPolicy")),
            (Area::Resources, Area::Resources, Area::Resources)
        );
        assert_eq!((area("ExecStart"), area("After"), area("BindPaths")), (Area::Other, Area::Other, Area::Sandbox));
    }

    #[test]
    fn every_pattern_means_a_key() {
        for pattern in [EXEC_RESOURCES, EXEC_SANDBOX, CGROUP_SANDBOX].iter().flat_map(|p| p.split_whitespace()) {
            let start = pattern.trim_end_matches('*');
            assert!(
                KEYS.iter().any(|k| k.name() == start || pattern.ends_with('*') && k.name().starts_with(start)),
                "{pattern}"
            );
        }
    }

    #[test]
    fn whole_groups_are_told_by_their_name() {
        let group = crate::vocab::syscall::group("@swap", Model::LATEST).unwrap();
        let mut calls = *group.members(Model::LATEST);
        calls.insert(crate::vocab::syscall::known("read", Model::LATEST).unwrap());
        assert_eq!(grouped(calls, Model::LATEST), ["@swap", "read"]);
    }
}
