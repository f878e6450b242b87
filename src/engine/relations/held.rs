//! What a unit has of a setting: the value that counts, and who decides it.

use super::At;
use super::seen::Known;
use crate::rule::relation::{Amount, Family, Of, Op, Setting, Verdict};
use crate::text::Loc;
use crate::unit::cgroups::{Cgroups, Effective, GroupId};
use crate::vocab::size::Limit;
use crate::vocab::{KeyId, key};

const LIMITS: [KeyId; 6] =
    [key::MEMORY_MAX, key::MEMORY_HIGH, key::MEMORY_SWAP_MAX, key::MEMORY_Z_SWAP_MAX, key::TASKS_MAX, key::CPU_QUOTA];
const PROMISES: [KeyId; 2] = [key::MEMORY_MIN, key::MEMORY_LOW];
const SETS: [KeyId; 2] = [key::ALLOWED_CP_US, key::ALLOWED_MEMORY_NODES];
const WEIGHTS: [KeyId; 2] = [key::CPU_WEIGHT, key::IO_WEIGHT];

/// What a unit has of a setting.
pub(super) struct Held<'s> {
    pub(super) unit: &'s Known,
    pub(super) key: KeyId,
    pub(super) family: Family,
    /// what counts; `None` where nothing is set and the default is not known
    pub(super) amount: Option<Amount>,
    /// each of what is added up
    pub(super) parts: Vec<String>,
    /// what the unit itself says
    pub(super) own: Option<&'s Loc>,
    /// who else decides it
    pub(super) by: Option<By>,
}

/// A slice that decides what a unit has.
pub(super) struct By {
    pub(super) slice: Box<str>,
    /// where it says so; `None` where it says nothing
    pub(super) at: Option<Loc>,
    pub(super) how: How,
}

/// How a slice decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// it has the smallest limit
    Limit,
    /// it keeps no more memory for what is in it
    Promise,
    /// it keeps some for the unit, which itself asks for none
    Passed,
    /// it leaves these processors or nodes
    Set,
    /// it stands beside what the unit is compared with
    Weight,
}

impl<'s> Held<'s> {
    /// What a unit has; where weights are compared, beside whom.
    pub(super) fn of(at: At<'s>, setting: &Setting, rival: Option<At<'s>>) -> Self {
        let mut held = Self::of_key(at, setting, setting.key, rival);
        for key in &setting.plus {
            if held.parts.is_empty() {
                held.parts.push(held.told());
            }
            let more = Self::of_key(at, setting, *key, rival);
            held.parts.push(more.told());
            held.amount = held.amount.and_then(|sum| sum.plus(&more.amount?));
            held.own = held.own.or(more.own);
        }
        held
    }

    fn of_key(at: At<'s>, setting: &Setting, key: KeyId, rival: Option<At<'s>>) -> Self {
        let unit = at.unit;
        let family = Family::of(setting).unwrap_or(Family::Word(key));
        let said = unit.said(key);
        let mut held = Self { unit, key, family, amount: None, parts: Vec::new(), own: said.map(|s| &s.at), by: None };
        held.amount = said.and_then(|s| family.value(&s.value)).or_else(|| family.default(key));
        match (setting.of, at.seen.group(unit)) {
            (Of::Own, Some(group)) if LIMITS.contains(&key) => {
                held.amount = Some(held.limit(at.seen.cgroups.own_limit(group, key)));
            }
            (Of::Effect, Some(group)) => {
                let same = |rival: &At<'s>| std::ptr::eq(rival.seen, at.seen);
                let rival = rival.filter(same).and_then(|rival| rival.seen.group(rival.unit));
                held.come_of(&at.seen.cgroups, group, rival);
            }
            (Of::Share, group) => held.amount = group.map(|group| share(&at.seen.cgroups, group, key)),
            (Of::Own, _) | (Of::Effect, None) => {}
        }
        held
    }

