//! Trials with a manager that is only played: what it comes to is the largest set that works, and whatever happens in the
//! middle, everything is as it was. With a real one: `tests/live/prove.py`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;
use unitlint::live::prove::narrow::{Pieces, narrow};
use unitlint::live::prove::{
    Active, Manager, Proof, Status, Step, Stop, Trials, Verb, Verdict, before, leftovers, prove,
};
use unitlint::tree::Memory;

const UNIT: &str = "shop.service";

/// When some lines together break the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    In(Verb),
    /// the probe fails
    AtWork,
    /// it runs for a moment, and then no more
    Later,
    /// it dies, and the manager starts it again
    Dies,
}

#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct World {
    /// what runs
    up: BTreeMap<&'static str, bool>,
    /// the drop-in on trial and the note beside it, on disk
    laid: Option<String>,
    note: Option<String>,
    /// the drop-in that the manager knows
    known: Option<String>,
}

/// The service, `till.service` that needs it, `shop.socket` that starts it, `wanted.service` that it wants, `rival.service`
/// that cannot run beside it.
#[derive(Clone, Debug, Default)]
struct Played {
    world: World,
    breaks: Vec<(BTreeSet<usize>, When)>,
    /// the lines that the running service was started with
    with: BTreeSet<usize>,
    failed: bool,
    restarts: u32,
    oneshot: bool,
    probed: bool,
    clock: Duration,
    /// what was asked, and when somebody wants an end, or kills the program
    asked: usize,
    interrupted: Option<usize>,
    killed: Option<usize>,
    deaf: bool,
}

impl Played {
    fn new(up: bool) -> Self {
        let up = [
            (UNIT, up),
            ("till.service", up),
            ("shop.socket", true),
            ("wanted.service", false),
            ("rival.service", !up),
        ];
        Self { world: World { up: up.into(), ..World::default() }, probed: true, ..Self::default() }
    }

    fn breaking(lines: &[usize], when: When) -> Self {
        let mut out = Self::new(true);
        out.breaks.push((lines.iter().copied().collect(), when));
        out
    }

    fn step(&mut self) -> Step<()> {
        self.asked += 1;
        if self.killed.is_some_and(|at| self.asked >= at) {
            return Err(Stop::Broken("killed".into()));
        }
        if !self.deaf && self.interrupted.is_some_and(|at| self.asked >= at) {
            return Err(Stop::Interrupted);
        }
        Ok(())
    }

    fn broken(&self, when: When) -> bool {
        self.breaks.iter().any(|(lines, at)| *at == when && lines.is_subset(&self.with))
    }

    fn set(&mut self, unit: &str, up: bool) {
        *self.world.up.get_mut(unit).unwrap() = up;
    }

    fn start(&mut self) {
        let text = self.world.known.clone().unwrap_or_default();
        self.with = text.lines().filter_map(|l| l.strip_prefix("Line=")?.parse().ok()).collect();
        self.restarts = 0;
        self.failed = false;
        self.set("wanted.service", true);
        self.set("rival.service", false);
        self.set(UNIT, !self.oneshot);
    }

    fn fail(&mut self) {
        self.failed = true;
        self.set(UNIT, false);
    }
}

impl Manager for Played {
    fn show(&mut self, units: &[String]) -> Step<Vec<Status>> {
        self.step()?;
        if self.broken(When::Later) && self.world.up[UNIT] && self.clock.subsec_millis() > 0 {
            self.fail();
        }
        if self.broken(When::Dies) && self.world.up[UNIT] {
            self.restarts = 1;
        }
        let to = |name: &str| vec![name.to_owned()];
        Ok(units
            .iter()
            .filter_map(|name| {
                let (name, up) = self.world.up.get_key_value(name.as_str())?;
                let mut status = Status { name: (*name).to_owned(), ..Status::default() };
                status.active = if *up { Active::Up } else { Active::Down };
                if *name == UNIT {
                    status.pulls = to("wanted.service");
                    status.drags = to("till.service");
                    status.displaces = to("rival.service");
                    status.triggers = to("shop.socket");
                    status.can_reload = true;
                    status.restarts = self.restarts;
                    if self.failed {
                        status.active = Active::Failed;
                        status.ending = Some("exit-code, status 1".into());
                    }
                }
                Some(status)
            })
            .collect())
    }

