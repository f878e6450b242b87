//! What a script in JavaScript asks for, by its tokens (ECMA-262, "Lexical Grammar"; nodejs.org/api): modules, programs that it
//! starts, and what only a run would tell.

use super::script::Script;
use std::collections::BTreeMap;

/// A piece of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    /// a name, a keyword or a number
    Word(&'t str),
    /// a text between quotes; one with an expression in it is none that can be told
    Text(&'t str, bool),
    /// a regular expression
    Pattern,
    Mark(u8),
}

use Token::{Mark, Pattern, Text, Word};

/// Words behind which a slash begins a regular expression.
const BEFORE_PATTERN: [&str; 13] =
    ["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "yield", "await"];
/// A list of parameters that goes on for more tokens is none that somebody wrote.
const PARAMETERS: usize = 128;
/// Functions of `child_process`.
const STARTS: [&str; 7] = ["exec", "execFile", "spawn", "fork", "execSync", "execFileSync", "spawnSync"];
/// What scripts call, and the function of the C library that it is.
const CALLS: [(&str, &str); 18] = [
    ("setuid", "setuid"),
    ("setgid", "setgid"),
    ("seteuid", "seteuid"),
    ("setegid", "setegid"),
    ("setgroups", "setgroups"),
    ("initgroups", "initgroups"),
    ("chown", "chown"),
    ("chownSync", "chown"),
    ("lchown", "lchown"),
    ("lchownSync", "lchown"),
    ("fchown", "fchown"),
    ("fchownSync", "fchown"),
    ("kill", "kill"),
    ("setPriority", "setpriority"),
    ("networkInterfaces", "getifaddrs"),
    ("homedir", "homedir"),
    ("fetch", "connect"),
    ("WebSocket", "connect"),
];

/// A script, and the first line whose meaning only a run would tell.
pub(super) struct Read<'t> {
    pub(super) script: Script,
    pub(super) starts_programs: bool,
    pub(super) untold: Option<&'t str>,
    /// the code without comments
    pub(super) code: String,
}

/// Reads a script; `None` where its quotes and brackets do not close.
pub(super) fn read(text: &str) -> Option<Read<'_>> {
    let (tokens, code) = tokens(text)?;
    let kinds: Vec<Token<'_>> = tokens.iter().map(|(token, _)| *token).collect();
    let mut reader = Reader { tokens: &kinds, depth: 0, script: Script::default(), untold: None };
    for (at, token) in kinds.iter().enumerate() {
        match token {
            Mark(b'{') => reader.depth += 1,
            Mark(b'}') => reader.depth = reader.depth.saturating_sub(1),
            Word(word) => reader.word(at, word),
            _ => {}
        }
    }
    let starts_programs = reader.script.modules.iter().any(|m| is_starter(m));
    if starts_programs {
        reader.programs();
    }
    let Reader { script, untold, .. } = reader;
    let untold = untold.and_then(|at| tokens.get(at)).map(|(_, offset)| line(text, *offset));
    Some(Read { script, starts_programs, untold, code })
}

fn is_starter(module: &str) -> bool {
    module.strip_prefix("node:").unwrap_or(module) == "child_process"
}

/// The line of a place.
fn line(text: &str, at: usize) -> &str {
    let begin = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let end = (begin..=end.min(begin + 120)).rev().find(|e| text.is_char_boundary(*e)).unwrap_or(begin);
    text[begin..end].trim()
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    /// in so many blocks
    depth: usize,
    script: Script,
    untold: Option<usize>,
}

