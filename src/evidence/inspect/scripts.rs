//! Scripts and what interprets them.

use super::{COMMON, MANY, PYTHON_ITSELF, Role, SEARCH_PATH, Walk, base};
use crate::evidence::knowledge::{self, Language};
use crate::evidence::shell;
use crate::evidence::{Seen, What, script, text};
use crate::tree::NodeKind;

/// So many commands of a script are worked out.
const COMPUTED: usize = 500;

impl Walk<'_, '_> {
    /// An interpreter: what counts is the script.
    pub(super) fn interpreter(&mut self, path: &str, language: Language, args: &[String], role: Role) {
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
        } else if let Some(file) = file.filter(|_| !matches!(language, Language::Other | Language::Ruby)) {
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
    pub(super) fn runtime(&mut self, path: &str, name: &str) {
        if knowledge::makes_code(name) {
            self.evidence
                .add_named("run-code-it-makes", Seen { file: path.to_owned(), what: What::Command(name.to_owned()) });
        }
        self.evidence.programs.insert(path.to_owned());
        self.doubt(format!("what {name} runs is not looked into"));
    }

    pub(super) fn script(&mut self, path: &str, text: &str, language: Language, interpreter: &str) {
        let of = if path.starts_with("/etc/") { &mut self.evidence.configuration } else { &mut self.evidence.programs };
        of.insert(path.to_owned());
        if matches!(language, Language::Other | Language::Ruby) {
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
    pub(super) fn shell(&mut self, path: &str, text: &str, interpreter: &str) {
        let read = shell::read(text);
        if let Some(value) = read.variables.get("PATH").and_then(|v| v.first()) {
            let own = value.split(':').any(|d| {
                !d.contains("$PATH") && !d.contains("${PATH") && !SEARCH_PATH.contains(&d) && !d.starts_with("/snap")
            });
            if own {
                self.doubt(format!("{path} looks for its commands in {value}"));
            }
        }
        for (name, values) in read.variables {
            self.variables.entry(name).or_default().extend(values);
        }
        let mut computed = 0;
        for command in &read.commands {
            computed += usize::from(
                command.iter().any(|w| w.contains('$'))
                    && (command[0].contains('$') || knowledge::wraps(base(&command[0]))),
            );
            if computed > COMPUTED {
                self.doubt(format!("{path} computes more than {COMPUTED} of its commands"));
                break;
            }
            // what the unit gives along was looked at there
            if ["$@", "$*", "$1", "${1}", "$0"].contains(&command[0].as_str()) {
                continue;
            }
            let word = command[0].trim_matches('"');
            // the name of a function that is put together
            let begins = word.split_once('$').map(|(b, _)| b).filter(|b| !b.is_empty());
            if begins.is_some_and(|b| read.functions.iter().any(|f| f.starts_with(b))) {
                continue;
            }
            // a function that runs its arguments
            if read.functions.contains(word) && command.len() > 1 {
                self.command(&command[1], &command[2..], path, Role::Named);
            }
            if read.functions.contains(word) {
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
                let Some(args) = self.told_arguments(path, &program, args) else { continue };
                if matches!(program.as_str(), "." | "source") {
                    self.sourced(args.first().map_or("", String::as_str), interpreter);
                } else {
                    self.command(&program, &args, path, Role::Named);
                }
            }
        }
    }

    /// The arguments of a command, where these may be commands as well; `None` where only a run would tell.
    fn told_arguments(&mut self, path: &str, program: &str, args: Vec<String>) -> Option<Vec<String>> {
        let name = base(program);
        let runs_more = match name {
            "find" => args.iter().any(|a| a.starts_with("-exec") || a == "-ok"),
            "awk" | "gawk" | "mawk" => {
                args.iter().any(|a| a.contains("system(") || a.contains("| getline") || a.contains("|&"))
            }
            _ => false,
        };
        if program.contains('*')
            || runs_more
            || matches!(
                name,
                "run-parts" | "make" | "parallel" | "trap" | "expect" | "screen" | "tmux" | "at" | "batch"
            ) && name != "trap"
        {
            self.doubt(format!("{path} runs {program}, and what that runs is not told"));
            return None;
        }
        if !knowledge::wraps(name) {
            return Some(args);
        }
        let mut out = Vec::new();
        for arg in args {
            if !arg.contains('$') {
                out.push(arg);
            } else if let Some(values) = shell::expand(&arg, &self.variables, 0) {
                out.extend(values.iter().flat_map(|v| v.split_whitespace()).map(str::to_owned));
            } else if !out.iter().any(|a: &String| self.is_last_program(a)) {
                self.doubt(format!("{path} runs {name} {arg}, which only a run would tell"));
            }
        }
        Some(out)
    }

    /// Whether a word is a program that runs no other one.
    fn is_last_program(&self, word: &str) -> bool {
        !word.starts_with('-') && !word.contains('=') && !knowledge::wraps(base(word)) && self.find(word).is_some()
    }

    /// A file that a shell reads as part of its script.
    pub(super) fn sourced(&mut self, path: &str, interpreter: &str) {
        let paths =
            shell::expand(path, &self.variables, 0).filter(|all| all.iter().all(|p| !p.contains(['*', '?', '['])));
        if paths.is_none() {
            self.doubt(format!("a script reads {path}, which only a run would tell"));
        }
        for path in paths.unwrap_or_default() {
            let Some(node) = self.look(&path).found().filter(|n| self.seen.insert(n.path.clone())) else { continue };
            if let Some(text) = self.text(&node) {
                self.script(&node.path, &text, Language::Shell, interpreter);
            }
        }
    }

    /// Programs that a script names in quotes.
    pub(super) fn quoted(&mut self, path: &str, line: &str) {
        for part in line.split(['"', '\'', '`']).skip(1).step_by(2) {
            let Some(name) = part.split_whitespace().next().filter(|n| !n.contains('/')) else { continue };
            // of a common word that stands alone nobody knows what it means
            if COMMON.contains(&name) && part == name {
                continue;
            }
            let is_privileged = self.inspector.privileged().contains(name);
            if is_privileged {
                self.privileged_program(name, path);
            } else if knowledge::program(name, &[]).is_some_and(|acts| !acts.is_empty()) {
                self.command(name, &[], path, Role::Named);
            }
        }
    }

    /// A module that a script asks for. Those of the language itself do what their names say.
    pub(super) fn module(&mut self, by: &str, module: &str, language: Language) {
        for act in knowledge::module(language, module) {
            self.evidence.add(act, Seen { file: by.to_owned(), what: What::Library(module.to_owned()) });
        }
        let home = by.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        let own = |dirs: &[&str], part: &str| -> Vec<String> {
            let names = |d: &str| self.inspector.system.names(d).into_iter().filter(|n| n.contains(part));
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
                // those with a part in C
                let more = own(&["/usr/lib/x86_64-linux-gnu/perl5", "/usr/lib/aarch64-linux-gnu/perl5"], "5.");
                (
                    dirs.into_iter().chain(more).chain([home]).collect(),
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
                if let Some(dir) = node.path.strip_suffix("/__init__.py") {
                    self.parts_of(dir, 2);
                }
                if let Some(dir) = node.path.strip_suffix(&format!("/{below}.pm")) {
                    let compiled = format!("{dir}/auto/{below}/{}.so", base(&below));
                    if self.look(&compiled).found().is_some() {
                        self.waiting.push((compiled, Vec::new(), Role::Plugin));
                    }
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

    /// The files of a package of Python: what it asks for in itself is relative.
    fn parts_of(&mut self, dir: &str, depth: usize) {
        for name in self.inspector.system.names(dir) {
            let path = format!("{dir}/{name}");
            let Some(node) = self.look(&path).found() else { continue };
            match node.stat.kind {
                NodeKind::File if name.ends_with(".py") && self.seen.insert(node.path.clone()) => {
                    if self.seen.len() > MANY {
                        self.doubt(format!("more than {MANY} files would have to be looked at"));
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