    /// What comes of it and of the slices around.
    fn come_of(&mut self, groups: &Cgroups, id: GroupId, rival: Option<GroupId>) {
        let key = self.key;
        if LIMITS.contains(&key) {
            let limit = groups.limit(id, key);
            self.decided(groups, id, limit, How::Limit);
            self.amount = Some(self.least(limit));
        } else if PROMISES.contains(&key) {
            self.promise(groups, id);
        } else if SETS.contains(&key) {
            let cpus = groups.cpus(id, key);
            self.by = cpus.as_ref().filter(|c| c.by != id).map(|c| by(groups, c.by, key, How::Set));
            self.amount = Some(Amount::Set(cpus.map(|c| c.ranges)));
        } else if key == key::SLICE {
            let slice = groups.group(id).slice.map(|slice| groups.group(slice).shown.clone());
            self.amount = slice.map(Amount::Word);
        } else if WEIGHTS.contains(&key)
            && let Some(rival) = rival
        {
            // weights count among the groups of one slice: the outermost of this unit that is not around the rival, too
            let around: Vec<GroupId> = groups.chain(rival).collect();
            let beside = groups.chain(id).take_while(|group| !around.contains(group)).last();
            if let Some(slice) = beside.filter(|group| *group != id) {
                self.amount = Some(Amount::Number(groups.weight(slice, key).weight.into()));
                self.by = Some(by(groups, slice, key, How::Weight));
            }
        }
    }

    /// What is kept of memory that is promised.
    fn promise(&mut self, groups: &Cgroups, id: GroupId) {
        let key = self.key;
        let nothing = |id| matches!(groups.promise(id, key).0, Limit::Absolute(0) | Limit::Share(0));
        // what the only one in a slice does not ask for comes to it all the same (`memory_recursiveprot`)
        let outer = |id: &GroupId| {
            let slice = groups.group(*id).slice.filter(|slice| *slice != groups.root())?;
            let alone = groups.is_complete && groups.group(slice).members.len() == 1;
            (alone && groups.group(*id).own(key).is_none() && nothing(*id)).then_some(slice)
        };
        let from = std::iter::successors(Some(id), outer).last().unwrap_or(id);
        let protection = groups.protection(from, key);
        self.decided(groups, id, protection.kept, How::Promise);
        if let Some(cut) = protection.cut_by {
            self.by = Some(by(groups, cut, key, How::Promise));
        } else if from != id && !nothing(from) {
            self.by = Some(by(groups, from, key, How::Passed));
        } else if nothing(from) {
            self.by = None;
        }
        self.amount = Some(self.least(protection.kept));
    }

    /// Notes the slice that has the smallest of several limits.
    fn decided(&mut self, groups: &Cgroups, id: GroupId, limit: Effective, how: How) {
        let other = limit.bounds().find(|(_, by)| *by != id);
        self.by = other.map(|(_, slice)| by(groups, slice, self.key, how));
    }

    fn least(&self, limit: Effective) -> Amount {
        let (absolute, share) = (limit.absolute.map(|(n, _)| n), limit.share.map(|(n, _)| n));
        match (self.family, absolute, share) {
            (Family::Share, _, Some(share)) => Amount::Number(share.into()),
            (Family::Share, _, None) => Amount::Number(i128::MAX),
            // nothing is less than that
            (_, Some(0), _) | (_, _, Some(0)) => Amount::limit(Limit::Absolute(0)),
            (_, absolute, share) => Amount::Least { absolute, share },
        }
    }

    fn limit(&self, limit: Limit) -> Amount {
        match (self.family, limit) {
            (Family::Share, Limit::Share(share)) => Amount::Number(share.into()),
            (Family::Share, _) => Amount::Number(i128::MAX),
            (_, limit) => Amount::limit(limit),
        }
    }

    /// Whether it stands to a value as an operator says.
    pub(super) fn compare(&self, op: Op, other: &Amount) -> Verdict {
        match &self.amount {
            Some(amount) => amount.compare(op, other),
            None if op == Op::Other => Verdict::Holds,
            None => Verdict::Fails,
        }
    }

    /// The value as people write it.
    pub(super) fn told(&self) -> String {
        let unknown = if self.own.is_some() { "known to the machine alone" } else { "not set" };
        self.amount.as_ref().map_or_else(|| unknown.into(), |amount| self.family.told(amount))
    }
}

fn by(groups: &Cgroups, slice: GroupId, key: KeyId, how: How) -> By {
    let group = groups.group(slice);
    By { slice: group.shown.clone(), at: group.own(key).map(|own| own.at.clone()), how }
}

/// The part of the whole that the weights of a group and its slices come to, in hundredths of a percent.
fn share(groups: &Cgroups, id: GroupId, key: KeyId) -> Amount {
    let part = groups.chain(id).filter(|g| *g != groups.root()).fold(1.0, |part, group| {
        let weight = groups.weight(group, key);
        if weight.sum == 0 { part } else { part * weight.weight as f64 / weight.sum as f64 }
    });
    Amount::Number((part * 10_000.0).round() as i128)
}
