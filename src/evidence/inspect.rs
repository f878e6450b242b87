//! From the commands of a unit to everything that they may run: programs, libraries, plugins, scripts, configuration.

use super::elf::{Build, Elf};
use super::knowledge::{self, Language};
use super::linker::Linker;
use super::packages::Packages;
use super::program::tell_path;
use super::shell::{self, Variables};
use super::system::{Look, Node, System};
use super::{Evidence, Seen, What, script, text};
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{command, key};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// Where a program without a slash is looked for.
const SEARCH_PATH: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// A program is no larger.
const LARGE: usize = 60 << 20;
/// A script or a configuration file is no larger.
const LARGE_TEXT: usize = 256 << 10;
/// So many files are looked at for one unit.
const MANY: usize = 600;
/// So many of one directory of plugins or of configuration.
const MANY_TOGETHER: usize = 200;
/// Files and directories that many programs share.
const SHARED: [&str; 53] = [
    "ssl",
    "pam.d",
    "init.d",
    "default",
    "alternatives",
    "ld.so.conf.d",
    "security",
    "skel",
    "systemd",
    "network",
    "cron.d",
    "cron.daily",
    "cron.hourly",
    "logrotate.d",
    "profile.d",
    "X11",
    "apt",
    "dpkg",
    "ca-certificates",
    "gss",
    "krb5.conf.d",
    "python3",
    "perl",
    "terminfo",
    "selinux",
    "apparmor.d",
    "sysctl.d",
    "modprobe.d",
    "tmpfiles.d",
    "udev",
    "dbus-1",
    "pki",
    "crypto-policies",
    "sudoers.d",
    "passwd",
    "group",
    "shadow",
    "gshadow",
    "hosts",
    "host.conf",
    "resolv.conf",
    "nsswitch.conf",
    "services",
    "protocols",
    "fstab",
    "mtab",
    "localtime",
    "shells",
    "hostname",
    "profile",
    "issue",
    "motd",
    "mime.types",
];
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
/// Names of programs that mean something else more often.
const COMMON: [&str; 14] =
    ["su", "at", "mount", "umount", "write", "wall", "passwd", "login", "mail", "ip", "date", "route", "nice", "top"];
/// Words in a configuration that mean the home directories of users.
const HOMES: [&str; 6] = ["~/", "$HOME", "${HOME}", "$home", "public_html", ".forward"];

/// How a file came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// a command runs it
    Command,
    /// something names it
    Named,
    /// a program may load it
    Plugin,
    /// it came with a program that may run it
    Companion,
}

/// Looks at the programs of many units of one system; what was read is kept.
pub struct Inspector<'s> {
    system: &'s System<'s>,
    linker: OnceLock<Linker>,
    packages: OnceLock<Packages>,
    elves: BTreeMap<String, Option<Arc<Elf>>>,
    privileged: OnceLock<BTreeSet<String>>,
}

/// One unit.
struct Walk<'i, 's> {
    inspector: &'i mut Inspector<'s>,
    evidence: Evidence,
    seen: BTreeSet<String>,
    waiting: Vec<(String, Vec<String>, Role)>,
    /// of the scripts and of the unit
    variables: Variables,
    /// of the file that is looked at
    role: Role,
}

impl<'s> Inspector<'s> {
    /// Nothing is read yet.
    pub fn new(system: &'s System<'s>) -> Self {
        Self {
            system,
            linker: OnceLock::new(),
            packages: OnceLock::new(),
            elves: BTreeMap::new(),
            privileged: OnceLock::new(),
        }
    }

    /// What the commands of a unit are.
    pub fn look(&mut self, unit: &Unit) -> Evidence {
        let mut walk = Walk {
            inspector: self,
            evidence: Evidence::default(),
            seen: BTreeSet::new(),
            waiting: Vec::new(),
            variables: Variables::new(),
            role: Role::Command,
        };
        walk.unit(unit);
        while let Some((path, args, role)) = walk.waiting.pop() {
            if walk.seen.len() > MANY {
                walk.evidence.unseen.insert(format!("more than {MANY} files would have to be looked at"));
                break;
            }
            walk.file(&path, &args, role);
        }
        walk.conclude(unit);
        walk.evidence
    }

    fn elf(&mut self, node: &Node) -> Option<Arc<Elf>> {
        if let Some(known) = self.elves.get(&node.path) {
            return known.clone();
        }
        let elf = self.system.head(node, LARGE).and_then(|bytes| Elf::read(&bytes)).map(Arc::new);
        self.elves.insert(node.path.clone(), elf.clone());
        elf
    }

