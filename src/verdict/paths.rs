//! Files and directories that a unit names: what is missing there, and what systemd does then.

use super::files::Look;
use super::ruling::{ELSEWHERE, Kind, Ruling};
use super::start::{Start, binds};
use super::step::Step;
use crate::evidence::system::SEARCH_PATH;
use crate::host::Namespace;
use crate::tree::NodeKind;
use crate::unit::Entry;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

fn stat(path: &str) -> String {
    format!("stat() of {path}")
}

impl Start<'_> {
    /// Nobody can tell what is at a path.
    pub(super) fn unseen(&self, path: &str) -> Ruling {
        match self.files.are_elsewhere() && !path.contains('%') {
            true => Ruling::unknown(ELSEWHERE),
            false => Ruling::unknown(format!("nobody can tell whether there is {path}")),
        }
    }

    /// The paths that a directive rearranges: a missing one is fatal unless it is marked with a minus sign.
    pub(super) fn paths(&self, entry: &Entry<'_>, id: KeyId) -> Ruling {
        if self.mounts().kind != super::ruling::Kind::Enforced {
            // nothing is looked for without a namespace, and what becomes of that is told there
            return Ruling::enforced("", "");
        }
        let from = |text: &str| -> Vec<(bool, String)> {
            let one = |word: &str| {
                let optional = word.starts_with(['-']) || word.starts_with("+-");
                (optional, word.trim_start_matches(['-', '+']).to_owned())
            };
            match id {
                key::BIND_PATHS | key::BIND_READ_ONLY_PATHS => {
                    let optional = text.split_whitespace().map(|w| w.starts_with('-'));
                    optional.zip(binds(text)).map(|(optional, (from, _))| (optional, from.to_owned())).collect()
                }
                key::MOUNT_IMAGES | key::EXTENSION_IMAGES | key::EXTENSION_DIRECTORIES => {
                    text.split_whitespace().map(|w| one(w.split(':').next().unwrap_or(w))).collect()
                }
                key::ROOT_IMAGE | key::ROOT_MSTACK => vec![one(text)],
                key::IO_DEVICE_WEIGHT | key::BLOCK_IO_DEVICE_WEIGHT => {
                    text.split_whitespace().take(1).map(|w| (true, w.to_owned())).collect()
                }
                _ if id.key().name().ends_with("Paths") || id.key().name().ends_with("Directories") => {
                    text.split_whitespace().map(one).collect()
                }
                _ => Vec::new(),
            }
        };
        let words = from(entry.text());
        if words.iter().any(|(_, path)| path.contains(['"', '\'', '\\'])) {
            return Ruling::unknown("nobody can tell which paths that are");
        }
        let roots = [key::ROOT_DIRECTORY, key::ROOT_IMAGE, key::ROOT_MSTACK];
        let elsewhere = !roots.contains(&id) && roots.iter().any(|k| self.is_set(*k));
        let mut there = 0;
        let mut gone = None;
        for (optional, path) in &words {
            match self.found(path) {
                _ if elsewhere => return Ruling::unknown("nobody can tell which paths the root of the unit has"),
                Look::There(_) => there += 1,
                Look::Missing if *optional => gone = Some(path),
                Look::Missing => {
                    let reason = format!("there is no {path}, and no minus sign before it");
                    return Ruling::refused(Step::Namespaces, reason, stat(path));
                }
                Look::Unknown => return self.unseen(path),
            }
        }
        match gone {
            Some(path) if there == 0 => Ruling::skipped(format!("there is no {path}"), stat(path)),
            Some(path) => Ruling::enforced(format!("all but {path} is there"), stat(path)),
            None => Ruling::enforced("", ""),
        }
    }

    pub(super) fn root_directory(&self, entry: &Entry<'_>) -> Ruling {
        let path = entry.text();
        if path == "/" {
            return Ruling::unknown(
                "nobody can tell whether this systemd takes the root that there is for another one",
            );
        }
        let apart = *self.unit.value(key::MOUNT_APIVFS) != Value::Bool(false);
        let missing = self.found(path).is_missing();
        if apart {
            let mounts = self.mounts();
            return match missing && mounts.holds() {
                true => Ruling::refused(Step::Namespaces, format!("there is no {path}"), stat(path)),
                false => mounts,
            };
        }
        if missing {
            return Ruling::refused(Step::Chroot, format!("there is no {path}"), stat(path));
        }
        let may = self.with("CAP_SYS_CHROOT", Step::Chroot);
        match self.mounts() {
            mounts if !mounts.holds() => may,
            _ => Ruling::unknown("nobody can tell whether the unit has a mount namespace for other reasons"),
        }
    }

    pub(super) fn working_directory(&self, entry: &Entry<'_>) -> Ruling {
        let (optional, path) = match entry.text().strip_prefix('-') {
            Some(path) => (true, path),
            None => (false, entry.text()),
        };
        if path == "~" {
            return Ruling::unknown("nobody can tell where the home directory is");
        }
        if self.is_set(key::ROOT_DIRECTORY) || self.is_set(key::ROOT_IMAGE) || self.is_set(key::ROOT_MSTACK) {
            return Ruling::unknown("nobody can tell what is in the root of the unit");
        }
        if self.is_made(path) {
            return Ruling::enforced("the unit makes it", "");
        }
        match self.found(path) {
            look if look.is_directory() => Ruling::enforced("the directory is there", stat(path)),
            Look::Unknown => self.unseen(path),
            _ if optional => Ruling::skipped(format!("there is no directory {path}"), stat(path)),
            _ => Ruling::refused(Step::Directory, format!("there is no directory {path}"), stat(path)),
        }
    }

    /// Whether a path is in a directory that systemd makes for the unit.
    fn is_made(&self, path: &str) -> bool {
        let made = [
            (key::RUNTIME_DIRECTORY, "/run/"),
            (key::STATE_DIRECTORY, "/var/lib/"),
            (key::CACHE_DIRECTORY, "/var/cache/"),
            (key::LOGS_DIRECTORY, "/var/log/"),
        ];
        let name_of = |top: &str| path.strip_prefix(top).and_then(|below| below.split('/').next());
        let by_unit = made.iter().any(|(id, top)| {
            let Value::List(names) = self.unit.value(*id) else { return false };
            name_of(top).is_some_and(|name| names.iter().any(|n| n.split(['/', ':']).next() == Some(name)))
        });
        by_unit
            || [key::TEMPORARY_FILE_SYSTEM, key::BIND_PATHS, key::BIND_READ_ONLY_PATHS].iter().any(|k| self.is_set(*k))
    }

    /// A file that the manager reads before it starts anything.
    pub(super) fn needed_file(&self, entry: &Entry<'_>, step: Step) -> Ruling {
        let (optional, path) = match entry.text().strip_prefix('-') {
            Some(path) => (true, path),
            None => (false, entry.text()),
        };
        if path.contains(['*', '?', '[', '%']) {
            return Ruling::unknown("nobody can tell which files that are");
        }
        match self.found(path) {
            Look::There(_) => Ruling::enforced("the file is there", stat(path)),
            Look::Missing if optional => Ruling::skipped(format!("there is no {path}"), stat(path)),
            Look::Missing => Ruling::refused(step, format!("there is no {path}"), stat(path)),
            Look::Unknown => self.unseen(path),
        }
    }

    /// A credential from a file; one that is set in the unit stands in for it.
    pub(super) fn credential(&self, entry: &Entry<'_>) -> Ruling {
        let (name, path) = entry.text().split_once(':').unwrap_or((entry.text(), ""));
        if !path.starts_with('/') {
            return Ruling::enforced("what is not handed to the manager is left out", "");
        }
        let own = self.own_credentials();
        if !own.holds() {
            return own;
        }
        let set = self.unit.counted(key::SET_CREDENTIAL).any(|e| e.text().split(':').next() == Some(name));
        match self.found(path) {
            Look::There(_) => Ruling::enforced("the file is there", stat(path)),
            Look::Missing if set => {
                Ruling::skipped(format!("there is no {path}, SetCredential= stands in"), stat(path))
            }
            Look::Missing => Ruling::refused(Step::Credentials, format!("there is no {path}"), stat(path)),
            Look::Unknown => self.unseen(path),
        }
    }

    /// Credentials are put together in a mount namespace; where there may be none at all, nothing comes of them.
    pub(super) fn own_credentials(&self) -> Ruling {
        let made = self.namespace(Namespace::Mount, Step::Credentials);
        if made.kind == Kind::Refused { made } else { Ruling::enforced("systemd does it itself", "") }
    }

    /// Files of the standard streams: an output is made, but not its directory.
    pub(super) fn stream(&self, entry: &Entry<'_>, id: KeyId) -> Ruling {
        let (word, path) = entry.text().split_once(':').unwrap_or((entry.text(), ""));
        if word == "tty" || word.starts_with("tty-") {
            return Ruling::unknown("nobody can tell whether the terminal can be had");
        }
        if !path.starts_with('/') {
            return Ruling::enforced("systemd connects it", "");
        }
        let (step, needed) = match id {
            key::STANDARD_INPUT => (Step::Input, path),
            key::STANDARD_OUTPUT => (Step::Output, parent(path)),
            _ => (Step::ErrorOutput, parent(path)),
        };
        if self.is_made(path) {
            return Ruling::enforced("the unit makes its directory", "");
        }
        match self.found(needed) {
            Look::There(_) => Ruling::enforced("it is there", stat(needed)),
            Look::Missing => Ruling::refused(step, format!("there is no {needed}"), stat(needed)),
            Look::Unknown => self.unseen(needed),
        }
    }

    pub(super) fn open_file(&self, entry: &Entry<'_>) -> Ruling {
        let mut parts = entry.text().split(':');
        let path = parts.next().unwrap_or_default();
        let graceful = parts.any(|p| p.split(',').any(|o| o == "graceful"));
        match self.found(path) {
            Look::There(_) => Ruling::enforced("it is there", stat(path)),
            Look::Missing if graceful => Ruling::skipped(format!("there is no {path}"), stat(path)),
            Look::Missing => Ruling::refused(Step::Descriptors, format!("there is no {path}"), stat(path)),
            Look::Unknown => self.unseen(path),
        }
    }

    pub(super) fn pam(&self, entry: &Entry<'_>) -> Ruling {
        let name = entry.text();
        if self.unit.value(key::USER).is_empty() && !self.is_user() {
            return Ruling::unknown("nobody can tell what the modules do");
        }
        match self.found(&format!("/etc/pam.d/{name}")) {
            Look::There(_) => Ruling::unknown("nobody can tell what the modules do"),
            _ => Ruling::unknown(format!("there is no /etc/pam.d/{name}: what /etc/pam.d/other says counts")),
        }
    }

    /// The programs of a line; one whose failure is ignored may be missing.
    pub(super) fn program(&self, entry: &Entry<'_>, id: KeyId) -> Ruling {
        let elsewhere = [key::ROOT_DIRECTORY, key::ROOT_IMAGE, key::ROOT_MSTACK, key::EXTENSION_DIRECTORIES];
        let moved = [
            key::EXTENSION_IMAGES,
            key::MOUNT_IMAGES,
            key::BIND_PATHS,
            key::BIND_READ_ONLY_PATHS,
            key::TEMPORARY_FILE_SYSTEM,
        ];
        if elsewhere.iter().chain(&moved).any(|k| self.is_set(*k)) {
            return Ruling::unknown("nobody can tell which programs the unit sees");
        }
        for line in crate::vocab::command::lines(entry.text(), self.unit.target.model) {
            let name = line.program();
            let path = match name.starts_with('/') {
                true => Some(name.to_owned()),
                false if self.is_set(key::EXEC_SEARCH_PATH) || name.contains('%') => None,
                false => {
                    let here = SEARCH_PATH.iter().map(|dir| format!("{dir}/{name}"));
                    here.clone().find(|p| matches!(self.found(p), Look::There(_))).or_else(|| {
                        here.clone().all(|p| self.found(&p).is_missing()).then(|| format!("/usr/bin/{name}"))
                    })
                }
            };
            let Some(path) = path else { return Ruling::unknown(format!("nobody can tell where {name} is")) };
            let optional = entry.text().trim_start_matches(['@', ':', '+', '!', '|']).starts_with('-');
            match self.found(&path) {
                Look::There(s) if s.kind == NodeKind::File && s.mode & 0o111 != 0 => {}
                Look::Unknown => return self.unseen(&path),
                _ if optional => return Ruling::skipped(format!("there is no program {path}"), stat(&path)),
                // what runs before or after the program decides without a status of its own
                _ if id == key::EXEC_START => {
                    return Ruling::refused(Step::Program, format!("there is no program {path}"), stat(&path));
                }
                _ if matches!(id, key::EXEC_START_PRE | key::EXEC_CONDITION) => {
                    return Ruling::refused(Step::Helper, format!("there is no program {path}"), stat(&path));
                }
                _ => return Ruling::skipped(format!("there is no program {path}"), stat(&path)),
            }
        }
        Ruling::enforced("the program is there", "")
    }
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((dir, _)) => dir,
    }
}
