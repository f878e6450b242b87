//! The files that a unit names, on the machine that would run it: only looked at, never opened.

use crate::evidence::System;
use crate::tree::{self, NodeKind, Stat, Tree, Unresolved};
use std::io::ErrorKind;
use std::path::Path;

/// What is at a path.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// it is there
    There(Stat),
    /// it is not
    Missing,
    /// nobody can tell
    Unknown,
}

impl Look {
    /// Whether it is sure not to be there.
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        matches!(self, Self::There(stat) if stat.kind == NodeKind::Directory)
    }
}

/// The files of a system.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// `None` where only facts of the machine are at hand
    system: Option<(&'a dyn Tree, &'a Path)>,
}

impl<'a> Files<'a> {
    /// Those below a root.
    pub fn of(tree: &'a dyn Tree, root: &'a Path) -> Self {
        Self { system: Some((tree, root)) }
    }

    /// Those of the system that a unit belongs to, where all of them are there.
    pub fn of_system(system: &System<'a>) -> Self {
        Self { system: system.whole() }
    }

    /// Nothing is known of them.
    pub fn unknown() -> Self {
        Self { system: None }
    }

    /// Whether there are none to be looked at.
    pub(super) fn are_elsewhere(&self) -> bool {
        self.system.is_none()
    }

    /// What is at an absolute path; links are followed inside the root.
    pub fn look(&self, path: &str) -> Look {
        let Some((tree, root)) = self.system.filter(|_| path.starts_with('/')) else { return Look::Unknown };
        match tree::resolve(tree, root, &root.join(path.trim_start_matches('/'))) {
            Ok(real) => match tree.stat(&real) {
                Ok(stat) => Look::There(stat),
                Err(e) => failed(&e),
            },
            // links below /proc may lead to what has no path
            Err(Unresolved::Missing | Unresolved::Loop) if path.starts_with("/proc/") => Look::Unknown,
            Err(Unresolved::Missing | Unresolved::Loop) => Look::Missing,
            Err(Unresolved::Failed(e)) => failed(&e),
        }
    }
}

fn failed(e: &std::io::Error) -> Look {
    match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Look::Missing,
        _ => Look::Unknown,
    }
}
