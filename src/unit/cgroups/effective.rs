//! What comes of the settings of a group and of the slices that it is in (systemd.resource-control(5), the kernel's
//! "Control Group v2"): a limit holds for everything below, a promise is worth what the slices around it promise, and a
//! weight counts among the groups of one slice.

use super::{Cgroups, GroupId, Own, ROOT};
use crate::vocab::size::Limit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, key};

/// The smallest of several limits, each with the group that sets it. Without the size of the machine a share cannot be
/// held against a number: then both are here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// bytes or tasks
    pub absolute: Option<(u64, GroupId)>,
    /// hundredths of a percent
    pub share: Option<(u32, GroupId)>,
}

impl Effective {
    fn take(&mut self, limit: Limit, by: GroupId) {
        match limit {
            Limit::Unlimited => {}
            Limit::Absolute(n) if self.absolute.is_none_or(|(least, _)| n < least) => self.absolute = Some((n, by)),
            Limit::Share(n) if self.share.is_none_or(|(least, _)| n < least) => self.share = Some((n, by)),
            Limit::Absolute(_) | Limit::Share(_) => {}
        }
    }

    /// Each of them.
    pub fn bounds(self) -> impl Iterator<Item = (Limit, GroupId)> {
        let absolute = self.absolute.map(|(n, by)| (Limit::Absolute(n), by));
        absolute.into_iter().chain(self.share.map(|(n, by)| (Limit::Share(n), by)))
    }
}

/// What a group keeps of its memory when that is wanted elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// what is promised to it
    pub own: Limit,
    /// the slice whose default that is
    pub default_of: Option<GroupId>,
    /// what of it is kept at most
    pub kept: Effective,
    /// the slice that promises nothing, so that nothing is kept
    pub cut_by: Option<GroupId>,
    /// what the outermost slice promises; where nobody there claims it, this group may have a share of it
    pub shared: Option<(Limit, GroupId)>,
}

/// How much of what is scarce a group gets among its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// what counts; 0 for `idle`
    pub weight: u64,
    /// it is set, and not the kernel's default
    pub is_set: bool,
    /// the sum of all that are in the slice
    pub sum: u64,
    /// how many these are
    pub groups: usize,
    /// one of them sets a weight: only then is the slice shared out by weights
    pub is_weighed: bool,
}

/// The keys of weights that the manager writes down for each group.
pub const WEIGHTS: [KeyId; 2] = [key::CPU_WEIGHT, key::IO_WEIGHT];

impl Weight {
    /// In tenths of a percent.
    pub fn permille(&self) -> Option<u32> {
        (self.weight * 1000 + self.sum / 2).checked_div(self.sum).map(|p| p as u32)
    }
}

/// Processors or memory nodes by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpus {
    /// first and last of each range, in order, none next to another
    pub ranges: Vec<(u32, u32)>,
    /// the group that says so
    pub by: GroupId,
    /// what the group asks for has nothing in common with what its slices leave, and does not count
    pub is_refused: bool,
}

/// What the kernel shares out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of controllers")]
pub enum Controller {
    Cpu,
    Cpuset,
    Io,
    Memory,
    Pids,
}

impl Controller {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Cpuset, Self::Io, Self::Memory, Self::Pids];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cpuset => "cpuset",
            Self::Io => "io",
            Self::Memory => "memory",
            Self::Pids => "pids",
        }
    }

    /// The one that a setting needs.
    pub fn of(id: KeyId) -> Option<Self> {
        let name = id.name();
        let name = name.strip_prefix("Startup").unwrap_or(name);
        Some(match name {
            "CPUWeight" | "CPUQuota" => Self::Cpu,
            "AllowedCPUs" | "AllowedMemoryNodes" => Self::Cpuset,
            "TasksMax" => Self::Pids,
            _ if name.starts_with("IO") => Self::Io,
            _ if name.starts_with("Memory") => Self::Memory,
            _ => return None,
        })
    }
}

/// The key by which a slice gives a promise to all below it.
pub(super) fn default_of(id: KeyId) -> Option<KeyId> {
    match id {
        key::MEMORY_MIN | key::DEFAULT_MEMORY_MIN => Some(key::DEFAULT_MEMORY_MIN),
        key::MEMORY_LOW | key::DEFAULT_MEMORY_LOW => Some(key::DEFAULT_MEMORY_LOW),
        _ => None,
    }
}

