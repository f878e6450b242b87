//! Programs: their libraries, what came with them, what they load.

use super::{COMMON, MANY_TOGETHER, Role, Walk, ancestors, base, is_library};
use crate::evidence::elf::{Build, Elf, Machine};
use crate::evidence::linker::Linker;
use crate::evidence::packages::Packages;
use crate::evidence::system::Node;
use crate::evidence::{Act, Evidence, Seen, What, knowledge};
use crate::tree::NodeKind;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Words of protocols and query languages, which are names of privileged programs as well.
const REQUESTS: [&str; 4] = ["ping", "locate", "expiry", "atq"];

/// What lies below /usr/lib and /usr/libexec and is nobody's own, as it begins.
const SHARED: [&str; 30] = [
    "x86_64-",
    "i386-",
    "aarch64-",
    "arm-",
    "riscv64-",
    "python",
    "perl",
    "ruby",
    "node",
    "php",
    "lua",
    "jvm",
    "java",
    "gcc",
    "locale",
    "modules",
    "firmware",
    "systemd",
    "udev",
    "debug",
    "ssl",
    "sasl2",
    "terminfo",
    "pkgconfig",
    "mime",
    "apt",
    "dpkg",
    "rpm",
    "lsb",
    "init",
];

impl Walk<'_, '_> {
    pub(super) fn elf(&mut self, node: &Node, path: &str, role: Role) {
        let Some(elf) = self.inspector.elf(node) else {
            self.doubt(format!("{path} is too large or damaged to be looked into"));
            return;
        };
        if elf.build == Build::Opaque {
            self.doubt(format!("{path} is packed or damaged"));
            return;
        }
        if elf.machine == Machine::X86 {
            let seen = Seen { file: path.to_owned(), what: What::Setting("code for 32-bit x86".into()) };
            self.evidence.add_named("foreign-code", seen);
        }
        if role != Role::Plugin {
            self.evidence.programs.insert(node.path.clone());
        }
        let mut files = vec![(node.path.clone(), elf.clone())];
        self.libraries(&node.path, &elf, role, &mut files);
        for (file, elf) in files.clone() {
            let is_chosen = file == node.path && knowledge::chosen(base(&file)).is_some();
            let mut harmless = knowledge::harmless(base(&file)).peekable();
            if !is_chosen && harmless.peek().is_none() {
                elf.tell(&file, &mut self.evidence);
                continue;
            }
            let mut own = Evidence::default();
            elf.tell(&file, &mut own);
            own.drop(harmless);
            if is_chosen {
                // its arguments are known when all has been seen
                self.chosen.push((file, own));
            } else {
                self.evidence.join(own);
            }
        }
        let starts = files.iter().any(|(_, e)| e.starts_programs());
        self.starts |= starts && role != Role::Companion;
        let loads = files.iter().any(|(_, e)| e.loads_code());
        let is_python = files.iter().any(|(_, e)| e.needed.iter().any(|n| n.starts_with("libpython")));
        for (file, elf) in &files {
            let harmless = knowledge::harmless(base(file)).next().is_some();
            for path in elf.paths.iter().filter(|_| !harmless) {
                let is_configuration = path.starts_with("/etc/");
                // what a program that is only named may run is too far away
                let starts = starts && !matches!(role, Role::Named | Role::Companion);
                if is_configuration || starts || (loads && is_library(path)) {
                    self.follow(file, path);
                }
                if loads && !path.contains('%') {
                    self.plugins_in(path, is_python);
                }
            }
            if starts {
                self.privileged_words(file, elf);
            }
        }
        if role != Role::Plugin {
            let named: BTreeSet<String> =
                files.iter().flat_map(|(_, e)| &e.paths).map(|p| p.trim_end_matches('/').to_owned()).collect();
            self.companions(&node.path, &named, starts, loads);
        }
        let asks = |function| files.iter().any(|(_, e)| e.imports(function));
        if asks("pam_start") {
            self.pam(base(path), asks("pam_open_session"));
        }
        // a program that makes the surroundings of a login and starts something in them
        let login = ["LOGNAME", "SHELL"].iter().all(|w| elf.words.contains(*w));
        if login && elf.starts_programs() && elf.imports.iter().any(|f| f == "initgroups" || f == "setgroups") {
            let seen =
                Seen { file: node.path.clone(), what: What::Call("programs with SHELL and LOGNAME of a user".into()) };
            self.evidence.add_named("run-anything", seen);
        }
    }