    /// The names of programs that have the setuid or setgid bit.
    fn privileged(&self) -> &BTreeSet<String> {
        self.privileged.get_or_init(|| {
            let mut out = BTreeSet::new();
            for dir in SEARCH_PATH {
                for name in self.system.names(dir) {
                    let found = self.system.look(&format!("{dir}/{name}")).found();
                    if found.is_some_and(|n| n.stat.kind == NodeKind::File && n.stat.mode & 0o6000 != 0) {
                        out.insert(name);
                    }
                }
            }
            out
        })
    }
}

impl Walk<'_, '_> {
    fn look(&self, path: &str) -> Look {
        self.inspector.system.look(path)
    }

    /// Something stays unknown. What came along and is not named anywhere has to be switched on first.
    fn doubt(&mut self, why: String) {
        if self.role != Role::Companion {
            self.evidence.unseen.insert(why);
        }
    }

    fn text(&self, node: &Node) -> Option<String> {
        let bytes = self.inspector.system.head(node, LARGE_TEXT)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unit(&mut self, unit: &Unit) {
        self.environment(unit);
        if unit.has_own_root() {
            self.doubt("the unit has a root directory of its own".into());
        }
        let name = unit.name.to_string();
        for id in command::KEYS {
            let Value::Commands(commands) = unit.value(id) else { continue };
            // what has no sandbox needs none
            for command in commands.iter().filter(|c| !c.full_privileges) {
                if command.shell || command.program.contains('$') {
                    self.evidence
                        .unseen
                        .insert(format!("{}= of {name} runs what a shell or a variable says", id.name()));
                    continue;
                }
                let before = self.evidence.programs.len() + self.waiting.len();
                self.command(&command.program, &command.args, &name, Role::Command);
                let found =
                    self.evidence.programs.len() + self.waiting.len() > before || self.seen.contains(&command.program);
                let tool = knowledge::program(base(&command.program), &command.args).is_some();
                if !found && !tool && !command.ignore_failure {
                    self.doubt(format!("{} is not there to be looked at", command.program));
                }
            }
        }
        for id in [key::ENVIRONMENT_FILE, key::ENVIRONMENT, key::PAM_NAME] {
            let Value::List(list) = unit.value(id) else { continue };
            for word in list {
                for path in text::paths(word) {
                    self.named(&name, path.to_owned());
                }
            }
        }
    }

    /// The variables that the unit sets.
    fn environment(&mut self, unit: &Unit) {
        let list = |id| match unit.value(id) {
            Value::List(list) => list.to_vec(),
            _ => Vec::new(),
        };
        let mut lines: Vec<String> = list(key::ENVIRONMENT).iter().map(|l| (**l).to_owned()).collect();
        for file in list(key::ENVIRONMENT_FILE) {
            let found = self.look(file.trim_start_matches('-')).found();
            lines.extend(found.and_then(|n| self.text(&n)).iter().flat_map(|t| t.lines()).map(str::to_owned));
        }
        for (name, value) in lines.iter().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('=')) {
            self.variables.entry(name.trim().to_owned()).or_default().push(value.trim_matches(['"', '\'']).to_owned());
        }
    }

    /// A program with its arguments, which may be programs and files as well.
    fn command(&mut self, program: &str, args: &[String], by: &str, role: Role) {
        let name = base(program);
        let role = if self.role == Role::Companion { Role::Companion } else { role };
        if let Some(acts) = knowledge::program(name, args) {
            for act in acts {
                self.evidence.add(act, Seen { file: by.to_owned(), what: What::Command(name.to_owned()) });
            }
        } else if let Some(path) = self.find(program) {
            self.waiting.push((path, args.to_vec(), role));
        }
        for arg in args {
            // of an option the value
            for path in text::paths(arg) {
                self.named(by, path.to_owned());
            }
        }
    }

    /// The path of a program.
    fn find(&self, program: &str) -> Option<String> {
        if program.starts_with('/') {
            return Some(program.to_owned()).filter(|p| self.look(p).found().is_some());
        }
        let name = Some(program).filter(|p| !p.contains('/') && !p.is_empty())?;
        SEARCH_PATH.iter().map(|d| format!("{d}/{name}")).find(|p| self.look(p).found().is_some())
    }

