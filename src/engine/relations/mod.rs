//! The relations of a user's own rules: what the units of a plan say is kept as they pass, those that are named besides are
//! read when all are known, and then each relation is looked at with all of them. Nothing is kept where no rule has one.

mod held;
mod seen;
mod told;

use super::{Plan, Session, check};
use crate::load::{Catalog, unit_directory};
use crate::rule::relation::{Comparison, Relation, Right, Setting, Units, Verdict};
use crate::rule::{Check, Finding, Level, Note, Rule};
use crate::text::{Loc, Span};
use crate::tree::Tree;
use crate::unit::Unit;
use crate::vocab::name::UnitName;
use crate::vocab::{KeyId, Scope};
use held::Held;
use seen::{Known, Presence, Seen};
use std::collections::BTreeSet;

/// The relations of a session, and what is known of each search path.
pub(super) struct Relations<'a> {
    tree: &'a dyn Tree,
    plan: &'a Plan,
    rules: Vec<(&'static Rule, &'static [Relation])>,
    wanted: Wanted,
    seen: Vec<Option<Seen>>,
}

/// What is asked of units.
struct Wanted {
    /// the directives
    keys: Vec<KeyId>,
    /// a pattern asks for units of every name
    all: bool,
    /// units by name
    names: Vec<&'static str>,
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(&name)
    }
}

/// A unit by its search path and its place there.
#[derive(Clone, Copy)]
struct At<'s> {
    seen: &'s Seen,
    unit: &'s Known,
}

/// One side of a comparison that is not kept.
struct Failure<'s> {
    comparison: &'s Comparison,
    left: Held<'s>,
    /// those units of the other side that it is not kept with; none where that are values
    rights: Vec<Held<'s>>,
    /// only the machine knows
    open: bool,
}

impl<'s> Failure<'s> {
    /// All that it is about.
    fn units(&self) -> impl Iterator<Item = &'s Known> {
        std::iter::once(self.left.unit).chain(self.rights.iter().map(|r| r.unit))
    }
}

impl<'a> Relations<'a> {
    /// No unit yet; `None` where no rule has a relation.
    pub(super) fn new(tree: &'a dyn Tree, plan: &'a Plan, session: &Session) -> Option<Self> {
        let rules: Vec<_> = session
            .rules
            .own()
            .iter()
            .filter(|r| session.selection.has(r) && plan.target.systemd >= r.when.systemd)
            .filter_map(|r| match r.check {
                Check::Relation { holds } => Some((*r, holds)),
                _ => None,
            })
            .collect();
        if rules.is_empty() {
            return None;
        }
        let settings = || rules.iter().flat_map(|(_, all)| *all).flat_map(|r| &r.any).flat_map(Comparison::settings);
        let mut keys: Vec<KeyId> = settings().flat_map(Setting::keys).collect();
        keys.sort_unstable();
        keys.dedup();
        let names = settings().filter_map(|s| s.unit()).map(|name| name.as_str()).collect();
        let wanted = Wanted { keys, all: settings().any(|s| s.unit().is_none()), names };
        Some(Self { tree, plan, rules, wanted, seen: plan.catalogs.iter().map(|_| None).collect() })
    }

    /// Takes in a unit.
    pub(super) fn add(&mut self, catalog: usize, unit: &Unit) {
        let scope = self.plan.catalogs[catalog].scope;
        self.seen[catalog].get_or_insert_with(|| Seen::new(scope)).add(unit, &self.wanted, true);
    }

    /// What is not kept, when all units are there; nothing is excepted yet.
    pub(super) fn findings(mut self) -> Vec<Finding> {
        for (catalog, seen) in self.plan.catalogs.iter().zip(&mut self.seen) {
            if let Some(seen) = seen {
                seen.finish(self.tree, catalog, self.plan.target, &self.wanted);
            }
        }
        let mut out = Vec::new();
        for (rule, relations) in &self.rules {
            for relation in *relations {
                let mut found = Vec::new();
                self.judge(rule, relation, &mut found);
                // what has no file is told once, of however many roots it is so
                let mut told = BTreeSet::new();
                found.retain(|f| f.path != relation.at.path() || told.insert((f.unit.clone(), f.message.clone())));
                out.append(&mut found);
            }
        }
        out
    }

    /// The search paths where something was looked at.
    fn worlds(&self) -> impl Iterator<Item = (usize, &Catalog, &Seen)> {
        let all = self.plan.catalogs.iter().zip(&self.seen).enumerate();
        all.filter_map(|(at, (catalog, seen))| Some((at, catalog, seen.as_ref()?)))
    }

    /// Whether what is not there would have been seen.
    fn is_looked_through(&self, at: usize) -> bool {
        self.plan.listed.contains(&at) || self.is_root(at)
    }