    /// The libraries that a file needs; those that have to be looked into as well are added.
    fn libraries(&mut self, path: &str, elf: &Arc<Elf>, role: Role, files: &mut Vec<(String, Arc<Elf>)>) {
        let mut waiting = vec![(path.to_owned(), elf.clone())];
        while let Some((file, elf)) = waiting.pop() {
            for name in &elf.needed {
                let seen = Seen { file: file.clone(), what: What::Library(name.clone()) };
                self.evidence.add_families(name, &seen);
                Act::of_library(name).for_each(|act| self.evidence.add(act, seen.clone()));
                let is_whole = knowledge::is_whole(name);
                if is_whole && matches!(self.role, Role::Command | Role::Main) {
                    self.doubt(format!("what {file} does by {name} is not looked into"));
                }
                if is_whole || knowledge::is_understood(name) {
                    self.evidence.libraries.insert(name.clone());
                    continue;
                }
                let linker = self.inspector.linker.get_or_init(|| Linker::of(self.inspector.system));
                let Some(node) = linker.find(self.inspector.system, name, &elf, &file) else {
                    // what may be loaded cannot be where a library is missing, but for directories that nobody knows
                    let is_moved = self.variables.contains_key("LD_LIBRARY_PATH");
                    if role != Role::Plugin || is_moved || !self.inspector.system.is_whole() {
                        self.doubt(format!("{name}, which {file} needs, is not there to be looked at"));
                    }
                    continue;
                };
                self.evidence.libraries.insert(name.clone());
                if !self.seen.insert(node.path.clone()) {
                    continue;
                }
                if let Some(library) = self.inspector.elf(&node) {
                    files.push((node.path.clone(), library.clone()));
                    waiting.push((node.path, library));
                }
            }
        }
    }

    /// Names of privileged programs among the words of a program.
    pub(super) fn privileged_words(&mut self, file: &str, elf: &Elf) {
        let means_more = |w: &&String| COMMON.contains(&w.as_str()) || REQUESTS.contains(&w.as_str());
        for name in elf.words.iter().filter(|w| !means_more(w)) {
            if knowledge::switches_user(name) && self.find(name).is_some() {
                self.doubt(format!("{file} may run {name}, and what that does is not told"));
            }
            let known = knowledge::program(name, &[]).unwrap_or_default();
            let is_known = known.iter().any(|a| a.name() == "setuid-programs") && self.find(name).is_some();
            if is_known || self.inspector.privileged().contains(name) {
                self.privileged_program(name, file);
            }
        }
    }

    /// A program with other rights than the one that runs it: these are lost without new privileges. What it does is seen.
    pub(super) fn privileged_program(&mut self, name: &str, by: &str) {
        self.evidence.add_named("setuid-programs", Seen { file: by.to_owned(), what: What::Command(name.to_owned()) });
        self.command(name, &[], by, Role::Command);
    }

    /// What came with a program and is its own: helpers, where it starts programs, and plugins, where it loads them. Other packages
    /// may add helpers to a directory that it knows.
    fn companions(&mut self, program: &str, named: &BTreeSet<String>, starts: bool, loads: bool) {
        if starts {
            let private = |d: &&String| {
                let place = ["/usr/lib/", "/usr/libexec/"].iter().find_map(|top| d.strip_prefix(top));
                place.is_some_and(|p| !p.is_empty() && !SHARED.iter().any(|shared| p.starts_with(shared)))
            };
            named.iter().filter(private).for_each(|dir| self.helpers_below(dir, program, 3));
        }
        let packages = self.inspector.packages.get_or_init(|| Packages::of(self.inspector.system));
        // the program knows the directory
        let private = |p: &&str| {
            (p.starts_with("/usr/lib/") || p.starts_with("/usr/libexec/")) && ancestors(p).any(|d| named.contains(d))
        };
        let all: Vec<String> = packages.files_with(program).filter(private).map(str::to_owned).collect();
        for path in all.into_iter().take(4 * MANY_TOGETHER) {
            let library = is_library(&path);
            if (library && !loads) || (!library && !starts) {
                continue;
            }
            let Some(node) = self.look(&path).found().filter(|n| n.stat.kind == NodeKind::File && n.path == path)
            else {
                continue;
            };
            if library {
                self.waiting.push((path, Vec::new(), Role::Plugin));
            } else if node.stat.mode & 0o111 != 0 {
                self.command(&path, &[], program, Role::Companion);
            }
        }
    }

