//! Proof by trial: a unit is started with lines of a drop-in, made to do its work, and stopped again; where that fails, the
//! largest set of lines is searched that works. Afterwards everything is as it was, however it ends.
//!
//! What the manager is stays behind [`Manager`]; the search knows nothing of units, and nothing here prints.

pub mod before;
mod manager;
pub mod narrow;
pub mod pieces;
mod systemctl;

pub(in crate::live) use systemctl::program;

pub use before::{Before, leftovers};
pub use manager::{Active, Manager, Status, Step, Stop, Verb};
pub use systemctl::{Systemctl, why_not};

use before::stopped;
use narrow::{Pieces, narrow};
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks at a unit.
const GLANCE: Duration = Duration::from_millis(250);

/// What is tried.
pub struct Trials<'a> {
    /// the unit
    pub unit: &'a str,
    /// how many pieces its lines have
    pub count: usize,
    /// the lines that some of them make
    pub lines: &'a dyn Fn(&Pieces) -> Vec<String>,
    /// how long it has to stay up without a probe, and how long the probe may fail at first
    pub settle: Duration,
}

/// Why a trial failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// in which step
    pub step: Verb,
    /// what went wrong; a sentence without a full stop
    pub why: String,
    /// what the unit said
    pub words: Vec<String>,
}

/// What a trial is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt<'a> {
    /// the unit without any of the lines
    Shipped,
    /// some pieces
    Some(&'a Pieces),
    /// those that are left, once more
    Again(&'a Pieces),
}

/// What happens, for somebody who waits.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// these units are stopped and started with it
    Around(&'a [String]),
    /// a trial begins
    Begins(Attempt<'a>),
    /// it has ended
    Ends(Result<(), &'a Failure>),
    /// everything is put back
    Back,
}

/// What it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// not tried at all; a sentence without a full stop
    Refused(String),
    /// it does not work as shipped
    Unusable(Failure),
    /// these pieces work together, and each of the others fails with them
    Proven {
        /// what works
        kept: Pieces,
        /// what does not
        left: Vec<(usize, Failure)>,
    },
    /// what worked once failed when it was tried again
    Unsteady(Failure),
    /// somebody wanted an end
    Interrupted,
    /// the manager, or the disk, did not do what it was asked; a sentence
    Broken(String),
}

/// The whole result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// what it comes to
    pub verdict: Verdict,
    /// what every trial consisted of
    pub steps: Vec<Verb>,
    /// what fails as shipped already, and was left out of the trials
    pub skipped: Vec<Failure>,
    /// how many trials there were, the first without the lines among them
    pub trials: usize,
    /// what could not be put back; sentences
    pub wrong: Vec<String>,
}

/// Tries the lines of a unit.
pub fn prove(manager: &mut dyn Manager, trials: &Trials<'_>, watch: &mut dyn FnMut(Event<'_>)) -> Proof {
    let steps = vec![Verb::Start, Verb::Restart, Verb::Reload, Verb::Stop];
    let mut run = Run {
        manager,
        trials,
        watch,
        steps,
        skipped: Vec::new(),
        count: 0,
        as_shipped: true,
        ends: false,
        restarts: 0,
        laid: None,
    };
    let verdict = run.all().unwrap_or_else(|stop| match stop {
        Stop::Interrupted => Verdict::Interrupted,
        Stop::Broken(why) => Verdict::Broken(why),
    });
    let mut wrong = Vec::new();
    if let Some(before) = &run.laid {
        (run.watch)(Event::Back);
        wrong = before.put_back(run.manager);
    }
    Proof { verdict, steps: run.steps, skipped: run.skipped, trials: run.count, wrong }
}

struct Run<'a> {
    manager: &'a mut dyn Manager,
    trials: &'a Trials<'a>,
    watch: &'a mut dyn FnMut(Event<'_>),
    steps: Vec<Verb>,
    skipped: Vec<Failure>,
    count: usize,
    /// it is tried without the lines
    as_shipped: bool,
    /// it does its work and ends
    ends: bool,
    /// how often it is started again as shipped
    restarts: u32,
    /// how things were before something was changed
    laid: Option<Before>,
}

