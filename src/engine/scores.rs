//! The scores of many units. Most services of a system have the same sandbox, often none at all, and so the same score and
//! the same way down: each is worked out once.

use super::memo::Memo;
use super::path_down::{self, Outlook};
use super::{Policy, Score};
use crate::rule;
use crate::unit::{Drafts, KeySet, Unit};

/// What is known of the sandboxes that were met.
pub struct Scores<'p> {
    policy: &'p Policy,
    known: Memo<Known>,
    drafts: Drafts,
}

struct Known {
    score: Score,
    /// `None` before anybody asked
    outlook: Option<Option<Outlook>>,
}

impl<'p> Scores<'p> {
    /// No unit yet.
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, known: Memo::new(KeySet::with_implying(rule::exposure_keys())), drafts: Drafts::default() }
    }

    /// The score of a unit.
    pub fn of(&mut self, unit: &Unit) -> Score {
        if let Some(known) = self.known.get(unit) {
            return known.score.clone();
        }
        let score = Score::of(unit, self.policy);
        self.known.put(unit, Known { score: score.clone(), outlook: None });
        score
    }

    /// The way down of a unit that has this score.
    pub fn outlook(&mut self, unit: &Unit, score: &Score) -> Option<Outlook> {
        let keys = *self.known.keys();
        let mut look = || path_down::outlook(unit, score, &keys, &mut self.drafts);
        match self.known.get(unit) {
            Some(known) => known.outlook.get_or_insert_with(look).clone(),
            None => look(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{File, Files, State};
    use crate::target::Target;
    use crate::vocab::name::UnitName;
    use crate::vocab::{KEYS, Scope, Section, lookup, lookup_anywhere};

    fn unit(text: &str) -> Unit {
        let name = UnitName::parse("foo.service").unwrap();
        let path = "/etc/systemd/system/foo.service";
        let files = vec![std::sync::Arc::new(File::new(path, text.into()))];
        let found = Files {
            name,
            scope: Scope::System,
            state: State::Found,
            path: path.into(),
            files,
            aliases: Vec::new(),
            lone: false,
            profile: None,
            unreadable: Vec::new(),
        };
        Unit::read(found, Target::default())
    }

    /// Everything that is kept for units of one sandbox.
    fn kept(unit: &Unit) -> String {
        let score = Score::of(unit, &Policy::default());
        // with all keys, so that one that is missing in the set shows
        let all = KeySet::of(&KEYS.iter().filter_map(|k| lookup_anywhere(k.name())).collect::<Vec<_>>());
        let verdicts: Vec<_> = score.parts.iter().map(|p| (p.id(), p.verdict)).collect();
        let outlook = path_down::outlook(unit, &score, &all, &mut Drafts::default());
        if let Some(Outlook { lines, end }) = &outlook {
            // a sketch comes to what the whole unit comes to
            assert_eq!(*end, Score::of(&path_down::extended(unit, lines), &Policy::default()).exposure, "{lines:?}");
        }
        format!("{} {verdicts:?} {outlook:?}", score.exposure)
    }

    /// Two users are one to the score, unless one of them is root, nobody or none at all.
    #[test]
    fn users_are_told_apart_where_it_counts() {
        let (mut seen, policy) = (Vec::new(), Policy::default());
        let mut scores = Scores::new(&policy);
        for user in ["", "User=foo", "User=bar", "User=%u", "User=nobody", "User=root", "User=0", "User=1000"] {
            let unit = unit(&format!("[Service]\nExecStart=/srv/foo\n{user}\n"));
            let score = scores.of(&unit);
            assert_eq!(score.exposure, Score::of(&unit, &Policy::default()).exposure, "{user}");
            seen.push(score.exposure);
        }
        assert!(seen[0] > seen[1] && seen[1] < seen[4] && seen[4] < seen[5], "{seen:?}");
    }

    /// No key outside of the set has a say: neither in the score nor in where the way down ends.
    #[test]
    fn the_keys_that_count_are_all_there() {
        const VALUES: [&str; 14] = [
            "yes",
            "no",
            "1",
            "0777",
            "/srv",
            "foo",
            "root",
            "strict",
            "notify",
            "~CAP_CHOWN",
            "10.0.0.0/8",
            "/dev/sda rw",
            "a.service",
            "native",
        ];
        const BASES: [&str; 3] =
            ["", "PrivateDevices=yes\nProtectSystem=full\n", "DynamicUser=yes\nCapabilityBoundingSet=CAP_CHOWN\n"];
        let keys = KeySet::with_implying(rule::exposure_keys());
        let mut asked = 0;
        for base in BASES {
            let with = |unit_lines: &str, lines: &str| {
                unit(&format!("[Unit]\n{unit_lines}\n[Service]\nType=simple\nExecStart=/srv/foo\n{base}{lines}\n"))
            };
            let plain = kept(&with("", ""));
            let other = |section, name: &str| lookup(section, name).is_some_and(|id| !keys.has(id));
            for (key, value) in KEYS.iter().flat_map(|k| VALUES.map(|v| (k.name(), v))) {
                let line = format!("{key}={value}");
                let unit = match () {
                    () if other(Section::Service, key) => with("", &line),
                    () if other(Section::Unit, key) => with(&line, ""),
                    () => continue,
                };
                if unit.state == crate::unit::State::Loaded {
                    assert_eq!(kept(&unit), plain, "{line}");
                    asked += 1;
                }
            }
        }
        assert!(asked > 5000, "{asked}");
    }
}