    /// Whether a search path is that of a root.
    fn is_root(&self, at: usize) -> bool {
        self.plan.catalogs[at].directories.iter().any(|d| unit_directory(d).is_some())
    }

    fn judge(&self, rule: &'static Rule, relation: &Relation, out: &mut Vec<Finding>) {
        let named: Vec<&Setting> =
            relation.any.iter().flat_map(Comparison::settings).filter(|s| s.unit().is_some()).collect();
        let is_real =
            |seen: &Seen, s: &Setting| s.unit().and_then(|n| seen.find(n.as_str())).is_some_and(Known::is_real);
        // the first unit with a file says where the relation is at home
        let first = named.iter().find(|s| self.worlds().any(|(_, _, seen)| is_real(seen, s)));
        let homes: Vec<usize> = match first {
            Some(first) => self.worlds().filter(|(_, _, seen)| is_real(seen, first)).map(|(at, ..)| at).collect(),
            None if named.is_empty() => self.worlds().map(|(at, ..)| at).collect(),
            // what every system has is there without a file
            None => {
                let of_system = self.worlds().filter(|(_, c, _)| c.scope == Scope::System).map(|(at, ..)| at);
                let all: Vec<usize> = of_system.filter(|at| self.plan.listed.contains(at)).collect();
                all.iter().copied().find(|at| self.is_root(*at)).or(all.first().copied()).into_iter().collect()
            }
        };
        let mut matched: Vec<&Setting> = Vec::new();
        for home in homes {
            let Some(seen) = &self.seen[home] else { continue };
            let missing = named.iter().find(|s| self.unit(home, s).is_none_or(|at| !at.unit.is_here()));
            match missing {
                Some(setting) => out.extend(self.missing(rule, relation, setting, home, &named)),
                None => {
                    let failures = self.failures(home, relation, &mut matched);
                    out.extend(failures.iter().map(|f| told::finding(rule, relation, f, seen)));
                }
            }
        }
        let patterns = relation.any.iter().flat_map(Comparison::settings).filter(|s| s.unit().is_none());
        let looked_through = self.worlds().any(|(at, ..)| self.plan.listed.contains(&at));
        for setting in patterns.filter(|s| {
            looked_through && (first.is_some() || named.is_empty()) && !matched.iter().any(|m| std::ptr::eq(*m, *s))
        }) {
            let Units::Each { text, .. } = &setting.units else { continue };
            let message = "no unit is meant by this, so it says nothing".to_owned();
            let found = self.about_policy(rule, relation, setting, text.to_string(), message);
            // what asks for nothing is kept, and may be misspelt
            out.push(Finding { level: found.level.min(Level::Warn), ..found });
        }
    }

    /// A finding in the rule file: the policy asks for what is not there.
    fn about_policy(
        &self,
        rule: &'static Rule,
        relation: &Relation,
        setting: &Setting,
        unit: String,
        message: String,
    ) -> Finding {
        let path = relation.at.path().to_owned();
        let found = Finding { unit, message, ..check::nothing(rule, Scope::System, path) };
        Finding { at: Some(within(&relation.at, relation.text, &setting.at)), ..found }
    }

    fn missing(
        &self,
        rule: &'static Rule,
        relation: &Relation,
        setting: &Setting,
        home: usize,
        named: &[&Setting],
    ) -> Option<Finding> {
        let name = setting.unit()?;
        let found = self.unit(home, setting);
        let others: Vec<At<'_>> = named.iter().filter_map(|s| self.unit(home, s)).collect();
        let is_told =
            self.is_looked_through(home) && (others.iter().any(|at| at.unit.asked) || self.plan.listed.contains(&home));
        if !is_told {
            return None;
        }
        let what = match found.map(|at| &at.unit.presence) {
            Some(Presence::Masked) => "the unit is switched off",
            Some(Presence::Refused) => "the manager does not load the unit",
            _ => "there is no such unit",
        };
        let message = format!("{what}, so this cannot be kept");
        let mut finding = self.about_policy(rule, relation, setting, name.to_string(), message);
        finding.notes.extend(told::reason(rule, relation).map(Note::new));
        if let Some(at) = found {
            finding.notes.push(Note::new(format!("its file is {}", at.unit.path.display())));
        } else {
            let near = self.seen[home].as_ref().and_then(|seen| crate::suggest::nearest(name.as_str(), seen.names()));
            finding.notes.extend(near.map(|near| Note::new(format!("did you mean {near}?"))));
        }
        Some(finding)
    }