impl Run<'_> {
    fn status(&mut self) -> Step<Status> {
        let found = self.manager.show(&[self.trials.unit.to_owned()])?.into_iter().next();
        found.ok_or_else(|| Stop::Broken(format!("{} is not known to the manager any more", self.trials.unit)))
    }

    fn all(&mut self) -> Step<Verdict> {
        let status = self.status()?;
        let refused = match status.active {
            Active::Changing => Some("it is just being started or stopped; try again when it has settled".to_owned()),
            _ if status.stale => {
                Some("its files have changed since they were read: systemctl daemon-reload".to_owned())
            }
            _ => status.unusable.clone(),
        };
        if let Some(why) = refused {
            return Ok(Verdict::Refused(why));
        }
        let before = Before::of(self.manager, &status)?;
        let with: Vec<String> = before.running.iter().filter(|n| !status.triggers.contains(n)).cloned().collect();
        (self.watch)(Event::Around(&with));
        let note = before.text();
        self.laid = Some(before);
        self.manager.note(self.trials.unit, Some(&note))?;
        if !status.can_reload {
            self.steps.retain(|s| *s != Verb::Reload);
        }
        if let Err(failure) = self.shipped()? {
            return Ok(Verdict::Unusable(failure));
        }
        let mut failures: BTreeMap<Pieces, Failure> = BTreeMap::new();
        let kept = narrow(self.trials.count, |pieces| {
            let done = self.attempt(Attempt::Some(pieces))?;
            Ok(done.map_err(|failure| failures.insert(pieces.clone(), failure)).is_ok())
        })?;
        let narrowed = !kept.is_empty() && kept.len() < self.trials.count;
        if narrowed && let Err(failure) = self.attempt(Attempt::Again(&kept))? {
            return Ok(Verdict::Unsteady(failure));
        }
        let with = |piece: usize| kept.iter().copied().chain([piece]).collect::<Pieces>();
        let out = (0..self.trials.count).filter(|piece| !kept.contains(piece));
        let left = out.filter_map(|piece| Some((piece, failures.remove(&with(piece))?))).collect();
        Ok(Verdict::Proven { kept, left })
    }

    /// The unit without the lines. What fails there is no fault of theirs, and is left out of the trials.
    fn shipped(&mut self) -> Step<Result<(), Failure>> {
        loop {
            match self.attempt(Attempt::Shipped)? {
                Err(failure) if failure.step != Verb::Start => {
                    self.steps.retain(|s| *s != failure.step);
                    self.skipped.push(failure);
                }
                done => return Ok(done),
            }
        }
    }

    /// One trial; the unit is stopped before and afterwards.
    fn attempt(&mut self, attempt: Attempt<'_>) -> Step<Result<(), Failure>> {
        self.count += 1;
        self.as_shipped = attempt == Attempt::Shipped;
        (self.watch)(Event::Begins(attempt));
        let (unit, lines) = match attempt {
            Attempt::Shipped => (self.trials.unit, Vec::new()),
            Attempt::Some(pieces) | Attempt::Again(pieces) => (self.trials.unit, (self.trials.lines)(pieces)),
        };
        let mut text = format!("# {unit} on trial by unitlint\n");
        if !lines.is_empty() {
            text.push_str("[Service]\n");
            lines.iter().for_each(|line| text.extend([line, "\n"]));
        }
        self.manager.lay(unit, &text)?;
        self.manager.reread()?;
        if let Err(why) = stopped(self.manager, unit)? {
            return Err(Stop::Broken(format!("{unit} cannot be stopped: {why}")));
        }
        let mut done = Ok(());
        for step in self.steps.clone() {
            if let Err(why) = self.step(step)? {
                done = Err(Failure { step, why, words: self.manager.words(unit) });
                break;
            }
        }
        (self.watch)(Event::Ends(done.as_ref().copied()));
        if let Err(why) = stopped(self.manager, unit)? {
            return Err(Stop::Broken(format!("{unit} cannot be stopped: {why}")));
        }
        Ok(done)
    }

    fn step(&mut self, step: Verb) -> Step<Result<(), String>> {
        let unit = self.trials.unit;
        // else many trials are too many starts
        if matches!(step, Verb::Start | Verb::Restart) {
            let _ = self.manager.ask(Verb::Forget, unit)?;
        }
        let done = self.manager.ask(step, unit)?;
        if step != Verb::Stop && done.is_ok() {
            return self.works();
        }
        let status = self.status()?;
        Ok(match (done, status.active) {
            (Ok(()), Active::Failed) => Err(status.ending.unwrap_or_else(|| "it fails".to_owned())),
            (Err(why), _) => Err(status.ending.unwrap_or(why)),
            _ => Ok(()),
        })
    }

    /// Whether it does its work.
    fn works(&mut self) -> Step<Result<(), String>> {
        let begun = self.manager.now();
        loop {
            let late = self.manager.now().saturating_sub(begun) >= self.trials.settle;
            let probed = self.manager.probe(self.trials.unit)?;
            let status = self.status()?;
            if status.skipped {
                return Ok(Err("a condition in the unit keeps it from being started".into()));
            }
            let ended = status.active == Active::Down && status.ending.is_none();
            let lives = match status.active {
                Active::Up => true,
                Active::Down => ended && (self.as_shipped || self.ends),
                Active::Changing => !late,
                Active::Failed => false,
            };
            if !lives {
                return Ok(Err(status.ending.unwrap_or_else(|| "it does not stay up".to_owned())));
            }
            if self.as_shipped {
                self.restarts = self.restarts.max(status.restarts);
            } else if status.restarts > self.restarts {
                return Ok(Err("it died, and the manager started it again".into()));
            }
            let settled = status.active != Active::Changing;
            match probed {
                Some(Err(why)) if late || ended => return Ok(Err(why)),
                Some(Ok(())) if settled => break self.ends |= self.as_shipped && ended,
                None if settled && (late || ended) => break self.ends |= self.as_shipped && ended,
                _ => self.manager.pause(GLANCE)?,
            }
        }
        Ok(Ok(()))
    }
}