    /// A path that something names.
    fn named(&mut self, by: &str, path: String) {
        tell_path(by, &path, &mut self.evidence);
        let path = path.trim_end_matches(['.', ',', ':', '*', '/']).to_owned();
        if path.contains(['%', '*', '@']) || self.seen.contains(&path) {
            return;
        }
        let Some(node) = self.look(&path).found() else { return };
        match node.stat.kind {
            NodeKind::File if path.starts_with("/etc/") && node.stat.mode & 0o111 == 0 => self.configuration(&path),
            NodeKind::File if is_library(&path) && knowledge::is_understood(base(&path)) => {}
            NodeKind::File if is_library(&path) => self.waiting.push((path, Vec::new(), Role::Plugin)),
            NodeKind::File if node.stat.mode & 0o111 != 0 => self.command(&path, &[], by, Role::Named),
            NodeKind::Directory if path.starts_with("/etc/") => self.configuration(&path),
            _ => {}
        }
    }

    fn file(&mut self, path: &str, args: &[String], role: Role) {
        let Some(node) = self.look(path).found().filter(|n| n.stat.kind == NodeKind::File) else { return };
        let name = base(&node.path).to_owned();
        // the name that was used may be another one
        if let Some(acts) = knowledge::program(&name, args).filter(|_| role != Role::Plugin) {
            for act in acts {
                self.evidence.add(act, Seen { file: path.to_owned(), what: What::Command(name.clone()) });
            }
            return;
        }
        let language = knowledge::language(&name);
        if let Some(language) = language.filter(|_| role != Role::Plugin) {
            self.interpreter(&node.path, language, args, role);
            return;
        }
        if !self.seen.insert(node.path.clone()) {
            return;
        }
        self.seen.insert(path.to_owned());
        let head = self.inspector.system.head(&node, 4).unwrap_or_default();
        if head == b"\x7fELF" {
            self.elf(&node, path, role);
        } else if let Some(text) = self.text(&node).filter(|t| t.starts_with("#!")) {
            let line = text.lines().next().unwrap_or_default()[2..].trim().to_owned();
            let mut words = line.split_whitespace().skip_while(|w| base(w) == "env" || w.starts_with('-'));
            let interpreter = base(words.next().unwrap_or_default()).to_owned();
            match knowledge::language(&interpreter) {
                Some(language) => self.script(&node.path, &text, language, &interpreter),
                None => {
                    self.doubt(format!("{path} is a script for {interpreter}, which is not read"));
                }
            }
        } else if role == Role::Command {
            self.doubt(format!("{path} is no program that can be looked into"));
        }
    }

    /// An interpreter: what counts is the script.
    fn interpreter(&mut self, path: &str, language: Language, args: &[String], role: Role) {
        let name = base(path).to_owned();
        if role == Role::Named && args.is_empty() {
            return;
        }
        let mut rest = args.iter();
        let mut code = None;
        let file = loop {
            match rest.next() {
                Some(a) if a == "-c" || a == "-e" => {
                    code = rest.next().cloned();
                    break None;
                }
                Some(a) if a.starts_with('-') => {}
                other => break other.cloned(),
            }
        };
        if let Some(code) = code {
            self.script(path, &code, language, &name);
        } else if let Some(file) = file.filter(|_| language != Language::Other) {
            match self.look(&file).found().and_then(|n| self.text(&n).map(|t| (n.path, t))) {
                Some((real, text)) if self.seen.insert(real.clone()) => self.script(&real, &text, language, &name),
                Some(_) => {}
                None => {
                    self.doubt(format!("{file} is not there to be looked at"));
                }
            }
        } else if role == Role::Command || language != Language::Shell {
            self.runtime(path, &name);
        }
    }

    /// An interpreter whose programs are not read.
    fn runtime(&mut self, path: &str, name: &str) {
        if knowledge::makes_code(name) {
            self.evidence
                .add_named("run-code-it-makes", Seen { file: path.to_owned(), what: What::Command(name.to_owned()) });
        }
        self.evidence.programs.insert(path.to_owned());
        self.doubt(format!("what {name} runs is not looked into"));
    }