    /// The one unit of a setting: of the search path itself, or else of another one of the same manager.
    fn unit(&self, home: usize, setting: &Setting) -> Option<At<'_>> {
        let name = setting.unit()?.as_str();
        let find = |seen: &'_ Seen| seen.find(name).is_some();
        let own = self.seen[home].as_ref().filter(|seen| seen.find(name).is_some_and(Known::is_real));
        let scope = self.plan.catalogs[home].scope;
        let beside =
            || self.worlds().find(|(_, c, seen)| c.scope == scope && seen.find(name).is_some_and(Known::is_real));
        let implied = || self.seen[home].as_ref().filter(|seen| find(seen));
        let seen = own.or_else(|| beside().map(|(.., seen)| seen)).or_else(implied)?;
        Some(At { seen, unit: seen.find(name)? })
    }

    /// The units of a setting with what it is compared with.
    fn units<'s>(
        &'s self,
        home: usize,
        setting: &'s Setting,
        rival: Option<At<'s>>,
        matched: &mut Vec<&'s Setting>,
    ) -> Vec<At<'s>> {
        let Units::Each { of, except, .. } = &setting.units else {
            return self.unit(home, setting).into_iter().collect();
        };
        let Some(seen) = &self.seen[home] else { return Vec::new() };
        let mut out = Vec::new();
        for unit in seen.all().filter(|u| u.is_matched() && u.takes(setting.key)) {
            let path = seen.path(unit);
            if !of.is_about(&path) || except.iter().any(|p| p.is_about(&path)) {
                continue;
            }
            matched.push(setting);
            if rival.is_none_or(|rival| !seen.is_kin(unit, rival.unit)) {
                out.push(At { seen, unit });
            }
        }
        out
    }

    /// What is not kept of a relation at its home.
    fn failures<'s>(&'s self, home: usize, relation: &'s Relation, matched: &mut Vec<&'s Setting>) -> Vec<Failure<'s>> {
        let all: Vec<Vec<Failure<'_>>> = relation.any.iter().map(|c| self.failures_of(home, c, matched)).collect();
        if all.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        // of several units each may keep another one of the alternatives
        let is_each = relation.any.iter().all(|c| c.left.unit().is_none());
        let mut all = all;
        // the one that somebody tried to keep
        let tried = all.iter().position(|failures| failures.iter().any(|f| f.left.own.is_some())).unwrap_or(0);
        let mut first = all.swap_remove(tried);
        if is_each {
            for others in all {
                let names: BTreeSet<&UnitName> = others.iter().map(|f| &f.left.unit.name).collect();
                first.retain(|f| names.contains(&f.left.unit.name));
            }
        }
        // of units that are not looked at nothing is told, but what the manager makes has no file that could be
        let listed = self.plan.listed.contains(&home);
        first.retain(|f| f.units().any(|u| u.asked) || listed && f.units().any(|u| !u.is_real()));
        first
    }

    fn failures_of<'s>(
        &'s self,
        home: usize,
        comparison: &'s Comparison,
        matched: &mut Vec<&'s Setting>,
    ) -> Vec<Failure<'s>> {
        let Comparison { left, op, right } = comparison;
        let mut out = Vec::new();
        match right {
            Right::Literals(values) => {
                for at in self.units(home, left, None, matched) {
                    let held = Held::of(at, left, None);
                    let verdicts: Vec<Verdict> = values.iter().map(|(value, _)| held.compare(*op, value)).collect();
                    if !verdicts.contains(&Verdict::Holds) {
                        let open = verdicts.contains(&Verdict::Open);
                        out.push(Failure { comparison, left: held, rights: Vec::new(), open });
                    }
                }
            }
            Right::Setting(right) => {
                let rival = |s: &'s Setting| if s.unit().is_some() { self.unit(home, s) } else { None };
                let lefts = self.units(home, left, rival(right), matched);
                for at in lefts {
                    let (mut rights, mut held_left, mut open) = (Vec::new(), None, true);
                    for other in self.units(home, right, rival(left), matched) {
                        let (held, other) = (Held::of(at, left, Some(other)), Held::of(other, right, Some(at)));
                        match other.amount.as_ref().map_or(Verdict::Fails, |amount| held.compare(*op, amount)) {
                            Verdict::Holds => continue,
                            Verdict::Open => {}
                            Verdict::Fails => open = false,
                        }
                        rights.push(other);
                        held_left.get_or_insert(held);
                    }
                    out.extend(held_left.map(|left| Failure { comparison, left, rights, open }));
                }
            }
        }
        out
    }
}

/// A part of a text at a place; all of it where that is not written as it is read.
fn within(at: &Loc, text: &str, part: &std::ops::Range<usize>) -> Loc {
    let whole = at.span.range();
    let span =
        if whole.len() == text.len() { Span::new(whole.start + part.start, whole.start + part.end) } else { at.span };
    Loc { source: at.source.clone(), span }
}
