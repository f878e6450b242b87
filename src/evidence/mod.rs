//! What the commands of a unit really are, by the files of its system and without running any: the functions that programs ask
//! for, the paths that they and their configuration name, what scripts call. Every fact keeps where it was seen.
//!
//! Knows programs and no rule: whether an act speaks against a setting is told by the rule files.

mod code;
mod elf;
mod inspect;
mod javascript;
mod knowledge;
mod linker;
mod packages;
mod program;
mod prose;
mod script;
mod shell;
pub mod system;
mod text;

pub use inspect::Inspector;
pub use knowledge::Act;
pub use system::{Look, Node, System};

use crate::vocab::set;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The last component of a path.
pub(crate) fn base(path: &str) -> &str {
    memchr::memrchr(b'/', path.as_bytes()).map_or(path, |at| &path[at + 1..])
}

/// Where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// the file
    pub file: String,
    /// what in it: a function, a path, a command
    pub what: What,
}

/// What was seen in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// a function of a library, or a system call
    Function(String),
    /// a call with its telling argument
    Call(String),
    /// a path
    Path(String),
    /// a command
    Command(String),
    /// it needs a library
    Library(String),
    /// a setting of the unit
    Setting(String),
    /// nothing: it is known by its name
    Name,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match &self.what {
            What::Function(name) => write!(f, "{file} calls {name}()"),
            What::Call(text) => write!(f, "{file} calls {text}"),
            What::Path(path) => write!(f, "{file} names {path}"),
            What::Command(name) => write!(f, "{file} runs {name}"),
            What::Library(name) => write!(f, "{file} needs {name}"),
            What::Setting(text) => write!(f, "{file} has {text}"),
            What::Name => write!(f, "{file} is known for it"),
        }
    }
}

/// So many places of one act are kept.
const PLACES: usize = 3;

/// What is known of a unit's commands.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// what they do, and where that was seen
    pub acts: BTreeMap<Act, Vec<Seen>>,
    /// the capabilities that their files have
    pub capabilities: BTreeMap<u64, Seen>,
    /// the functions and system calls that they ask for
    pub functions: BTreeMap<String, Seen>,
    /// the address families of the sockets that they open, as far as these can be told
    pub families: BTreeMap<u8, Seen>,
    /// where a socket is opened of a family that cannot be told
    pub untold_sockets: Option<Seen>,
    /// the kinds of namespaces that they make or join, as bits of `vocab::set::namespace`
    pub namespaces: BTreeMap<u8, Seen>,
    /// where that cannot be told
    pub untold_namespaces: Option<Seen>,
    /// the programs and scripts that were looked at
    pub programs: BTreeSet<String>,
    /// the libraries
    pub libraries: BTreeSet<String>,
    /// the configuration files
    pub configuration: BTreeSet<String>,
    /// why something stays unknown; sentences
    pub unseen: BTreeSet<String>,
}

impl Evidence {
    /// The first place where an act was seen.
    pub fn of(&self, act: Act) -> Option<&Seen> {
        self.acts.get(&act).and_then(|all| all.first())
    }

    /// The same, by name.
    pub fn named(&self, act: &str) -> Option<&Seen> {
        Act::named(act).and_then(|act| self.of(act))
    }

    fn add(&mut self, act: Act, seen: Seen) {
        if act.name() == "namespaces" {
            self.untold_namespaces.get_or_insert_with(|| seen.clone());
        }
        self.place(act, seen);
    }

    fn place(&mut self, act: Act, seen: Seen) {
        let places = self.acts.entry(act).or_default();
        if places.len() < PLACES && !places.contains(&seen) {
            places.push(seen);
        }
    }

    fn add_named(&mut self, act: &str, seen: Seen) {
        if let Some(act) = Act::named(act) {
            self.add(act, seen);
        }
    }

    /// The sockets that something of that name is known to open.
    fn add_families(&mut self, name: &str, seen: &Seen) {
        for family in knowledge::families(name) {
            self.families.entry(family).or_insert_with(|| seen.clone());
        }
    }

    /// Takes these acts away, with the functions that are for nothing else.
    fn drop(&mut self, acts: impl Iterator<Item = Act>) {
        let acts: Vec<Act> = acts.collect();
        if acts.is_empty() {
            return;
        }
        self.acts.retain(|act, _| !acts.contains(act));
        self.functions.retain(|name, _| {
            let of = Act::of_function(name);
            of.is_empty() || of.iter().any(|act| !acts.contains(act))
        });
        if acts.iter().any(|a| a.name() == "namespaces") {
            self.namespaces.clear();
            self.untold_namespaces = None;
        }
    }

    /// Adds what is known of one file.
    fn join(&mut self, of: Evidence) {
        for (act, seen) in of.acts {
            seen.into_iter().for_each(|s| self.place(act, s));
        }
        for (name, seen) in of.functions {
            self.functions.entry(name).or_insert(seen);
        }
        for (held, seen) in of.capabilities {
            self.capabilities.entry(held).or_insert(seen);
        }
        for (family, seen) in of.families {
            self.families.entry(family).or_insert(seen);
        }
        for (kind, seen) in of.namespaces {
            self.namespaces.entry(kind).or_insert(seen);
        }
        self.untold_sockets = self.untold_sockets.take().or(of.untold_sockets);
        self.untold_namespaces = self.untold_namespaces.take().or(of.untold_namespaces);
        self.programs.extend(of.programs);
        self.libraries.extend(of.libraries);
        self.configuration.extend(of.configuration);
        self.unseen.extend(of.unseen);
    }

    /// It makes or joins namespaces of this kind.
    fn add_namespace(&mut self, kind: &str, seen: &Seen) {
        if let (Some(kind), Some(act)) = (set::namespace(kind), Act::named("namespaces")) {
            self.namespaces.entry(kind).or_insert_with(|| seen.clone());
            self.place(act, seen.clone());
        }
    }

    fn add_function(&mut self, file: &str, name: &str) {
        let known = self.functions.get(name);
        let acts = Act::of_function(name);
        // what one file has told of it, another one need not have told: it may have said which namespaces it means
        if known.is_some_and(|seen| acts.is_empty() || seen.file == file) {
            return;
        }
        let is_new = known.is_none();
        let seen = Seen { file: file.to_owned(), what: What::Function(name.to_owned()) };
        for act in acts {
            self.add(*act, seen.clone());
        }
        if is_new {
            self.functions.insert(name.to_owned(), seen);
        }
    }
}
