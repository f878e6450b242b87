//! Scripts and what interprets them.

use super::{COMMON, Role, SEARCH_PATH, Walk, base};
use crate::evidence::knowledge::{self, Language};
use crate::evidence::shell;
use crate::evidence::{Seen, What, javascript, prose, script, text};

/// So many commands of a script are worked out.
const COMPUTED: usize = 500;

impl Walk<'_, '_> {
    /// An interpreter, by the path that was used and its own: what counts is the script.
    pub(super) fn interpreter(&mut self, used: &str, path: &str, language: Language, args: &[String], role: Role) {
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
                // a module that is the program
                Some(a) if a == "-m" && language == Language::Python => {
                    let module = rest.next().cloned().unwrap_or_default();
                    self.imports.is_moved = true;
                    let before = self.evidence.programs.len() + self.waiting.len();
                    self.module(path, &module, true, language);
                    // those of the language are not read
                    if self.evidence.programs.len() + self.waiting.len() == before {
                        self.doubt(format!("what {name} runs by the name of {module} is not looked into"));
                    }
                    return;
                }
                Some(a) if language == Language::JavaScript && loads_more(a) => {
                    self.doubt(format!("what {name} loads by {a} is not looked into"));
                    return;
                }
                Some(a) if a.starts_with('-') => {}
                other => break other.cloned(),
            }
        };
        if let Some(code) = code {
            self.imports.begin(used, used);
            self.script(path, &code, language, &name);
        } else if let Some(file) = file.filter(|_| !matches!(language, Language::Other | Language::Ruby)) {
            match self.look(&file).found().and_then(|n| self.text(&n).map(|t| (n.path, t))) {
                Some((real, text)) if self.seen.insert(real.clone()) => {
                    self.imports.begin(&real, used);
                    self.script(&real, &text, language, &name);
                }
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
        // each may ask for another one
        if self.is_too_much() {
            return;
        }
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
        let text = prose::removed(text, language);
        let (text, starts) = match language {
            Language::Shell => {
                self.shell(path, &text, interpreter);
                (text, false)
            }
            Language::JavaScript => self.javascript(path, text),
            _ => {
                let starts = self.calls(path, &text, language);
                (text, starts)
            }
        };
        self.starts |= starts || language == Language::Shell;
        let is_code = |line: &&str| language == Language::JavaScript || !line.trim_start().starts_with('#');
        if starts {
            self.started(path, &text);
        }
        for line in text.lines().filter(is_code) {
            for found in text::paths(line) {
                self.named(path, found.to_owned());
            }
            if language != Language::Shell {
                self.quoted(path, line);
            }
        }
    }

    /// What a script calls by name and which modules it asks for; whether it starts programs.
    fn calls(&mut self, path: &str, text: &str, language: Language) -> bool {
        let script = script::read(text, language);
        if let Some(line) = script::starts(text, language) {
            self.doubt(format!("{path} starts programs that only a run would tell: {line}"));
        }
        self.imports.search(script::search_path(text, language));
        self.asks(path, script, language);
        script::calls_programs(text)
    }

    /// The same of JavaScript, and its text without comments.
    fn javascript(&mut self, path: &str, text: String) -> (String, bool) {
        for name in ["NODE_OPTIONS", "NODE_PATH"].iter().filter(|n| self.variables.contains_key(**n)) {
            self.evidence.unseen.insert(format!("what {name} adds is not looked into"));
        }
        let Some(read) = javascript::read(&text) else {
            self.doubt(format!("{path} is written in a way that is not understood"));
            return (text, true);
        };
        if let Some(line) = read.untold {
            self.doubt(format!("{path} loads or starts what only a run would tell: {line}"));
        }
        self.asks(path, read.script, Language::JavaScript);
        (read.code, read.starts_programs)
    }

    fn asks(&mut self, path: &str, script: script::Script, language: Language) {
        for word in &script.words {
            self.evidence.add_word(path, word);
        }
        for module in script.modules {
            let is_needed = script.needed.contains(&module);
            self.module(path, &module, is_needed, language);
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
                let args = self.with_options(path, &program, args);
                let Some(args) = self.told_arguments(path, &program, args) else { continue };
                if matches!(program.as_str(), "." | "source") {
                    self.sourced(args.first().map_or("", String::as_str), interpreter);
                } else {
                    self.command(&program, &args, path, Role::Named);
                }
            }
        }
    }

    /// The arguments of a command with the options that variables hold; what a command in it prints may be any.
    fn with_options(&mut self, path: &str, program: &str, args: Vec<String>) -> Vec<String> {
        let name = base(program);
        if args.iter().any(|a| a.starts_with("$(")) {
            self.known_for(path, name, knowledge::with_any_word(name));
        }
        let mut out = Vec::new();
        for arg in args {
            let values = shell::expand(&arg, &self.variables, 0).filter(|_| arg.starts_with('$')).unwrap_or_default();
            let options = values.iter().filter(|v| v.starts_with('-'));
            out.extend(options.flat_map(|v| v.split_whitespace()).map(str::to_owned));
            out.push(arg);
        }
        out
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

    /// Programs in the texts of a script that starts some: without a path, where a command may stand.
    fn started(&mut self, path: &str, text: &str) {
        for command in script::commands(text).flat_map(|part| shell::read(part).commands) {
            if !command[0].contains('/') && self.find(&command[0]).is_some() {
                self.command(&command[0], &command[1..], path, Role::Named);
            }
        }
    }

    /// Programs that a script names in quotes, of those that are known for something.
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
}

/// Whether an option of Node.js makes it load or run more than its script (node(1)).
fn loads_more(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or_default();
    let short = ["-r", "-p", "-i", "-pe"].contains(&name);
    let long = [
        "--require",
        "--import",
        "--loader",
        "--experimental-loader",
        "--eval",
        "--print",
        "--env-file",
        "--run",
        "--test",
    ];
    short || long.contains(&name) || name.starts_with("--inspect")
}