fn limit_of(own: &Own) -> Limit {
    match own.value {
        Value::Limit(limit) => limit,
        // hundredths of a percent of one processor
        Value::Number(n) => u32::try_from(n).map_or(Limit::Unlimited, Limit::Share),
        _ => Limit::Unlimited,
    }
}

impl Cgroups {
    /// The limit that a group sets for itself.
    pub fn own_limit(&self, id: GroupId, key: KeyId) -> Limit {
        let group = self.group(id);
        match group.own(key) {
            Some(own) => limit_of(own),
            None if key == key::TASKS_MAX && !group.is_slice() => self.manager.tasks_max,
            None => Limit::Unlimited,
        }
    }

    /// The limit that counts: the smallest of its own and of those of its slices. The root slice has none.
    pub fn limit(&self, id: GroupId, key: KeyId) -> Effective {
        let mut out = Effective::default();
        for group in self.chain(id).filter(|g| *g != ROOT) {
            out.take(self.own_limit(group, key), group);
        }
        out
    }

    /// What is promised to a group: by itself, or by the innermost slice with a default. The slice is told where it is one.
    pub fn promise(&self, id: GroupId, key: KeyId) -> (Limit, Option<GroupId>) {
        if let Some(own) = self.group(id).own(key) {
            return (limit_of(own), None);
        }
        let default = default_of(key).unwrap_or(key);
        let given = self.chain(id).skip(1).find_map(|slice| Some((self.group(slice).own(default)?, slice)));
        given.map_or((Limit::Absolute(0), None), |(own, slice)| (limit_of(own), Some(slice)))
    }

    /// What of a promise is kept. A group of the root slice keeps all of it. Deeper ones keep what every slice around them
    /// promises as well. What a slice promises and none of its groups claims is for all of them (`memory_recursiveprot`,
    /// a mount option that systemd sets): a slice without a promise passes on what comes to it from its own slice.
    pub fn protection(&self, id: GroupId, key: KeyId) -> Protection {
        let (own, default_of) = self.promise(id, key);
        let mut out = Protection { own, default_of, kept: Effective::default(), cut_by: None, shared: None };
        for group in self.chain(id).filter(|g| *g != ROOT) {
            let (promise, _) = self.promise(group, key);
            if is_nothing(promise) {
                out.cut_by = Some(group).filter(|_| group != id).or(out.cut_by);
            }
            out.kept.take(promise, group);
        }
        let outermost = self.chain(id).filter(|g| *g != ROOT).last();
        if let Some(slice) = outermost.filter(|g| *g != id) {
            let (promise, _) = self.promise(slice, key);
            out.shared = Some((promise, slice)).filter(|(p, _)| !is_nothing(*p));
        }
        out
    }

    /// Whether the outermost slice of a group has no promise, so that none below it is worth anything when memory is
    /// wanted elsewhere. In the manager of a user it is not known what its own group was promised.
    pub fn is_unprotected(&self, id: GroupId, key: KeyId) -> bool {
        let outermost = self.chain(id).filter(|g| *g != ROOT).last().filter(|g| *g != id);
        self.scope == Scope::System && outermost.is_some_and(|slice| is_nothing(self.promise(slice, key).0))
    }

    /// The weight of a group, and whether it is set and not the kernel's default.
    pub(super) fn own_weight(&self, id: GroupId, key: KeyId) -> (u64, bool) {
        match self.group(id).own(key).map(|own| &own.value) {
            Some(Value::Number(n)) => (u64::try_from(*n).unwrap_or(100), true),
            _ => (100, false),
        }
    }

    /// The weight of a group among the groups of its slice. A template counts as one of them.
    pub fn weight(&self, id: GroupId, key: KeyId) -> Weight {
        let (weight, is_set) = self.own_weight(id, key);
        let place = WEIGHTS.iter().position(|k| *k == key);
        let slice = self.group(id).slice.map(|slice| self.group(slice));
        let all = slice.zip(place).map(|(slice, place)| slice.weights[place]).unwrap_or_default();
        let groups = slice.map_or(0, |s| s.members.len());
        Weight { weight, is_set, sum: all.sum, groups, is_weighed: all.is_any_set }
    }

