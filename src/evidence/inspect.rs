//! From the commands of a unit to everything that they may run: programs, libraries, plugins, scripts, configuration.

mod chosen;
mod configuration;
mod modules;
mod node;
mod programs;
mod scripts;
mod unit;

use self::modules::{Imports, Perl, Python};
use super::elf::Elf;
use super::knowledge::{self, Instead, Language};
use super::linker::Linker;
use super::packages::Packages;
use super::program::tell_path;
use super::shell::Variables;
use super::system::{Look, Node, SEARCH_PATH, System};
use super::{Act, Evidence, Seen, What, base, text};
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::ADDRESS_FAMILIES;
use crate::vocab::set::capability_names;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// A program is no larger: those of Go, with all they need in one file, reach some hundred megabytes.
const LARGE: usize = 400 << 20;
/// A script or a configuration file is no larger.
const LARGE_TEXT: usize = 1 << 20;
/// So many files are looked at for one unit.
const MANY: usize = 600;
const AF_PACKET: u8 = 17;
/// So many of one directory of plugins or of configuration.
const MANY_TOGETHER: usize = 200;
/// Names of programs that mean something else more often.
const COMMON: [&str; 17] = [
    "su", "sg", "at", "mount", "umount", "write", "wall", "passwd", "login", "mail", "ip", "date", "route", "nice",
    "top", "cron", "daemon",
];
/// Words in a configuration that mean the home directories of users.
const HOMES: [&str; 6] = ["~/", "$HOME", "${HOME}", "$home", "public_html", ".forward"];

/// How a file came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// it is the service
    Main,
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
    python: OnceLock<Python>,
    perl: OnceLock<Perl>,
}