    fn script(&mut self, path: &str, text: &str, language: Language, interpreter: &str) {
        self.evidence.programs.insert(path.to_owned());
        if language == Language::Other {
            self.runtime(path, interpreter);
        }
        if knowledge::makes_code(interpreter) {
            self.evidence.add_named(
                "run-code-it-makes",
                Seen { file: path.to_owned(), what: What::Command(interpreter.to_owned()) },
            );
        }
        if language == Language::Shell {
            self.shell(path, text, interpreter);
        } else {
            let script = script::read(text, language);
            if let Some(line) = script::starts(text, language) {
                self.doubt(format!("{path} starts programs that only a run would tell: {line}"));
            }
            for word in &script.words {
                self.evidence.add_word(path, word);
            }
            for module in script.modules {
                self.module(path, &module, language);
            }
        }
        for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
            for found in text::paths(line) {
                self.named(path, found.to_owned());
            }
            if language != Language::Shell {
                self.quoted(path, line);
            }
        }
    }

    /// The commands of a shell script.
    fn shell(&mut self, path: &str, text: &str, interpreter: &str) {
        let read = shell::read(text);
        for (name, values) in read.variables {
            self.variables.entry(name).or_default().extend(values);
        }
        for command in &read.commands {
            // what the unit gives along was looked at there
            if ["$@", "$*", "$1", "${1}", "$0"].contains(&command[0].as_str()) {
                continue;
            }
            let word = command[0].trim_matches('"');
            // the name of a function that is put together
            let begins = word.split('$').next().filter(|b| !b.is_empty());
            if begins.is_some_and(|b| read.functions.iter().any(|f| f.starts_with(b))) || read.functions.contains(word)
            {
                continue;
            }
            let Some(programs) = shell::expand(word, &self.variables, 0) else {
                self.doubt(format!("{path} runs {}, which only a run would tell", command[0]));
                continue;
            };
            for program in programs {
                // a variable may hold options as well
                let mut words = program.split_whitespace().map(str::to_owned);
                let Some(program) = words.next() else { continue };
                let args: Vec<String> = words.chain(command[1..].iter().cloned()).collect();
                if matches!(program.as_str(), "." | "source") {
                    self.sourced(args.first().map_or("", String::as_str), interpreter);
                } else {
                    self.command(&program, &args, path, Role::Named);
                }
            }
        }
    }

    /// A file that a shell reads as part of its script.
    fn sourced(&mut self, path: &str, interpreter: &str) {
        for path in shell::expand(path, &self.variables, 0).unwrap_or_default() {
            let Some(node) = self.look(&path).found().filter(|n| self.seen.insert(n.path.clone())) else { continue };
            if let Some(text) = self.text(&node) {
                self.script(&node.path, &text, Language::Shell, interpreter);
            }
        }
    }

    /// Programs that a script names in quotes.
    fn quoted(&mut self, path: &str, line: &str) {
        for part in line.split(['"', '\'', '`']).skip(1).step_by(2) {
            let Some(name) = part.split_whitespace().next().filter(|n| !n.contains('/')) else { continue };
            // of a common word that stands alone nobody knows what it means
            if COMMON.contains(&name) && part == name {
                continue;
            }
            let is_privileged = self.inspector.privileged().contains(name);
            if is_privileged || knowledge::program(name, &[]).is_some_and(|acts| !acts.is_empty()) {
                self.command(name, &[], path, Role::Named);
            }
            if is_privileged {
                self.evidence
                    .add_named("setuid-programs", Seen { file: path.to_owned(), what: What::Command(name.to_owned()) });
            }
        }
    }

    /// A module that a script asks for. Those of the language itself do what their names say.
    fn module(&mut self, by: &str, module: &str, language: Language) {
        let home = by.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        let own = |dirs: &[&str], part: &str| -> Vec<String> {
            let names =
                |d: &str| self.inspector.system.names(d).into_iter().filter(|n| n.contains(part)).map(move |n| n);
            dirs.iter().flat_map(|d| names(d).map(|n| format!("{d}/{n}")).collect::<Vec<_>>()).collect()
        };
        let (dirs, language_dirs, below, ends): (Vec<String>, Vec<String>, String, &[&str]) = match language {
            Language::Python => {
                let top = module.split('.').next().unwrap_or_default().to_owned();
                if top == "ctypes" || top == "cffi" {
                    self.doubt(format!("{by} calls functions of any library by {top}"));
                }
                if top.is_empty() || PYTHON_ITSELF.contains(&top.as_str()) {
                    return;
                }
                let dirs = vec![home, "/usr/lib/python3/dist-packages".into()];
                (dirs, own(&["/usr/lib"], "python3."), top, &[".py", "/__init__.py"])
            }
            Language::Perl => {
                // a pragma
                if !module.starts_with(|c: char| c.is_ascii_uppercase()) {
                    return;
                }
                let dirs =
                    ["/usr/share/perl5", "/usr/share/postgresql-common", "/usr/local/share/perl5"].map(str::to_owned);
                let language_dirs = own(
                    &["/usr/share/perl", "/usr/lib/x86_64-linux-gnu/perl", "/usr/lib/aarch64-linux-gnu/perl"],
                    "5.",
                );
                let base = own(&["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"], "perl-base");
                (
                    dirs.into_iter().chain([home]).collect(),
                    [language_dirs, base].concat(),
                    module.replace("::", "/"),
                    &[".pm"],
                )
            }
            _ => return,
        };
        let find = |dirs: &[String]| {
            let all =
                dirs.iter().flat_map(|dir| ends.iter().map(|end| format!("{dir}/{below}{end}")).collect::<Vec<_>>());
            all.into_iter().find_map(|p| self.look(&p).found().filter(|n| n.stat.kind == NodeKind::File))
        };
        if find(&language_dirs).is_some() {
            return;
        }
        match find(&dirs) {
            Some(node) if self.seen.insert(node.path.clone()) => {
                if let Some(text) = self.text(&node) {
                    self.script(&node.path, &text, language, "");
                }
            }
            Some(_) => {}
            // without a module of Perl the script ends at once
            None if language == Language::Perl && self.inspector.system.is_whole() => {}
            None => {
                self.doubt(format!("{module}, which {by} asks for, is not there to be looked at"));
            }
        }
    }

    fn elf(&mut self, node: &Node, path: &str, role: Role) {
        let Some(elf) = self.inspector.elf(node) else { return };
        if elf.build == Build::Opaque {
            self.doubt(format!("{path} is packed or damaged"));
            return;
        }
        if role != Role::Plugin {
            self.evidence.programs.insert(node.path.clone());
        }
        let mut files = vec![(node.path.clone(), elf.clone())];
        self.libraries(&node.path, &elf, &mut files);
        for (file, elf) in files.clone() {
            elf.tell(&file, &mut self.evidence);
        }
        let starts = files.iter().any(|(_, e)| e.starts_programs());
        let loads = files.iter().any(|(_, e)| e.loads_code());
        for (file, elf) in &files {
            for path in &elf.paths {
                let is_configuration = path.starts_with("/etc/");
                // what a program that is only named may run is too far away
                let starts = starts && !matches!(role, Role::Named | Role::Companion);
                if is_configuration || starts || (loads && is_library(path)) {
                    self.named(file, path.clone());
                }
                if loads && !path.contains('%') {
                    self.plugins_in(path);
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
        let asks_pam = files.iter().any(|(_, e)| e.imports("pam_start"));
        if asks_pam {
            self.pam(base(path));
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
    fn libraries(&mut self, path: &str, elf: &Arc<Elf>, files: &mut Vec<(String, Arc<Elf>)>) {
        let mut waiting = vec![(path.to_owned(), elf.clone())];
        while let Some((file, elf)) = waiting.pop() {
            for name in &elf.needed {
                for act in super::Act::of_library(name) {
                    self.evidence.add(act, Seen { file: file.clone(), what: What::Library(name.clone()) });
                }
                if knowledge::is_understood(name) {
                    self.evidence.libraries.insert(name.clone());
                    continue;
                }
                let linker = self.inspector.linker.get_or_init(|| Linker::of(self.inspector.system));
                let Some(node) = linker.find(self.inspector.system, name, &elf, &file) else {
                    self.doubt(format!("{name}, which {file} needs, is not there to be looked at"));
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
    fn privileged_words(&mut self, file: &str, elf: &Elf) {
        for name in elf.words.iter().filter(|w| !COMMON.contains(&w.as_str())) {
            let known = knowledge::program(name, &[]).unwrap_or_default();
            let is_known = known.iter().any(|a| a.name() == "setuid-programs") && self.find(name).is_some();
            if is_known || self.inspector.privileged().contains(name) {
                self.evidence
                    .add_named("setuid-programs", Seen { file: file.to_owned(), what: What::Command(name.clone()) });
            }
        }
    }

    /// What came with a program and is its own: helpers, where it starts programs, and plugins, where it loads them.
    fn companions(&mut self, program: &str, named: &BTreeSet<String>, starts: bool, loads: bool) {
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

    /// The plugins in a directory that a program names.
    fn plugins_in(&mut self, path: &str) {
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
        for name in names.into_iter().filter(|n| is_library(n)).take(MANY_TOGETHER) {
            self.waiting.push((format!("{path}/{name}"), Vec::new(), Role::Plugin));
        }
    }

    /// The modules that PAM loads for a service.
    fn pam(&mut self, service: &str) {
        let mut names = BTreeSet::new();
        for file in [service, "common-auth", "common-account", "common-session", "system-auth", "password-auth"] {
            let Some(text) = self.look(&format!("/etc/pam.d/{file}")).found().and_then(|n| self.text(&n)) else {
                continue;
            };
            for word in text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace) {
                names.extend(word.starts_with("pam_").then(|| word.to_owned()));
            }
        }
        for name in names {
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

    /// A configuration file, and what lies beside it.
    fn configuration(&mut self, path: &str) {
        let below = &path["/etc/".len()..];
        if SHARED.contains(&below) {
            return;
        }
        match below.split_once('/') {
            Some((dir, _)) if !SHARED.contains(&dir) => self.configuration_below(&format!("/etc/{dir}"), 3),
            None if self.look(path).found().is_some_and(|n| n.stat.kind == NodeKind::Directory) => {
                self.configuration_below(path, 3);
            }
            _ => self.configuration_file(path),
        }
    }

    fn configuration_below(&mut self, dir: &str, depth: usize) {
        if !self.seen.insert(dir.to_owned()) {
            return;
        }
        for name in self.inspector.system.names(dir).into_iter().take(MANY_TOGETHER) {
            let path = format!("{dir}/{name}");
            match self.look(&path).found().map(|n| n.stat.kind) {
                Some(NodeKind::File) => self.configuration_file(&path),
                // what is there to be switched on is not on
                Some(NodeKind::Directory) if depth > 0 && !name.ends_with("-available") => {
                    self.configuration_below(&path, depth - 1)
                }
                _ => {}
            }
        }
    }

    fn configuration_file(&mut self, path: &str) {
        let Some(node) = self.look(path).found() else { return };
        if !self.seen.insert(node.path.clone()) || self.evidence.configuration.len() > MANY {
            return;
        }
        let Some(text) = self.text(&node).filter(|t| !t.contains('\0')) else { return };
        self.evidence.configuration.insert(node.path.clone());
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with(['#', ';']) && !l.starts_with("//")) {
            for found in text::paths(line) {
                self.named(&node.path, found.to_owned());
            }
            if let Some(word) = HOMES.iter().find(|w| line.contains(**w)) {
                self.evidence.add_named("home", Seen { file: node.path.clone(), what: What::Path((*word).to_owned()) });
            }
            for word in line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',')) {
                let is_privileged = ["sudo", "pkexec", "doas", "sendmail", "fping", "ping", "mail"].contains(&word);
                if is_privileged && self.find(word).is_some() {
                    self.evidence.add_named(
                        "setuid-programs",
                        Seen { file: node.path.clone(), what: What::Command(word.to_owned()) },
                    );
                }
            }
        }
    }

    /// What follows from all together.
    fn conclude(&mut self, unit: &Unit) {
        let evidence = &mut self.evidence;
        let has = |e: &Evidence, act: &str| e.named(act).cloned();
        if unit.word(key::KILL_MODE) == "process" && has(evidence, "change-user").is_some() {
            let seen = Seen {
                file: unit.name.to_string(),
                what: What::Setting("KillMode=process: what it starts lives on".into()),
            };
            evidence.add_named("run-anything", seen);
        }
        if let Some(seen) = has(evidence, "login-sessions") {
            evidence.add_named("home", seen.clone());
            evidence.add_named("shared-tmp", seen);
        }
        for family in evidence.families.clone() {
            // local, internet, and the two ways to ask the kernel about the network
            if ![1, 2, 10, 16].contains(&family.0) {
                evidence.add_named("rare-sockets", family.1);
            }
        }
    }
}

impl Evidence {
    /// A name in a script: a function, where it is one that is known.
    fn add_word(&mut self, file: &str, word: &str) {
        if !super::Act::of_function(word).is_empty() || word.starts_with("AF_") {
            if word.starts_with("AF_") && !matches!(word, "AF_UNIX" | "AF_INET" | "AF_INET6" | "AF_UNSPEC") {
                let seen = Seen { file: file.to_owned(), what: What::Call(format!("socket({word})")) };
                self.add_named("rare-sockets", seen.clone());
                self.add_named("raw-packets", seen);
            } else if !word.starts_with("AF_") {
                self.add_function(file, word);
            }
        }
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The directories above a path, the root and those below it left out.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(i, _)| &path[..i]).filter(|d| d.matches('/').count() > 2)
}

fn is_library(path: &str) -> bool {
    let name = base(path);
    name.ends_with(".so") || name.contains(".so.")
}
