//! What proving needs of a service manager, so that it can be shown to put everything back without one.

use std::fmt;
use std::time::Duration;

/// Why nothing more can be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// somebody wants it to end
    Interrupted,
    /// the manager, or the disk, does not do what it is asked; a sentence
    Broken(String),
}

/// What a step comes to, where it can end everything.
pub type Step<T> = Result<T, Stop>;

/// What is done to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// start it
    Start,
    /// stop and start it
    Restart,
    /// let it read its configuration again
    Reload,
    /// stop it
    Stop,
    /// forget that it failed, and how often it was started
    Forget,
    /// kill all its processes
    Kill,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Stop => "stop",
            Self::Forget => "reset-failed",
            Self::Kill => "kill",
        })
    }
}

/// Whether a unit runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Active {
    /// it does
    Up,
    /// it does not
    #[default]
    Down,
    /// it does not, because something went wrong
    Failed,
    /// it is on the way from one to the other, or waits to be started again
    Changing,
}

/// What the manager says of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// its name
    pub name: String,
    /// why it cannot be started at all: it is not there, masked, or not understood
    pub unusable: Option<String>,
    /// whether it runs
    pub active: Active,
    /// how it ended, where that was no success
    pub ending: Option<String>,
    /// a condition in the unit kept it from being started
    pub skipped: bool,
    /// how often it was started again by the manager
    pub restarts: u32,
    /// whether it can be told to read its configuration again
    pub can_reload: bool,
    /// its files are newer than what the manager knows
    pub stale: bool,
    /// its control group
    pub group: String,
    /// what is started with it
    pub pulls: Vec<String>,
    /// what is stopped with it
    pub drags: Vec<String>,
    /// what is stopped when it starts
    pub displaces: Vec<String>,
    /// what starts it: sockets, timers, paths
    pub triggers: Vec<String>,
}

/// A service manager, the user's probe, and the clock.
pub trait Manager {
    /// What it says of units, in their order; those that it does not know are left out.
    ///
    /// # Errors
    /// When it does not answer.
    fn show(&mut self, units: &[String]) -> Step<Vec<Status>>;

    /// Does something to a unit and waits for the end; a word on what went wrong.
    ///
    /// # Errors
    /// When somebody wants an end.
    fn ask(&mut self, verb: Verb, unit: &str) -> Step<Result<(), String>>;

    /// Writes down how things were before, for the case that this program is killed; `None`: they are so again.
    ///
    /// # Errors
    /// When it cannot be written.
    fn note(&mut self, unit: &str, before: Option<&str>) -> Step<()>;

    /// Puts a drop-in on trial in place of the one that was written for the unit.
    ///
    /// # Errors
    /// When it cannot be written.
    fn lay(&mut self, unit: &str, text: &str) -> Step<()>;

    /// Takes it away, if there is one.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn lift(&mut self, unit: &str) -> Step<()>;

    /// Reads all units again.
    ///
    /// # Errors
    /// When it does not.
    fn reread(&mut self) -> Step<()>;

    /// Runs the user's probe; `None` where there is none, else what went wrong.
    ///
    /// # Errors
    /// When somebody wants an end.
    fn probe(&mut self, unit: &str) -> Step<Option<Result<(), String>>>;

    /// The last that a unit and the manager said about its run.
    fn words(&mut self, unit: &str) -> Vec<String>;

    /// Waits.
    ///
    /// # Errors
    /// When somebody wants an end.
    fn pause(&mut self, time: Duration) -> Step<()>;

    /// The time since some moment.
    fn now(&mut self) -> Duration;

    /// Whether it ends when somebody wants it to; not while things are put back.
    fn heed(&mut self, yes: bool);
}