    fn ask(&mut self, verb: Verb, unit: &str) -> Step<Result<(), String>> {
        self.step()?;
        if unit != UNIT {
            self.set(unit, verb == Verb::Start || verb == Verb::Forget && self.world.up[unit]);
            return Ok(Ok(()));
        }
        match verb {
            Verb::Stop | Verb::Kill => {
                let up = std::mem::replace(self.world.up.get_mut(UNIT).unwrap(), false);
                self.set("till.service", false);
                if verb == Verb::Stop && up && self.broken(When::In(verb)) {
                    self.fail();
                }
            }
            Verb::Forget => self.failed = false,
            Verb::Start if self.world.up[UNIT] => {}
            Verb::Start | Verb::Restart => self.start(),
            Verb::Reload => {}
        }
        if verb != Verb::Stop && self.broken(When::In(verb)) {
            self.fail();
            return Ok(Err("the job failed".into()));
        }
        Ok(Ok(()))
    }

    fn lay(&mut self, _: &str, text: &str) -> Step<()> {
        self.step()?;
        self.world.laid = Some(text.into());
        Ok(())
    }

    fn lift(&mut self, _: &str) -> Step<()> {
        self.step()?;
        self.world.laid = None;
        Ok(())
    }

    fn note(&mut self, _: &str, before: Option<&str>) -> Step<()> {
        self.step()?;
        self.world.note = before.map(str::to_owned);
        Ok(())
    }

    fn reread(&mut self) -> Step<()> {
        self.step()?;
        self.world.known = self.world.laid.clone();
        Ok(())
    }

    fn probe(&mut self, _: &str) -> Step<Option<Result<(), String>>> {
        self.step()?;
        let works = (self.world.up[UNIT] || self.oneshot) && !self.broken(When::AtWork);
        Ok(self.probed.then(|| if works { Ok(()) } else { Err("the probe exits with 1".into()) }))
    }

    fn words(&mut self, _: &str) -> Vec<String> {
        vec!["Permission denied".into()]
    }

    fn pause(&mut self, time: Duration) -> Step<()> {
        self.step()?;
        self.clock += time;
        Ok(())
    }

    fn now(&mut self) -> Duration {
        self.clock
    }

    fn heed(&mut self, yes: bool) {
        self.deaf = !yes;
    }
}

fn tried(played: &mut Played, count: usize) -> Proof {
    let lines = |some: &Pieces| some.iter().map(|n| format!("Line={n}")).collect();
    let trials = Trials { unit: UNIT, count, lines: &lines, settle: Duration::from_millis(600) };
    prove(played, &trials, &mut |_| {})
}