impl<'t> Reader<'t> {
    fn get(&self, at: usize) -> Option<Token<'t>> {
        self.tokens.get(at).copied()
    }

    fn before(&self, at: usize) -> Option<Token<'t>> {
        self.get(at.checked_sub(1)?)
    }

    fn doubt(&mut self, at: usize) {
        self.untold.get_or_insert(at);
    }

    fn word(&mut self, at: usize, word: &str) {
        let (before, next) = (self.before(at), self.get(at + 1));
        let is_own = before != Some(Mark(b'.')) && before != Some(Word("function"));
        if let Some((_, function)) = CALLS.iter().find(|(name, _)| *name == word) {
            self.script.words.insert((*function).to_owned());
        }
        match (word, next) {
            ("require" | "import", Some(Mark(b'('))) if before != Some(Word("function")) => self.load(at),
            ("require" | "import", Some(Mark(b'.'))) => {}
            ("import", Some(Text(name, false))) => self.module(at, name),
            ("from", Some(Text(name, false))) if matches!(before, Some(Word(_) | Mark(b'}' | b'*'))) => {
                self.module(at, name);
            }
            ("import", _) => {}
            // handed on to somebody who may ask for anything
            ("require", _) if is_own && !matches!(before, Some(Word("typeof"))) => {
                let is_set = next == Some(Mark(b'=')) && self.get(at + 2) != Some(Mark(b'='));
                if !is_set && !self.is_parameter(at) {
                    self.doubt(at);
                }
            }
            ("createRequire", Some(Mark(b'('))) => {
                let begin = at.saturating_sub(8);
                let set = (begin..at).rev().find(|i| self.get(*i) == Some(Mark(b'=')));
                if set.and_then(|i| self.before(i)) != Some(Word("require")) {
                    self.doubt(at);
                }
            }
            ("eval", Some(Mark(b'('))) if is_own => self.code(at),
            ("eval", _) if is_own && before != Some(Word("typeof")) => self.doubt(at),
            ("Function", Some(Mark(b'('))) if is_own => self.code(at),
            ("Worker", Some(Mark(b'('))) if before == Some(Word("new")) => {
                let url = self.get(at + 2) == Some(Word("new")) && self.get(at + 3) == Some(Word("URL"));
                match self.get(if url { at + 5 } else { at + 2 }) {
                    Some(Text(name, false)) => self.module(at, name),
                    Some(Word("__filename")) => {}
                    _ => self.doubt(at),
                }
            }
            ("binding" | "_linkedBinding" | "dlopen", Some(Mark(b'('))) if self.of(at, "process") => self.doubt(at),
            ("_load" | "runMain" | "_extensions", _) if before == Some(Mark(b'.')) => self.doubt(at),
            _ => {}
        }
    }

    /// Whether a name is a parameter of a function that begins here.
    fn is_parameter(&self, at: usize) -> bool {
        let end =
            (at..self.tokens.len()).take(PARAMETERS).find(|i| !matches!(self.get(*i), Some(Word(_) | Mark(b','))));
        let Some(end) = end.filter(|i| self.get(*i) == Some(Mark(b')'))) else { return false };
        matches!((self.get(end + 1), self.get(end + 2)), (Some(Mark(b'{')), _) | (Some(Mark(b'=')), Some(Mark(b'>'))))
    }

    /// Whether a name belongs to an object.
    fn of(&self, at: usize, object: &str) -> bool {
        self.before(at) == Some(Mark(b'.')) && self.get(at.wrapping_sub(2)) == Some(Word(object))
    }

    /// A call that loads a module.
    fn load(&mut self, at: usize) {
        match (self.get(at + 2), self.get(at + 3)) {
            (Some(Text(name, false)), Some(Mark(b')' | b','))) => self.module(at, name),
            _ => self.doubt(at),
        }
    }

    fn module(&mut self, at: usize, name: &str) {
        let name = name.strip_prefix("node:").unwrap_or(name);
        // these run what somebody else has written
        if matches!(name, "vm" | "repl" | "inspector" | "ffi-napi" | "koffi") {
            self.doubt(at);
        }
        self.script.modules.insert(name.to_owned());
        if self.depth == 0 {
            self.script.needed.insert(name.to_owned());
        }
    }

    /// A call that makes code of text: no more than what stands there.
    fn code(&mut self, at: usize) {
        if !matches!(self.get(at + 2), Some(Text(_, false) | Mark(b')'))) {
            self.doubt(at);
        }
    }

    /// The programs that are started by `child_process`.
    fn programs(&mut self) {
        let (objects, texts) = (self.objects(), self.texts());
        for at in 0..self.tokens.len() {
            let Some(Word(word)) = self.get(at).filter(|t| matches!(t, Word(w) if STARTS.contains(w))) else {
                continue;
            };
            let before = self.before(at);
            let receiver = at.checked_sub(2).and_then(|i| self.get(i)).filter(|_| before == Some(Mark(b'.')));
            let is_known = match receiver {
                Some(Word(name)) => objects.contains(&name),
                // of a call: require("child_process").exec
                Some(Mark(b')')) => true,
                _ => false,
            };
            // patterns have an exec as well
            if receiver.is_some() && !is_known && word == "exec" {
                continue;
            }
            if let ("fork", Some(Mark(b'(')), Some(Text(name, false))) = (word, self.get(at + 1), self.get(at + 2)) {
                self.module(at, name);
            }
            match self.get(at + 1) {
                Some(Mark(b'(')) if before == Some(Word("function")) => {}
                Some(Mark(b'(')) if self.is_told(at + 2, word, &texts) => {}
                Some(Mark(b'(')) => self.doubt(at),
                // handed on
                _ if is_known || matches!(before, Some(Mark(b'(' | b'='))) => self.doubt(at),
                _ => {}
            }
        }
    }

    /// The names of the module that starts programs.
    fn objects(&self) -> Vec<&'t str> {
        let mut out = Vec::new();
        for at in 0..self.tokens.len() {
            if !matches!(self.get(at), Some(Text(name, _)) if is_starter(name)) {
                continue;
            }
            // of `name = require("…")` and of `import name from "…"`
            let back = |n: usize| at.checked_sub(n).and_then(|i| self.get(i));
            let name =
                if back(1) == Some(Word("from")) { back(2) } else { back(4).filter(|_| back(3) == Some(Mark(b'='))) };
            out.extend(name.and_then(|t| if let Word(name) = t { Some(name) } else { None }));
        }
        out
    }

    /// The variables that are set, and whether only to texts.
    fn texts(&self) -> BTreeMap<&'t str, bool> {
        let mut out = BTreeMap::new();
        for at in 0..self.tokens.len() {
            let (Some(Word(name)), Some(Mark(b'='))) = (self.get(at), self.get(at + 1)) else { continue };
            let is_text = matches!(self.get(at + 2), Some(Text(_, false))) && self.get(at + 3) != Some(Mark(b'+'));
            *out.entry(name).or_insert(true) &= is_text;
        }
        out
    }

    /// Whether the program that is started stands there, or in a variable that has nothing else.
    fn is_told(&self, at: usize, call: &str, texts: &BTreeMap<&str, bool>) -> bool {
        match self.get(at) {
            Some(Text(_, false)) => self.get(at + 1) != Some(Mark(b'+')),
            Some(Word("__filename")) => call == "fork",
            Some(Word(name)) => matches!(self.get(at + 1), Some(Mark(b',' | b')'))) && texts.get(name) == Some(&true),
            _ => false,
        }
    }
}