    /// The programs in a directory that a program names, and in those below it.
    fn helpers_below(&mut self, dir: &str, program: &str, depth: usize) {
        let is_new = self.look(dir).found().is_some_and(|n| n.stat.kind == NodeKind::Directory && n.path == dir)
            && self.seen.insert(format!("{dir}/"));
        if !is_new {
            return;
        }
        for name in self.inspector.system.names(dir).iter().take(MANY_TOGETHER) {
            let path = format!("{dir}/{name}");
            match self.look(&path).found().map(|n| n.stat) {
                Some(stat) if stat.kind == NodeKind::Directory && depth > 0 => {
                    self.helpers_below(&path, program, depth - 1)
                }
                Some(stat) if stat.kind == NodeKind::File && stat.mode & 0o111 != 0 && !is_library(name) => {
                    self.command(&path, &[], program, Role::Companion)
                }
                _ => {}
            }
        }
    }

    /// The plugins in a directory that a program names. Modules of Python are for Python alone.
    pub(super) fn plugins_in(&mut self, path: &str, is_python: bool) {
        let path = path.trim_end_matches('/');
        let is_private =
            path.starts_with("/usr/lib/") && path.matches('/').count() > 3 || path.starts_with("/usr/libexec/");
        if !is_private
            || self.look(path).found().is_none_or(|n| n.stat.kind != NodeKind::Directory)
            || !self.seen.insert(path.to_owned())
        {
            return;
        }
        let names = self.inspector.system.names(path);
        let is_plugin = |name: &&String| is_library(name) && (is_python || !name.contains(".cpython-"));
        for name in names.iter().filter(is_plugin).take(MANY_TOGETHER) {
            self.waiting.push((format!("{path}/{name}"), Vec::new(), Role::Plugin));
        }
    }

    /// The modules of PAM that work for a service: those for sessions where it opens one (pam.conf(5)).
    pub(super) fn pam(&mut self, service: &str, sessions: bool) {
        let mut names = BTreeSet::new();
        for file in [service, "common-auth", "common-account", "common-session", "system-auth", "password-auth"] {
            let Some(text) = self.look(&format!("/etc/pam.d/{file}")).found().and_then(|n| self.text(&n)) else {
                continue;
            };
            names.extend(pam_modules(&text, sessions).map(str::to_owned));
        }
        for name in names {
            if knowledge::is_understood(&name) {
                let seen = Seen { file: format!("/etc/pam.d/{service}"), what: What::Library(name.clone()) };
                Act::of_library(&name).for_each(|act| self.evidence.add(act, seen.clone()));
                continue;
            }
            let dirs = [
                "/usr/lib/x86_64-linux-gnu/security",
                "/usr/lib/aarch64-linux-gnu/security",
                "/usr/lib64/security",
                "/usr/lib/security",
            ];
            let found = dirs.iter().map(|d| format!("{d}/{name}")).find(|p| self.look(p).found().is_some());
            self.waiting.extend(found.map(|p| (p, Vec::new(), Role::Plugin)));
        }
    }
}

/// The modules that a file of pam.d names; those of sessions where one is opened.
fn pam_modules(text: &str, sessions: bool) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim_start).filter(|l| !l.starts_with('#'));
    let is_session =
        |l: &str| l.trim_start_matches('-').get(..7).is_some_and(|kind| kind.eq_ignore_ascii_case("session"));
    let counts = lines.filter(move |l| sessions || !is_session(l));
    counts.flat_map(str::split_whitespace).filter(|word| word.starts_with("pam_"))
}

#[cfg(test)]
mod tests {
    use super::pam_modules;

    #[test]
    fn modules_of_sessions_are_for_those() {
        let text = "# auth pam_a.so\nauth [success=1 default=ignore] pam_unix.so nullok\n@include common-account\n-Session optional pam_systemd.so\n account required pam_nologin.so\n";
        assert_eq!(pam_modules(text, false).collect::<Vec<_>>(), ["pam_unix.so", "pam_nologin.so"]);
        assert_eq!(pam_modules(text, true).collect::<Vec<_>>(), ["pam_unix.so", "pam_systemd.so", "pam_nologin.so"]);
    }
}