/// One unit.
struct Walk<'i, 's> {
    inspector: &'i mut Inspector<'s>,
    evidence: Evidence,
    seen: BTreeSet<String>,
    waiting: Vec<(String, Vec<String>, Role)>,
    /// those that came along: after all others, which may name them
    companions: Vec<(String, Vec<String>, Role)>,
    /// of the scripts and of the unit
    variables: Variables,
    /// of the file that is looked at
    role: Role,
    /// of the programs whose configuration says what they do, all that they may be run with
    arguments: BTreeMap<String, Vec<String>>,
    /// what is known of these
    chosen: Vec<(String, Evidence)>,
    /// where scripts find what they ask for
    imports: Imports,
    /// whether anything starts programs
    starts: bool,
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
            python: OnceLock::new(),
            perl: OnceLock::new(),
        }
    }

    /// What the commands of a unit are.
    pub fn look(&mut self, unit: &Unit) -> Evidence {
        let mut walk = Walk {
            inspector: self,
            evidence: Evidence::default(),
            seen: BTreeSet::new(),
            waiting: Vec::new(),
            companions: Vec::new(),
            variables: Variables::new(),
            role: Role::Command,
            arguments: BTreeMap::new(),
            chosen: Vec::new(),
            imports: Imports::default(),
            starts: false,
        };
        walk.unit(unit);
        while let Some((path, args, role)) = walk.waiting.pop().or_else(|| walk.companions.pop()) {
            if walk.is_too_much() {
                break;
            }
            // what a companion loads is as far away as itself
            if role != Role::Plugin || walk.role != Role::Companion {
                walk.role = role;
            }
            walk.file(&path, &args, role);
        }
        walk.role = Role::Command;
        walk.choose();
        walk.conclude(unit);
        walk.evidence
    }

    fn elf(&mut self, node: &Node) -> Option<Arc<Elf>> {
        if let Some(known) = self.elves.get(&node.path) {
            return known.clone();
        }
        let bytes = if node.stat.size > LARGE as u64 { None } else { self.system.head(node, LARGE) };
        let elf = bytes.and_then(|bytes| Elf::read(&bytes)).map(Arc::new);
        self.elves.insert(node.path.clone(), elf.clone());
        elf
    }

    /// The names of programs that have the setuid or setgid bit.
    fn privileged(&self) -> &BTreeSet<String> {
        self.privileged.get_or_init(|| {
            let mut out = BTreeSet::new();
            for dir in SEARCH_PATH {
                for name in self.system.names(dir).iter() {
                    let found = self.system.look(&format!("{dir}/{name}")).found();
                    let has_rights = |n: Node| n.stat.mode & 0o6000 != 0 || self.system.capabilities(&n) != 0;
                    if found.filter(|n| n.stat.kind == NodeKind::File).is_some_and(has_rights) {
                        out.insert(name.clone());
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

    /// Whether more files were asked for than are looked at.
    fn is_too_much(&mut self) -> bool {
        let is_so = self.seen.len() > MANY;
        if is_so {
            self.evidence.unseen.insert(format!("more than {MANY} files would have to be looked at"));
        }
        is_so
    }

    /// Something stays unknown. What came along and is not named anywhere has to be switched on first.
    fn doubt(&mut self, why: String) {
        if self.role != Role::Companion {
            self.evidence.unseen.insert(why);
        }
    }

    /// The text of a file. Where it goes on after what is read, that is unknown.
    fn text(&mut self, node: &Node) -> Option<String> {
        let bytes = self.inspector.system.head(node, LARGE_TEXT)?;
        if node.stat.size > LARGE_TEXT as u64 && !bytes.contains(&0) {
            self.doubt(format!("{} is too large to be read to its end", node.path));
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A program with its arguments, which may be programs and files as well.
    fn command(&mut self, program: &str, args: &[String], by: &str, role: Role) {
        let name = base(program);
        let role = if self.role == Role::Companion { Role::Companion } else { role };
        let found = self.find(program);
        if found.is_none() && self.inspector.system.is_whole() && role != Role::Command {
            // what is not there cannot run
        } else if let Some(acts) = self.known(name, args) {
            self.known_for(by, name, acts);
            if knowledge::switches_user(name) {
                self.doubt(format!("{by} runs {name}, and what that may do is not told"));
            }
        } else if let Some(path) = found {
            let queue = if role == Role::Companion { &mut self.companions } else { &mut self.waiting };
            queue.push((path, args.to_vec(), role));
        }
        // modes with the setuid or setgid bit
        let special = |a: &String| {
            a.contains("+s")
                || a.contains("=s")
                || (a.len() > 3
                    && matches!(a.trim_start_matches('0').as_bytes(), [b'2' | b'4' | b'6' | b'7', rest @ ..] if rest.len() == 3 && rest.iter().all(u8::is_ascii_digit)))
        };
        if matches!(name, "chmod" | "install" | "mkdir" | "mkfifo") && args.iter().any(special) {
            self.evidence.add_named("setuid-files", Seen { file: by.to_owned(), what: What::Command(name.to_owned()) });
        }
        if knowledge::wraps(name) {
            let is_program = |a: &String| !a.starts_with('-') && !a.contains('=') && !a.starts_with('/');
            for (i, arg) in args.iter().enumerate().filter(|(_, a)| is_program(a)).take(4) {
                if self.find(arg).is_some() || knowledge::program(arg, &[]).is_some() {
                    self.command(arg, &args[i + 1..], by, role);
                    break;
                }
            }
        }
        for arg in args {
            // of an option the value
            for path in text::paths(arg) {
                self.named(by, path.to_owned());
            }
        }
    }

    /// A program of which is known what it does.
    fn known_for(&mut self, by: &str, name: &str, acts: impl IntoIterator<Item = Act>) {
        let seen = Seen { file: by.to_owned(), what: What::Command(name.to_owned()) };
        self.evidence.add_families(name, &seen);
        acts.into_iter().for_each(|act| self.evidence.add(act, seen.clone()));
    }

    /// What is known of a program by its name, and by what is there beside it.
    fn known(&self, name: &str, args: &[String]) -> Option<Vec<Act>> {
        knowledge::beside(name, |file| self.look(file).found().is_some()).or_else(|| knowledge::program(name, args))
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
        self.follow(by, &path);
    }

    /// What lies at a path that something names.
    fn follow(&mut self, by: &str, path: &str) {
        let path = path.trim_end_matches(['.', ',', ':', '*', '/']).to_owned();
        if path.contains(['%', '*', '@']) || self.seen.contains(&path) {
            return;
        }
        let Some(node) = self.look(&path).found() else { return };
        if node.path != path {
            tell_path(by, &node.path, &mut self.evidence);
        }
        match node.stat.kind {
            NodeKind::Directory if path.contains("cgi") => self.all_of(&path, by),
            NodeKind::File if path.starts_with("/etc/") && node.stat.mode & 0o111 == 0 => self.configuration(&path),
            NodeKind::File if is_library(&path) && knowledge::is_understood(base(&path)) => {}
            NodeKind::File if is_library(&path) => self.waiting.push((path, Vec::new(), Role::Plugin)),
            NodeKind::File if node.stat.mode & 0o111 != 0 => self.command(&path, &[], by, Role::Named),
            NodeKind::Directory if path.starts_with("/etc/") => self.configuration(&path),
            // what an interpreter inside of a program may read
            NodeKind::File => {
                let Some(language) = self.language_of(by, &path) else { return };
                if let Some(text) = self.text(&node).filter(|_| self.seen.insert(node.path.clone())) {
                    self.imports.is_moved = true;
                    self.script(&node.path, &text, language, "");
                }
            }
            _ => {}
        }
    }

    /// The language of a file that is no program of its own, by its name. Programs name what they send to browsers as well.
    fn language_of(&self, by: &str, path: &str) -> Option<Language> {
        let of = |path: &str| match path.rsplit_once('.')?.1 {
            "py" => Some(Language::Python),
            "pl" => Some(Language::Perl),
            "sh" => Some(Language::Shell),
            "js" | "mjs" | "cjs" => Some(Language::JavaScript),
            _ => None,
        };
        let is_asked = |l: &Language| *l != Language::JavaScript || of(by) == Some(*l) || self.imports.is_program(by);
        of(path).filter(is_asked)
    }

    /// A script that is known: what it starts is looked into in its place.
    fn instead(&mut self, path: &str, instead: &Instead) {
        self.evidence.programs.insert(path.to_owned());
        for act in &instead.acts {
            self.evidence.add(*act, Seen { file: path.to_owned(), what: What::Name });
        }
        for pattern in instead.runs {
            let found: Vec<String> = match pattern.split_once("*") {
                Some((dir, rest)) => {
                    let names = self.inspector.system.names(dir.trim_end_matches('/'));
                    names.iter().map(|n| format!("{dir}{n}{rest}")).filter(|p| self.look(p).found().is_some()).collect()
                }
                None => vec![pattern.clone()],
            };
            if found.is_empty() {
                self.doubt(format!("{pattern}, which {path} runs, is not there to be looked at"));
            }
            for program in found {
                self.command(&program, &[], path, Role::Command);
            }
        }
        for path in instead.reads {
            self.configuration(path);
        }
    }

    /// All programs in a directory: its server runs what it is asked for.
    fn all_of(&mut self, dir: &str, by: &str) {
        for name in self.inspector.system.names(dir).iter().take(MANY_TOGETHER) {
            let path = format!("{dir}/{name}");
            if self.look(&path).found().is_some_and(|n| n.stat.kind == NodeKind::File && n.stat.mode & 0o111 != 0) {
                self.command(&path, &[], by, Role::Named);
            }
        }
    }

    /// What the file of a program gives to who runs it: without that it does not even start where it asks for all of it.
    fn file_capabilities(&mut self, node: &Node) {
        let held = self.inspector.system.capabilities(node);
        if held != 0 {
            let what = What::Setting(format!(
                "the file capabilities {}",
                capability_names(held).collect::<Vec<_>>().join(" ")
            ));
            let seen = Seen { file: node.path.clone(), what };
            self.evidence.add_named("setuid-programs", seen.clone());
            self.evidence.capabilities.insert(held, seen);
        }
    }

    fn file(&mut self, path: &str, args: &[String], role: Role) {
        let Some(node) = self.look(path).found().filter(|n| n.stat.kind == NodeKind::File) else { return };
        let name = base(&node.path).to_owned();
        if role != Role::Plugin {
            self.file_capabilities(&node);
        }
        // the name that was used may be another one
        if let Some(acts) = self.known(&name, args).filter(|_| !matches!(role, Role::Plugin | Role::Main)) {
            self.known_for(path, &name, acts);
            return;
        }
        let language = knowledge::language(&name);
        if let Some(language) = language.filter(|_| role != Role::Plugin) {
            self.interpreter(path, &node.path, language, args, role);
            return;
        }
        if knowledge::chosen(&name).is_some() {
            self.arguments.entry(node.path.clone()).or_default().extend_from_slice(args);
        }
        if !self.seen.insert(node.path.clone()) {
            return;
        }
        self.seen.insert(path.to_owned());
        if node.stat.mode & 0o6000 != 0 && role != Role::Plugin {
            let seen = Seen { file: path.to_owned(), what: What::Setting("the setuid or setgid bit".into()) };
            self.evidence.add_named("setuid-programs", seen);
        }
        for act in knowledge::also(&name) {
            self.evidence.add(act, Seen { file: path.to_owned(), what: What::Call("what its users ask for".into()) });
        }
        self.profile(&node.path);
        if let Some(instead) = knowledge::instead(&name) {
            self.instead(path, &instead);
            return;
        }
        let head = self.inspector.system.head(&node, 4).unwrap_or_default();
        if head == b"\x7fELF" {
            self.elf(&node, path, role);
        } else if let Some(text) = self.text(&node).filter(|t| t.starts_with("#!")) {
            let line = text.lines().next().unwrap_or_default()[2..].trim().to_owned();
            let mut words = line.split_whitespace().skip_while(|w| base(w) == "env" || w.starts_with('-'));
            let interpreter = base(words.next().unwrap_or_default()).to_owned();
            match knowledge::language(&interpreter) {
                Some(language) => {
                    let interpreter_path = line.split_whitespace().next().unwrap_or_default();
                    self.imports.begin(&node.path, interpreter_path);
                    self.script(&node.path, &text, language, &interpreter);
                }
                None => {
                    self.doubt(format!("{path} is a script for {interpreter}, which is not read"));
                }
            }
        } else if role == Role::Command {
            self.doubt(format!("{path} is no program that can be looked into"));
        }
    }
}

impl Evidence {
    /// A name in a script: a function or a constant, where it is one that is known.
    fn add_word(&mut self, file: &str, word: &str) {
        let seen = |text: String| Seen { file: file.to_owned(), what: What::Call(text) };
        if let Some((name, number)) = ADDRESS_FAMILIES.iter().find(|(name, _)| *name == word) {
            let seen = seen(format!("socket({name})"));
            if ![1, 2, 10, 16].contains(number) {
                self.add_named("raw-packets", seen.clone());
            }
            self.families.entry(*number).or_insert(seen);
        } else if word == "ioctl" {
            // what it asks for stands in numbers
            for act in ["configure-network", "devices", "terminals"] {
                self.add_named(act, seen("ioctl()".into()));
            }
        } else if !Act::of_function(word).is_empty() {
            self.add_function(file, word);
        }
    }
}

/// The directories above a path, the root and those below it left out.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(i, _)| &path[..i]).filter(|d| d.matches('/').count() > 2)
}

fn is_library(path: &str) -> bool {
    let name = base(path);
    name.ends_with(".so") || name.contains(".so.")
}
