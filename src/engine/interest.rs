//! Which rules have anything to say of a unit: most are about a few keys that most units do not set.

use crate::rule::{Check, Condition, Rule};
use crate::unit::Unit;
use crate::vocab::{KEYS, KeyId};

/// Rules by what makes them speak, as sets: the place of a rule among those that were chosen is a bit.
pub(super) struct Interest {
    /// how many words a set has
    words: usize,
    /// those that look at every unit
    always: Vec<u64>,
    /// those about ways out of a sandbox
    escapes: Vec<u64>,
    /// those that want to see a unit because it sets a key: a set for each key
    by_key: Vec<u64>,
}

/// The rules that are to be asked about each of some units.
pub(super) struct Wanted {
    /// how many words a set has
    words: usize,
    /// a set for each unit
    sets: Vec<u64>,
}

impl Wanted {
    /// Takes in a unit out of whose sandbox there are ways, or none.
    pub(super) fn add(&mut self, interest: &Interest, unit: &Unit, has_ways_out: bool) {
        let from = self.sets.len();
        self.sets.extend(&interest.always);
        let wanted = &mut self.sets[from..];
        let mut add = |set: &[u64]| wanted.iter_mut().zip(set).for_each(|(all, more)| *all |= more);
        if has_ways_out {
            add(&interest.escapes);
        }
        for setting in unit.settings() {
            add(&interest.by_key[setting.key.index() * interest.words..][..interest.words]);
        }
    }

    /// For each of the units whether the rule at this place is to be asked.
    pub(super) fn by(&self, at: usize) -> impl Iterator<Item = bool> {
        self.sets.chunks_exact(self.words).map(move |set| set[at / 64] >> (at % 64) & 1 != 0)
    }
}

impl Interest {
    pub(super) fn of(rules: &[&Rule]) -> Self {
        let words = rules.len().div_ceil(64).max(1);
        let (mut always, mut escapes, mut by_key) = (vec![0; words], vec![0; words], vec![0; words * KEYS.len()]);
        for (at, rule) in rules.iter().enumerate() {
            let (word, bit) = (at / 64, 1_u64 << (at % 64));
            match (rule.when.sets, needed(&rule.check)) {
                (keys @ [_, ..], _) => keys.iter().for_each(|key| by_key[key.index() * words + word] |= bit),
                ([], Some(key)) => by_key[key.index() * words + word] |= bit,
                _ if matches!(rule.check, Check::Escape(_) | Check::EscapeSum) => escapes[word] |= bit,
                _ => always[word] |= bit,
            }
        }
        Self { words, always, escapes, by_key }
    }

    /// The wishes for no unit yet.
    pub(super) fn nobody(&self) -> Wanted {
        Wanted { words: self.words, sets: Vec::new() }
    }
}

/// The key without which a check finds nothing in any unit.
fn needed(check: &Check) -> Option<KeyId> {
    match check {
        Check::Settings { all, .. } => all.iter().find_map(Condition::needs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::System;
    use crate::load::{File, Files};
    use crate::rule::{self, Registry};
    use crate::target::Target;
    use crate::vocab::name::UnitName;
    use crate::vocab::{Scope, UnitKind, all_named, lookup_anywhere};

    fn read(name: UnitName, scope: Scope, systemd: u16, text: &str) -> Unit {
        let path = format!("/etc/systemd/system/{name}");
        let files = vec![std::sync::Arc::new(File::new(&path, text.into()))];
        let (state, path) = (crate::load::State::Found, path.into());
        let (aliases, unreadable) = (Vec::new(), Vec::new());
        let found = Files { name, scope, state, path, files, aliases, lone: false, profile: None, unreadable };
        Unit::read(found, Target { systemd, ..Target::default() })
    }

    /// A rule that is not asked for want of a key would have found nothing.
    #[test]
    fn without_the_needed_key_nothing_is_found() {
        let registry = Registry::default();
        let rules: Vec<_> = registry.all().filter(|rule| needed(&rule.check).is_some()).collect();
        assert!(rules.len() > 10, "{}", rules.len());
        for kind in UnitKind::ALL {
            for (scope, version) in [(Scope::System, 252), (Scope::System, 262), (Scope::User, 257)] {
                let name = UnitName::parse(&format!("foo.{}", kind.word())).unwrap();
                let unit = read(name, scope, version, "[Unit]\n");
                for id in
                    KEYS.iter().filter_map(|key| lookup_anywhere(key.name())).filter(|id| unit.setting(*id).is_none())
                {
                    let silent = !unit.is_on(id) && unit.word(id).is_empty();
                    assert!(silent || Unit::DEFAULTED.has(id), "{}", id.name());
                }
                for rule in &rules {
                    let verdict = rule::judge(rule, &unit);
                    assert!(verdict.is_none_or(|v| v.badness.is_none_or(|b| b == 0)), "{} {kind:?}", rule.id);
                }
            }
        }
    }

    /// The same of the keys that a rule file names: in no example of any rule does the rule find something without them.
    #[test]
    fn without_one_of_its_keys_a_rule_has_nothing_to_say() {
        let registry = Registry::default();
        let limited: Vec<&Rule> = registry.all().filter(|rule| !rule.when.sets.is_empty()).collect();
        let mut asked = 0;
        for example in registry.all().flat_map(|rule| rule.examples()) {
            let Some(name) = UnitName::parse(example.name) else { continue };
            let scope = if example.user { Scope::User } else { Scope::System };
            let systemd = if example.systemd == 0 { 262 } else { example.systemd };
            let unit = read(name, scope, systemd, example.text);
            let idle = |rule: &&&Rule| rule.when.sets.iter().all(|key| unit.setting(*key).is_none());
            for rule in limited.iter().filter(idle).filter(|_| unit.state == crate::unit::State::Loaded) {
                let hits = match rule.check {
                    Check::Code(code) => code(&unit),
                    Check::Files(code) => code(&unit, &System::unknown()),
                    _ => continue,
                };
                assert!(hits.is_empty(), "{} speaks in {:?}", rule.id, example.text);
                asked += 1;
            }
        }
        assert!(limited.len() > 40 && asked > 10_000, "{} {asked}", limited.len());
    }

    /// A rule file cannot tell apart keys of one name.
    #[test]
    fn keys_that_rule_files_name_are_one() {
        for key in Registry::default().all().flat_map(|rule| rule.when.sets) {
            assert_eq!(all_named(key.name()).count(), 1, "{}", key.name());
        }
    }
}