    /// The processors or nodes that a group asks for.
    pub fn own_cpus(&self, id: GroupId, key: KeyId) -> Option<Vec<(u32, u32)>> {
        let Value::List(list) = &self.group(id).own(key)?.value else { return None };
        let number = |n: &str| n.parse::<u32>().ok();
        let range = |item: &str| match item.split_once('-') {
            Some((first, last)) => Some((number(first)?, number(last)?)),
            None => number(item).map(|n| (n, n)),
        };
        let ranges: Option<Vec<(u32, u32)>> = list.iter().map(|item| range(item)).collect();
        ranges.map(union).filter(|r| !r.is_empty())
    }

    /// The processors or nodes that a group may use, where anything is said: those it asks for among those that its slice
    /// may use, or these where that leaves none.
    pub fn cpus(&self, id: GroupId, key: KeyId) -> Option<Cpus> {
        let mut chain: Vec<GroupId> = self.chain(id).filter(|g| *g != ROOT).collect();
        chain.reverse();
        let mut out: Option<Cpus> = None;
        for group in chain {
            let Some(own) = self.own_cpus(group, key) else {
                out = out.map(|o| Cpus { is_refused: false, ..o });
                continue;
            };
            out = Some(match out {
                None => Cpus { ranges: own, by: group, is_refused: false },
                Some(outer) => match common(&own, &outer.ranges) {
                    ranges if ranges.is_empty() => Cpus { is_refused: true, ..outer },
                    ranges if ranges == outer.ranges => Cpus { is_refused: false, ..outer },
                    ranges => Cpus { ranges, by: group, is_refused: false },
                },
            });
        }
        out
    }

    /// The group that takes a controller from this one with `DisableControllers=`: itself or a slice around it.
    pub fn disabled(&self, id: GroupId, controller: Controller) -> Option<(GroupId, &Own)> {
        self.chain(id).find_map(|group| {
            let own = self.group(group).own(key::DISABLE_CONTROLLERS)?;
            let Value::List(list) = &own.value else { return None };
            list.iter().any(|word| **word == *controller.word()).then_some((group, own))
        })
    }
}

/// Whether a promise promises nothing.
fn is_nothing(limit: Limit) -> bool {
    matches!(limit, Limit::Absolute(0) | Limit::Share(0))
}

/// The same numbers in order, in as few ranges as possible.
pub(crate) fn union(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut out: Vec<(u32, u32)> = Vec::new();
    for (first, last) in ranges {
        match out.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => out.push((first, last)),
        }
    }
    out
}

/// The numbers that are in both; each is in order.
pub(crate) fn common(mut a: &[(u32, u32)], mut b: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut out = Vec::new();
    while let ([(first, last), rest_of_a @ ..], [(from, to), rest_of_b @ ..]) = (a, b) {
        let (start, end) = (first.max(from), last.min(to));
        if start <= end {
            out.push((*start, *end));
        }
        if last < to {
            a = rest_of_a;
        } else {
            b = rest_of_b;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_numbers() {
        assert_eq!(union(vec![(4, 5), (0, 1), (2, 2), (8, 9), (5, 6)]), [(0, 2), (4, 6), (8, 9)]);
        assert_eq!(common(&[(0, 3), (6, 9)], &[(2, 7)]), [(2, 3), (6, 7)]);
        assert_eq!(common(&[(0, 3)], &[(4, 7)]), []);
    }

    #[test]
    fn controllers_of_keys() {
        let of = |key: KeyId| Controller::of(key).map(Controller::word);
        assert_eq!(of(key::STARTUP_CPU_WEIGHT), Some("cpu"));
        assert_eq!(of(key::STARTUP_ALLOWED_MEMORY_NODES), Some("cpuset"));
        assert_eq!(of(key::IO_READ_IOPS_MAX), Some("io"));
        assert_eq!(of(key::MEMORY_Z_SWAP_MAX), Some("memory"));
        assert_eq!(of(key::DEFAULT_MEMORY_LOW), None);
        assert_eq!(of(key::MANAGED_OOM_SWAP), None);
    }
}
