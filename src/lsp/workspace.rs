//! The units of a whole workspace, looked at beside the conversation.

use super::convert::{self, Encoding};
use super::desk::{Desk, Files};
use super::server::Event;
use super::told::{self, Diagnostics, Key};
use crate::engine::{self, Input, Plan, Settings};
use crate::tree::{Entry, Stat, Tree};
use gen_lsp_types::Uri;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

/// A workspace with more directories is somebody's whole disk: what lies beyond them is looked at when it is opened.
const DIRECTORIES: usize = 20_000;

/// Files whose directories are walked so far and no further.
struct Bounded<'t>(&'t Files);

impl Tree for Bounded<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        self.0.head(path, most)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.0.list(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.read_link(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.0.stat(path)
    }

    fn may_walk(&self, seen: usize) -> bool {
        seen < DIRECTORIES
    }
}

/// What was found.
pub(super) struct Scan {
    /// which look it was
    pub(super) number: u64,
    /// the diagnostics of each unit
    pub(super) units: BTreeMap<Key, Diagnostics>,
}

/// Begins a look at all units below some directories; `open` are the documents that have a URI of their own.
pub(super) fn begin(
    number: u64,
    folders: Vec<(Arc<Settings>, PathBuf)>,
    files: Files,
    open: BTreeMap<PathBuf, Uri>,
    encoding: Encoding,
    tell: Sender<Event>,
) {
    thread::spawn(move || {
        let uri = |path: &Path| open.get(path).cloned().unwrap_or_else(|| convert::uri(path));
        let mut units = BTreeMap::new();
        for (settings, folder) in folders {
            let files = Bounded(&files);
            let plan = Plan::make(&files, &[Input::Path(folder)], &Desk::options(&settings));
            let mut all = |findings: &[crate::rule::Finding]| {
                for (key, found) in told::by_unit(findings.iter(), encoding, &uri) {
                    let files: &mut Diagnostics = units.entry(key).or_default();
                    found.into_iter().for_each(|(path, more)| files.entry(path).or_default().extend(more));
                }
            };
            let rest = engine::run(&files, &plan, &settings.session, |report| all(&report.findings));
            all(&rest.findings);
            all(&settings.config.findings);
        }
        // the conversation may be over
        let _ = tell.send(Event::Scanned(Scan { number, units }));
    });
}
