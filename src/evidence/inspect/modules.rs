//! The modules that scripts ask for, and where an interpreter looks for them.

use super::{Role, Walk};
use crate::evidence::knowledge::{self, Language};
use crate::evidence::system::System;
use crate::evidence::{Seen, What};
use crate::tree::NodeKind;
use std::collections::BTreeSet;

/// Modules of Python that are part of the program or of its libraries in other files than their names say.
const PYTHON_ITSELF: [&str; 30] = [
    "sys",
    "time",
    "math",
    "gc",
    "itertools",
    "marshal",
    "posix",
    "errno",
    "builtins",
    "signal",
    "atexit",
    "faulthandler",
    "zlib",
    "select",
    "fcntl",
    "array",
    "binascii",
    "cmath",
    "grp",
    "pwd",
    "spwd",
    "syslog",
    "termios",
    "resource",
    "unicodedata",
    "mmap",
    "readline",
    "zipimport",
    "xxlimited",
    "__future__",
];
/// Directories that versions of Python have their own below.
const PYTHON_BASES: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"];

/// Where the scripts of a unit find what they ask for.
#[derive(Default)]
pub(super) struct Imports {
    /// directories beside those of the language: of the programs themselves, and what they add
    dirs: BTreeSet<String>,
    /// a program or the unit adds directories that only a run would tell
    pub(super) is_moved: bool,
    /// the scripts that are programs
    programs: BTreeSet<String>,
    /// what was not found
    missing: BTreeSet<String>,
}

impl Imports {
    /// A program begins, run by an interpreter. One of another place has modules of its own.
    pub(super) fn begin(&mut self, script: &str, interpreter: &str) {
        self.is_moved |=
            interpreter.starts_with('/') && !interpreter.starts_with("/usr/bin/") && !interpreter.starts_with("/bin/");
        self.dirs.insert(directory(script).to_owned());
        self.programs.insert(script.to_owned());
    }

    /// Whether a script is a program.
    pub(super) fn is_program(&self, script: &str) -> bool {
        self.programs.contains(script)
    }

    /// What a script does to the directories that are searched; `None` where only a run would tell.
    pub(super) fn search(&mut self, dirs: Option<Vec<String>>) {
        self.is_moved |= dirs.is_none();
        self.dirs.extend(dirs.into_iter().flatten());
    }
}

/// Where the Python of a system keeps its modules (library/sys_path_init).
pub(super) struct Python {
    /// its own
    library: Vec<String>,
    /// those of others
    sites: Vec<String>,
}

impl Python {
    pub(super) fn of(system: &System<'_>) -> Self {
        let mut sites = vec!["/usr/lib/python3/dist-packages".to_owned()];
        let mut library = Vec::new();
        for base in PYTHON_BASES {
            for name in system.names(base).iter().filter(|n| n.starts_with("python3.")) {
                let dir = format!("{base}/{name}");
                sites.extend(["dist-packages", "site-packages"].map(|d| format!("{dir}/{d}")));
                library.extend([format!("{dir}/lib-dynload"), dir]);
            }
        }
        // files that name more directories
        for site in sites.clone() {
            for name in system.names(&site).iter().filter(|n| n.ends_with(".pth")) {
                let text = system.look(&format!("{site}/{name}")).found().and_then(|n| system.head(&n, 1 << 16));
                let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
                let lines = text
                    .lines()
                    .map(str::trim)
                    .filter(|l| !l.is_empty() && !l.starts_with("import") && !l.starts_with('#'));
                sites.extend(lines.map(|l| if l.starts_with('/') { l.to_owned() } else { format!("{site}/{l}") }));
            }
        }
        Self { library, sites }
    }
}

/// Where the Perl of a system keeps its modules.
pub(super) struct Perl {
    /// its own
    library: Vec<String>,
    /// those of others
    sites: Vec<String>,
}

impl Perl {
    pub(super) fn of(system: &System<'_>) -> Self {
        let below = |dir: &str, part: &str| -> Vec<String> {
            system.names(dir).iter().filter(|n| n.contains(part)).map(|n| format!("{dir}/{n}")).collect()
        };
        let mut library = below("/usr/share/perl", "5.");
        let mut sites = ["/usr/share/perl5", "/usr/local/share/perl5"].map(str::to_owned).to_vec();
        for dir in ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"] {
            library.extend(below(&format!("{dir}/perl"), "5."));
            library.extend(below(dir, "perl-base"));
            // those with a part in C
            sites.extend(below(&format!("{dir}/perl5"), "5."));
        }
        Self { library, sites }
    }
}

impl Walk<'_, '_> {
    /// A module that a script asks for, and whether it needs it. Those of the language itself do what their names say.
    pub(super) fn module(&mut self, by: &str, module: &str, is_needed: bool, language: Language) {
        for act in knowledge::module(language, module) {
            self.evidence.add(act, Seen { file: by.to_owned(), what: What::Library(module.to_owned()) });
        }
        let is_found = match language {
            Language::Python => self.python_module(by, module),
            Language::Perl => self.perl_module(by, module),
            Language::JavaScript => self.node_module(by, module),
            _ => true,
        };
        if is_found {
            return;
        }
        let why = format!("{module}, which {by} asks for, is not there to be looked at");
        // a service without what it needs would be none: it is somewhere else
        if !self.inspector.system.is_whole() || (is_needed && self.imports.is_program(by)) {
            self.doubt(why);
        } else if self.role != Role::Companion {
            self.imports.missing.insert(why);
        }
    }