/// A token and the place where it begins.
type Placed<'t> = (Token<'t>, usize);

/// The tokens of a script with the places where they begin, and its text without comments.
fn tokens(text: &str) -> Option<(Vec<Placed<'_>>, String)> {
    let bytes = text.as_bytes();
    let mut out: Vec<Placed<'_>> = Vec::new();
    let mut code = String::with_capacity(text.len());
    let (mut at, mut copied, mut depth) = (0, 0, 0_usize);
    // how deep the expressions of open templates began
    let mut templates: Vec<usize> = Vec::new();
    if text.starts_with("#!") {
        at = text.find('\n').unwrap_or(text.len());
    }
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        match byte {
            b'/' if rest.starts_with(b"//") || rest.starts_with(b"/*") => {
                code.push_str(&text[copied..at]);
                at = match rest[1] {
                    b'/' => at + memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                    _ => at + 2 + memchr::memmem::find(&rest[2..], b"*/")? + 2,
                };
                code.push(' ');
                copied = at;
            }
            b'/' if pattern_begins(&out, text) => {
                let end = pattern(rest)?;
                out.push((Pattern, at));
                at += end;
            }
            b'"' | b'\'' => {
                let end = quoted(rest)?;
                out.push((Text(&text[at + 1..at + end - 1], false), at));
                at += end;
            }
            b'`' | b'}' if byte == b'`' || templates.last() == Some(&depth) => {
                if byte == b'}' {
                    templates.pop();
                }
                let (length, goes_on) = template(&rest[1..])?;
                let computed = goes_on || byte == b'}';
                out.push((Text(&text[at + 1..at + 1 + length], computed), at));
                at += 1 + length + if goes_on { 2 } else { 1 };
                if goes_on {
                    templates.push(depth);
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            // a name may be hidden that way
            b'\\' => return None,
            _ if is_word(byte) => {
                let length = rest.iter().take_while(|b| is_word(**b)).count();
                out.push((Word(&text[at..at + length]), at));
                at += length;
            }
            _ => {
                match byte {
                    b'{' => depth += 1,
                    b'}' => depth = depth.checked_sub(1)?,
                    _ => {}
                }
                // a call that may be none
                if rest.starts_with(b"?.") {
                    at += 1;
                    if matches!(bytes.get(at + 1), Some(b'(' | b'[')) {
                        at += 1;
                    }
                    continue;
                }
                out.push((Mark(byte), at));
                at += 1;
            }
        }
    }
    code.push_str(&text[copied..]);
    (depth == 0 && templates.is_empty()).then_some((out, code))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || !byte.is_ascii()
}

/// Whether a slash begins a regular expression, by what stands before it.
fn pattern_begins(tokens: &[Placed<'_>], text: &str) -> bool {
    match tokens.last() {
        None => true,
        Some((Word(word), _)) => BEFORE_PATTERN.contains(word),
        Some((Text(..) | Pattern | Mark(b')' | b']'), _)) => false,
        // i++ / 2
        Some((Mark(b @ (b'+' | b'-')), at)) => *at == 0 || text.as_bytes()[at - 1] != *b,
        Some((Mark(_), _)) => true,
    }
}

/// The length of a regular expression with its slashes.
fn pattern(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut in_class) = (1, false);
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 1,
            b'\n' => return None,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// The length of a text with its quotes.
fn quoted(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            b if b == bytes[0] => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The length of a part of a template, and whether an expression follows.
fn template(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'`' => return Some((at, false)),
            b'$' if bytes.get(at + 1) == Some(&b'{') => return Some((at, true)),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(text: &str) -> Vec<String> {
        read(text).unwrap().script.modules.into_iter().collect()
    }

    #[test]
    fn modules_that_are_asked_for() {
        for (text, expected) in [
            ("const a = require('a'), b = require(\"b\");", vec!["a", "b"]),
            (
                "import a from 'a';\nimport {b,\n c} from './b.js'\nimport 'c'; export * from 'd'",
                vec!["./b.js", "a", "c", "d"],
            ),
            ("await import('a'); import.meta.url; x.from('b'); s = 'select from \\'c\\''", vec!["a"]),
            ("// require('a')\n/* require('b') */ x = \"require('c')\"; y = `${require('d')} require('e')`", vec!["d"]),
            ("x = a / b; require('a'); y = /require('b')['\"/]/.test(`}`); i++ / 2 + require('c') / 3", vec!["a", "c"]),
            (
                "#!/usr/bin/node\nnew Worker('./w.js'); new Worker(new URL('./v.js', import.meta.url))",
                vec!["./v.js", "./w.js"],
            ),
            ("import a from 'node:a'", vec!["a"]),
            ("a?.b; c?.('x'); d ? .5 : 1; require?.('a')", vec!["a"]),
        ] {
            assert_eq!(modules(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_a_run_would_tell() {
        for text in [
            "require(name)",
            "require('./' + name)",
            "import(`./${a}`)",
            "const r = require;",
            "load(require);",
            "eval(code)",
            "(0, eval)('x')",
            "new Function(a, b)",
            "require('vm')",
            "process.binding('spawn_sync')",
            "module.constructor._load('a')",
            "const r = createRequire(x);",
            "new Worker(path)",
            "const {exec} = require('child_process'); exec(words)",
            "const cp = require('child_process'); cp.exec('a ' + words)",
            "require('child_process').spawn(`${a}`)",
            "import cp from 'node:child_process'; promisify(cp.exec)",
            "import {exec} from 'child_process'; promisify(exec)",
            "import {spawn} from 'child_process'; let p = 'a'; p = b; spawn(p, [])",
        ] {
            let line = read(text).unwrap().untold;
            assert_eq!(line, Some(text), "{text}");
        }
    }

    #[test]
    fn what_stands_there_is_told() {
        for text in [
            "const {exec} = require('child_process'); exec('ls -l', f); /a/.exec(x); re.exec(x)",
            "const cp = require('child_process'); const p = '/usr/bin/id'; cp.execFile(p, [], f); cp.fork(__filename)",
            "const require = createRequire(import.meta.url); require('a')",
            "typeof require === 'function'; function f(require, module) {}; (require) => 1; new Function('return this')()",
            "client.eval(script); x instanceof Function; eval('1'); Function()",
        ] {
            assert_eq!(read(text).unwrap().untold, None, "{text}");
        }
        assert!(read("require('child_process')").unwrap().starts_programs);
        assert!(!read("require('child')").unwrap().starts_programs);
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        for text in ["'a\n'", "`a", "/* a", "}", "{", "x = /a\n/", "\\u0072equire('a')", "`${a`"] {
            assert!(read(text).is_none(), "{text}");
        }
        assert_eq!(read("a // b\n/* c\n */d").unwrap().code, "a  \n d");
    }
}