fn kept(proof: &Proof) -> Vec<usize> {
    match &proof.verdict {
        Verdict::Proven { kept, .. } => kept.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

fn when() -> impl Strategy<Value = When> {
    use When::{AtWork, Dies, In, Later};
    prop::sample::select(vec![
        In(Verb::Start),
        In(Verb::Restart),
        In(Verb::Reload),
        In(Verb::Stop),
        AtWork,
        Later,
        Dies,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever is asked about, also where more works and less does not.
    #[test]
    fn no_piece_can_be_added(count in 0usize..9, seed in any::<u64>()) {
        let works = |set: &Pieces| {
            let bits = set.iter().fold(seed | 1, |all, n| all.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(*n as u64 + 1));
            set.is_empty() || (bits >> 40) % 3 == 0
        };
        let kept = narrow(count, |set| Ok::<_, Infallible>(works(set))).unwrap();
        prop_assert!(works(&kept));
        for piece in 0..count {
            let mut with = kept.clone();
            prop_assert!(!with.insert(piece) || !works(&with));
        }
    }

    /// Lines that break alone and together, in any step.
    #[test]
    fn what_is_kept_works_and_no_line_can_be_added(
        count in 1usize..24,
        breaks in vec((btree_set(0usize..24, 1..4), when()), 0..5),
        up in any::<bool>(),
        probed in any::<bool>(),
    ) {
        // with a probe nobody waits for what happens later
        let seen = |when: When| when != if probed { When::Later } else { When::AtWork };
        let mut played = Played { breaks: breaks.clone(), probed, ..Played::new(up) };
        played.breaks.retain(|(_, when)| seen(*when));
        let before = played.world.clone();
        let proof = tried(&mut played, count);
        prop_assert_eq!(&played.world, &before);
        prop_assert!(proof.wrong.is_empty());
        let Verdict::Proven { kept, left } = &proof.verdict else { panic!("{:?}", proof.verdict) };
        let broken = |set: &Pieces| breaks.iter().any(|(lines, when)| lines.is_subset(set) && seen(*when));
        prop_assert!(!broken(kept));
        prop_assert_eq!(kept.len() + left.len(), count);
        for (piece, failure) in left {
            let with = kept.iter().copied().chain([*piece]).collect();
            prop_assert!(broken(&with), "{} was left out: {:?}", piece, failure);
            prop_assert_eq!(&failure.words, &["Permission denied"]);
        }
    }
}

#[test]
fn few_trials_are_needed() {
    assert_eq!(tried(&mut Played::new(true), 50).trials, 2);
    let proof = tried(&mut Played::breaking(&[37], When::AtWork), 64);
    assert_eq!(kept(&proof).len(), 63);
    assert!(proof.trials <= 16, "{}", proof.trials);
}

/// The state of a played manager after an end at each step; how many steps there are.
fn ended_everywhere(end: impl Fn(&mut Played, usize)) -> usize {
    for at in 1.. {
        let mut played = Played::breaking(&[1, 2], When::AtWork);
        let before = played.world.clone();
        end(&mut played, at);
        let proof = tried(&mut played, 4);
        // who was killed has left a note or nothing
        played.killed = None;
        if let Some(note) = &played.world.note {
            let (file, beside) = before::files(UNIT);
            let tree = Memory::new().file(beside, note.clone()).file(file, "");
            let left = leftovers(&tree);
            assert_eq!(left.len(), 1);
            assert_eq!(left[0].put_back(&mut played), [""; 0]);
        }
        assert_eq!(played.world, before, "ended at step {at}: {:?}", proof.verdict);
        if matches!(proof.verdict, Verdict::Proven { .. }) && proof.wrong.is_empty() {
            return at;
        }
    }
    unreachable!()
}

#[test]
fn an_interruption_leaves_nothing() {
    assert!(ended_everywhere(|played, at| played.interrupted = Some(at)) > 50);
}

#[test]
fn the_next_run_puts_back_what_a_killed_one_left() {
    assert!(ended_everywhere(|played, at| played.killed = Some(at)) > 50);
}

#[test]
fn what_fails_as_shipped_is_no_fault_of_the_lines() {
    let shipped = |when| Played::breaking(&[], when);
    let proof = tried(&mut shipped(When::AtWork), 3);
    assert!(
        matches!(&proof.verdict, Verdict::Unusable(f) if f.step == Verb::Start && f.why == "the probe exits with 1")
    );
    assert_eq!(proof.trials, 1);
    let proof = tried(&mut shipped(When::In(Verb::Reload)), 3);
    assert_eq!((kept(&proof).len(), proof.skipped[0].step), (3, Verb::Reload));
    assert_eq!(proof.steps, [Verb::Start, Verb::Restart, Verb::Stop]);
    let proof = tried(&mut shipped(When::Dies), 3);
    assert_eq!(kept(&proof).len(), 3);
}

#[test]
fn a_service_may_do_its_work_and_end() {
    let mut played = Played::breaking(&[1], When::In(Verb::Start));
    played.oneshot = true;
    played.probed = false;
    played.set(UNIT, false);
    played.set("till.service", false);
    let before = played.world.clone();
    assert_eq!(kept(&tried(&mut played, 3)), [0, 2]);
    assert_eq!(played.world, before);
}

/// Where nothing can be tried, nothing is.
#[test]
fn where_nothing_can_be_tried() {
    let out = unitlint(&["fix", "--prove", "./a.service"]);
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(text(&out), "unitlint: --prove tries services of this machine by their names; ./a.service is a path\n");
    // a machine with a manager, and root on it, has no such service
    let out = unitlint(&["fix", "--isolated", "--prove", "unitlint-has-no-such-unit.service"]);
    assert_eq!(out.status.code(), Some(2));
    if !Path::new("/run/systemd/system").exists() {
        let says = text(&out);
        assert!(says.contains("needs root") || says.contains("needs a running systemd"), "{says}");
    }
    for other in ["--check", "--why", "--no-hardening", "--output=x", "--root=/", "--user"] {
        assert_eq!(unitlint(&["fix", "--prove", other, "a.service"]).status.code(), Some(2), "{other}");
    }
    assert_eq!(unitlint(&["fix", "--probe", "true", "a.service"]).status.code(), Some(2));
}