    /// What was not found is not there, and who asks for it goes without it or ends; but for directories that nobody knows.
    pub(super) fn missing_modules(&mut self) {
        let is_set = |name: &&str| self.variables.contains_key(*name);
        if self.imports.is_moved || ["PYTHONPATH", "PYTHONHOME", "PERL5LIB", "PERL5OPT"].iter().any(is_set) {
            self.evidence.unseen.append(&mut self.imports.missing);
        }
    }

    /// Whether a module of Python is part of it, or was found and is looked at.
    fn python_module(&mut self, by: &str, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or_default();
        if matches!(top, "ctypes" | "_ctypes" | "cffi") {
            self.doubt(format!("{by} calls functions of any library by {top}"));
        }
        if top.is_empty() || PYTHON_ITSELF.contains(&top) {
            return true;
        }
        let python = self.inspector.python.get_or_init(|| Python::of(self.inspector.system));
        if python.library.iter().any(|dir| !self.python_files(dir, top).is_empty()) {
            return true;
        }
        let dirs = [directory(by)].into_iter().chain(self.imports.dirs.iter().map(String::as_str));
        let found = dirs
            .chain(python.sites.iter().map(String::as_str))
            .find_map(|dir| Some(self.python_files(dir, top)).filter(|all| !all.is_empty()));
        let Some(found) = found else { return false };
        for path in found {
            let Some(node) = self.look(&path).found().filter(|n| self.seen.insert(n.path.clone())) else { continue };
            match node.stat.kind {
                NodeKind::Directory => self.parts_of(&path, 2),
                _ if path.ends_with(".so") => {
                    self.seen.remove(&node.path);
                    self.waiting.push((path, Vec::new(), Role::Plugin));
                }
                _ => {
                    if let Some(text) = self.text(&node) {
                        self.script(&node.path, &text, Language::Python, "");
                    }
                }
            }
        }
        true
    }

    /// What a module of Python consists of in a directory: a file, a package, a library.
    fn python_files(&self, dir: &str, top: &str) -> Vec<String> {
        let file = format!("{dir}/{top}.py");
        if self.look(&file).found().is_some_and(|n| n.stat.kind == NodeKind::File) {
            return vec![file];
        }
        let package = format!("{dir}/{top}");
        if self.look(&package).found().is_some_and(|n| n.stat.kind == NodeKind::Directory) {
            return vec![package];
        }
        let is_part =
            |name: &&String| name.ends_with(".so") && name.strip_prefix(top).is_some_and(|n| n.starts_with('.'));
        self.inspector.system.names(dir).iter().filter(is_part).map(|n| format!("{dir}/{n}")).collect()
    }

    /// Whether a module of Perl is part of it, or was found and is looked at.
    fn perl_module(&mut self, by: &str, module: &str) -> bool {
        // a pragma
        if !module.starts_with(|c: char| c.is_ascii_uppercase()) {
            return true;
        }
        let perl = self.inspector.perl.get_or_init(|| Perl::of(self.inspector.system));
        let below = module.replace("::", "/");
        let find = |dir: &String| {
            let found = self.look(&format!("{dir}/{below}.pm")).found();
            found.filter(|n| n.stat.kind == NodeKind::File).map(|n| (dir.clone(), n))
        };
        if perl.library.iter().any(|dir| find(dir).is_some()) {
            return true;
        }
        let by = directory(by).to_owned();
        let found = perl.sites.iter().chain(&self.imports.dirs).chain([&by]).find_map(find);
        let Some((dir, node)) = found else { return false };
        if self.seen.insert(node.path.clone()) {
            if let Some(text) = self.text(&node) {
                self.script(&node.path, &text, Language::Perl, "");
            }
            let name = below.rsplit('/').next().unwrap_or_default();
            let library = format!("{dir}/auto/{below}/{name}.so");
            if self.look(&library).found().is_some() {
                self.waiting.push((library, Vec::new(), Role::Plugin));
            }
        }
        true
    }

    /// The files of a package of Python: what it asks for in itself is relative.
    fn parts_of(&mut self, dir: &str, depth: usize) {
        for name in self.inspector.system.names(dir).iter() {
            let path = format!("{dir}/{name}");
            let Some(node) = self.look(&path).found() else { continue };
            match node.stat.kind {
                NodeKind::File if name.ends_with(".py") && self.seen.insert(node.path.clone()) => {
                    if self.is_too_much() {
                        return;
                    }
                    if let Some(text) = self.text(&node) {
                        self.script(&node.path, &text, Language::Python, "");
                    }
                }
                NodeKind::File if name.ends_with(".so") => self.waiting.push((path, Vec::new(), Role::Plugin)),
                NodeKind::Directory if depth > 0 && name != "tests" && name != "test" => {
                    self.parts_of(&path, depth - 1)
                }
                _ => {}
            }
        }
    }
}

pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}
