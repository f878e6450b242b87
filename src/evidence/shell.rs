//! The commands of a shell script, by its text: words with their quotes taken away, assignments, what stands inside of
//! `$(…)`. No shell: loops and conditions are not followed, every command counts.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

/// What variables may be set to.
pub(super) type Variables = BTreeMap<String, Vec<String>>;

/// Deeper ones are not looked into: nobody writes them.
const DEEP: usize = 8;
/// A variable with more values than these may be anything.
const VALUES: usize = 8;
/// Words of the shell behind which a command stands.
const BEFORE: [&str; 14] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "exec", "command", "eval", "time", "builtin"];

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    /// the words of each command
    pub(super) commands: Vec<Vec<String>>,
    /// assignments
    pub(super) variables: Variables,
    /// functions of its own
    pub(super) functions: BTreeSet<String>,
}

/// Reads a script.
pub(super) fn read(text: &str) -> Read {
    let mut out = Read::default();
    let joined = text.replace("\\\n", " ");
    Reader { chars: joined.chars().peekable(), out: &mut out, depth: 0, here: Vec::new() }.list(false);
    out
}

struct Reader<'t, 'o> {
    chars: Peekable<Chars<'t>>,
    out: &'o mut Read,
    depth: usize,
    /// the ends of documents that stand in the script
    here: Vec<String>,
}

impl Reader<'_, '_> {
    /// Commands up to the end, or to the parenthesis that closes them.
    fn list(&mut self, inside: bool) {
        let mut words: Vec<String> = Vec::new();
        // how many `case` are open
        let mut cases = 0;
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '\n' => {
                    self.chars.next();
                    self.command(&mut words);
                    self.skip_documents();
                }
                ' ' | '\t' | '\r' => {
                    self.chars.next();
                }
                '#' => {
                    while self.chars.peek().is_some_and(|c| *c != '\n') {
                        self.chars.next();
                    }
                }
                ';' | '|' | '&' => {
                    self.chars.next();
                    self.command(&mut words);
                    let ends_clause = c == ';' && self.chars.next_if(|c| matches!(c, ';' | '&')).is_some();
                    if ends_clause && cases > 0 {
                        self.chars.next_if_eq(&'&');
                        cases -= usize::from(self.patterns());
                    }
                }
                '(' => {
                    self.chars.next();
                    let first = words.iter().all(|w| BEFORE.contains(&w.as_str()) || w == "for");
                    if first && self.chars.peek() == Some(&'(') {
                        self.twice();
                    } else if self.chars.peek() == Some(&')') {
                        // NAME() begins a function
                        self.chars.next();
                        self.out.functions.extend(words.pop());
                        words.clear();
                    } else if self.depth < DEEP {
                        self.command(&mut words);
                        self.depth += 1;
                        self.list(true);
                        self.depth -= 1;
                    }
                }
                ')' => {
                    self.chars.next();
                    self.command(&mut words);
                    if inside {
                        return;
                    }
                }
                '<' | '>' => {
                    self.chars.next();
                    let document = c == '<' && self.chars.next_if_eq(&'<').is_some();
                    while self.chars.next_if(|c| matches!(c, '<' | '>' | '&' | '-' | '|')).is_some() {}
                    while self.chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
                    let target = self.word();
                    if document {
                        self.here.push(target);
                    }
                }
                _ => {
                    let word = self.word();
                    // the number of a file before > and <
                    let number = word.len() == 1
                        && word.bytes().all(|b| b.is_ascii_digit())
                        && self.chars.peek().is_some_and(|c| matches!(c, '<' | '>'));
                    if word == "esac" && cases > 0 && words.iter().all(|w| BEFORE.contains(&w.as_str())) {
                        words.clear();
                        cases -= 1;
                    } else if word == "[[" && words.iter().all(|w| BEFORE.contains(&w.as_str())) && self.is_near("]]") {
                        self.no_commands("]]");
                    } else if self.chars.peek() == Some(&'(') && assignment(&word).is_some_and(|(_, v)| v.is_empty()) {
                        self.chars.next();
                        self.array(word.trim_end_matches(['+', '=']));
                    } else if word == "in" && is_case(&words) {
                        words.clear();
                        cases += usize::from(!self.patterns());
                    } else if !number {
                        words.push(word);
                    }
                }
            }
        }
        self.command(&mut words);
    }

    /// What stands behind two parentheses: arithmetic, or a shell inside of another.
    fn twice(&mut self) {
        let text = self.closed('(', ')');
        let is_arithmetic = text.ends_with(')');
        if self.depth < DEEP {
            let mut inner = self.reader(&text);
            if is_arithmetic { inner.no_commands("") } else { inner.list(false) }
        }
    }

    /// The values of an array up to their parenthesis.
    fn array(&mut self, name: &str) {
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '#' => while self.chars.next_if(|c| *c != '\n').is_some() {},
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | '<' | '>' => {
                    self.chars.next();
                }
                ')' => {
                    self.chars.next();
                    return;
                }
                _ => {
                    let word = self.word();
                    let value = assignment(&word).map_or(word.as_str(), |(_, value)| value);
                    keep(&mut self.out.variables, name, value);
                }
            }
        }
    }

    /// Whether a text comes soon.
    fn is_near(&self, text: &str) -> bool {
        self.chars.clone().take(1000).collect::<String>().contains(text)
    }

    /// Words that are compared or counted up to the one that ends them; what is substituted in them is read.
    fn no_commands(&mut self, end: &str) {
        while let Some(c) = self.chars.peek().copied() {
            if matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>') {
                self.chars.next();
            } else if self.word() == end {
                return;
            }
        }
    }

    /// The patterns of a clause of a `case` up to their parenthesis; whether there is none and the `case` is over.
    fn patterns(&mut self) -> bool {
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '#' => while self.chars.next_if(|c| *c != '\n').is_some() {},
                ')' => {
                    self.chars.next();
                    return false;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | '<' | '>' => {
                    self.chars.next();
                }
                _ => {
                    if self.word() == "esac" {
                        return true;
                    }
                }
            }
        }
        true
    }

    /// The lines of a document in the script.
    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.here) {
            loop {
                let mut line = String::new();
                while let Some(c) = self.chars.next_if(|c| *c != '\n') {
                    line.push(c);
                }
                if line.trim() == end || self.chars.next().is_none() {
                    break;
                }
            }
        }
    }

    /// A word; what is substituted in it is read as well and leaves `$`.
    fn word(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.chars.peek().copied() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.chars.next();
                    out.extend(self.chars.by_ref().take_while(|c| *c != '\''));
                }
                '"' => {
                    self.chars.next();
                    self.quoted(&mut out);
                }
                _ => {
                    self.chars.next();
                    self.one(c, &mut out);
                }
            }
        }
        out
    }

    fn quoted(&mut self, out: &mut String) {
        while let Some(c) = self.chars.next() {
            match c {
                '"' => return,
                c => self.one(c, out),
            }
        }
    }

    /// A character outside of single quotes.
    fn one(&mut self, c: char, out: &mut String) {
        match c {
            '\\' => out.extend(self.chars.next()),
            '`' => {
                let inner: String = self.chars.by_ref().take_while(|c| *c != '`').collect();
                self.inner(&inner);
                out.push_str("$()");
            }
            '$' => match self.chars.peek() {
                Some('(') => {
                    self.chars.next();
                    let inner = self.closed('(', ')');
                    // arithmetic is no command
                    if !inner.starts_with('(') {
                        self.inner(&inner);
                    }
                    out.push_str("$()");
                }
                Some('{') => {
                    self.chars.next();
                    let inner = self.closed('{', '}');
                    out.push_str("${");
                    out.push_str(&inner);
                    out.push('}');
                }
                _ => out.push('$'),
            },
            c => out.push(c),
        }
    }

    /// The text up to what closes it.
    fn closed(&mut self, open: char, close: char) -> String {
        let (mut out, mut depth) = (String::new(), 1);
        for c in self.chars.by_ref() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            out.push(c);
        }
        out
    }

    fn inner(&mut self, text: &str) {
        if self.depth < DEEP {
            self.reader(text).list(false);
        }
    }

    /// A reader of what stands inside.
    fn reader<'r>(&'r mut self, text: &'r str) -> Reader<'r, 'r> {
        Reader { chars: text.chars().peekable(), out: self.out, depth: self.depth + 1, here: Vec::new() }
    }

    /// A command is complete.
    fn command(&mut self, words: &mut Vec<String>) {
        let mut rest = std::mem::take(words).into_iter().peekable();
        let mut is_evaluated = false;
        loop {
            let Some(word) = rest.peek() else { return };
            match assignment(word) {
                Some((name, value)) => keep(&mut self.out.variables, name, value),
                None if BEFORE.contains(&word.as_str()) => is_evaluated |= word == "eval",
                // of a variable whose name is put together nothing is known
                None if is_evaluated && is_computed_name(word) => {}
                None => break,
            }
            rest.next();
        }
        let words: Vec<String> = rest.collect();
        match words[0].as_str() {
            "for" | "select" => {
                let name = words.get(1).cloned().unwrap_or_default();
                words.iter().skip(3).for_each(|value| keep(&mut self.out.variables, &name, value));
            }
            "export" | "local" | "readonly" | "declare" | "typeset" => {
                words
                    .iter()
                    .skip(1)
                    .filter_map(|w| assignment(w))
                    .for_each(|(n, v)| keep(&mut self.out.variables, n, v));
            }
            "function" | "esac" | "fi" | "done" | "}" | "in" | "]]" | "[[" | ":" => {}
            _ => self.out.commands.push(words),
        }
    }
}

fn keep(variables: &mut Variables, name: &str, value: &str) {
    let values = variables.entry(name.to_owned()).or_default();
    if !value.is_empty() && values.len() < VALUES && !values.iter().any(|v| v == value) {
        values.push(value.to_owned());
    }
}

/// Whether words are a `case` and what it is about.
fn is_case(words: &[String]) -> bool {
    let mut words = words.iter().skip_while(|w| BEFORE.contains(&w.as_str()));
    words.next().is_some_and(|w| w == "case") && words.next().is_some()
}

/// `NAME$i=VALUE`
fn is_computed_name(word: &str) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || b"_${}[]".contains(&b);
    word.split_once('=').is_some_and(|(name, _)| name.contains('$') && name.bytes().all(part))
}

/// `NAME=VALUE`, `NAME[INDEX]=VALUE`
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let name = name.trim_end_matches('+');
    let name = name.strip_suffix(']').and_then(|n| n.split_once('[')).map_or(name, |(name, _)| name);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!name.is_empty() && name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()))
        .then_some((name, value))
}

/// What a word may be, its variables replaced; `None` where one is not known.
pub(super) fn expand(word: &str, variables: &Variables, depth: usize) -> Option<Vec<String>> {
    let Some(at) = word.find('$') else { return Some(vec![word.to_owned()]) };
    if depth > 4 {
        return None;
    }
    let (before, rest) = (&word[..at], &word[at + 1..]);
    let (name, default, after) = match rest.strip_prefix('{') {
        Some(inner) => {
            let end = closing(inner)?;
            // of ${NAME:+text} the text is there or not
            if let Some((_, text)) = inner[..end]
                .split_once('+')
                .filter(|(name, _)| assignment(&format!("{}=", name.trim_end_matches(':'))).is_some())
            {
                let mut values = vec![String::new()];
                values.extend(expand(text, variables, depth + 1).unwrap_or_default());
                let mut out = Vec::new();
                for tail in expand(&inner[end + 1..], variables, depth + 1)? {
                    out.extend(values.iter().map(|value| format!("{before}{value}{tail}")));
                }
                return Some(out);
            }
            let (name, default) = match inner[..end].find([':', '-', '=', '%', '#', '/', '+']) {
                Some(i) => {
                    let operator = inner[i..end].trim_start_matches(':');
                    (&inner[..i], operator.strip_prefix(['-', '=']))
                }
                None => (&inner[..end], None),
            };
            // any element of an array
            (name.split_once('[').map_or(name, |(name, _)| name), default, &inner[end + 1..])
        }
        None => {
            let end = rest.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(rest.len());
            (&rest[..end], None, &rest[end..])
        }
    };
    // of many values some were not kept
    if variables.get(name).is_some_and(|v| v.len() >= VALUES) {
        return None;
    }
    let mut values: Vec<String> = Vec::new();
    for value in variables.get(name).into_iter().flatten().map(String::as_str).chain(default) {
        // one that is made of itself was looked at before
        if !value.contains(&format!("${name}")) && !value.contains(&format!("${{{name}")) {
            // a value that nobody can tell stands beside others that somebody wrote
            values.extend(expand(value, variables, depth + 1).unwrap_or_default());
        }
    }
    if values.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    for tail in expand(after, variables, depth + 1)? {
        out.extend(values.iter().take(VALUES).map(|value| format!("{before}{value}{tail}")));
    }
    out.truncate(VALUES * 2);
    Some(out)
}

/// Where a brace is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(i);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<String> {
        read(text).commands.into_iter().map(|c| c.join(" ")).collect()
    }

    #[test]
    fn commands_of_the_shell() {
        let text = "#!/bin/sh\nset -e\n. /lib/lsb/init-functions\nFOO=bar\nif [ -x /usr/sbin/a ]; then\n  exec setpriv --reuid x \\\n    /usr/sbin/a -f \"$OPT; x\" 2>/dev/null &&  logger 'a; reboot'\nfi\ncase $1 in\n  init|start) chown a /run/a;;\n  *) echo $(id -u) `tty`\nesac\nrun() {\n  kill $PID # reboot\n}\ncat <<EOF\nreboot\nEOF\n(umask 022; mkdir x)\n";
        assert_eq!(
            commands(text),
            [
                "set -e",
                ". /lib/lsb/init-functions",
                "[ -x /usr/sbin/a ]",
                "setpriv --reuid x /usr/sbin/a -f $OPT; x",
                "logger a; reboot",
                "chown a /run/a",
                "id -u",
                "tty",
                "echo $() $()",
                "kill $PID",
                "cat",
                "umask 022",
                "mkdir x"
            ]
        );
    }

    #[test]
    fn the_patterns_of_a_case_are_no_commands() {
        for (text, all) in [
            ("case $(readlink $a) in\n  (*resolvectl) return 1;; # systemd's\nesac\nb", "readlink $a; return 1; b"),
            ("case $1 in start|re*) a;; stop ) b ;& x|y) c;;& esac; d", "a; b; c; d"),
            ("if x; then case \"$1 $2\" in (a|b) y; z; esac fi; d", "x; y; z; d"),
            ("case $1 in\n# e\na)\n  case $2 in b) c; esac\n  d\n  ;;\n*) f\nesac\ng", "c; d; f; g"),
            ("(case $1 in a) b;; esac; c) | d", "b; c; d"),
            ("case $1 in esac\na", "a"),
            ("echo case x in; a", "echo case x in; a"),
            ("for case in a b; do c; done", "c"),
            ("case $1 in a) esacs;; b) echo esac;; esac", "esacs; echo esac"),
            // what was never closed loses nothing of what stands behind
            ("case $1 in a) b\nc", "b; c"),
        ] {
            assert_eq!(commands(text).join("; "), all, "{text}");
        }
    }

    #[test]
    fn what_is_counted_or_compared_is_no_command() {
        for (text, all) in [
            ("if (( $EUID != 0 && $(id -u) )); then a; fi", "id -u; a"),
            ("((a); b)", "a; b"),
            ("for ((i = 0; i < $n; i++)); do a; done", "a"),
            ("[[ -n $x && ( $y = $(b) || $z > 1 ) ]] && a", "b; a"),
            ("while [[ $x ]]; do a; done", "a"),
            ("l=(a $(b) # c\n d [x]=e)\nf", "b; f"),
            ("l=()\nl+=(a)\nb", "b"),
            ("[ a ] && b", "[ a ]; b"),
            ("l[$i]=$x; [$i]=x", "[$i]=x"),
            ("eval A_${n}=$x; eval $v=\"y\"; $v=z; eval $c x", "$v=z; $c x"),
            ("A=1 eval \"$c\"", "$c"),
        ] {
            assert_eq!(commands(text).join("; "), all, "{text}");
        }
    }

    #[test]
    fn variables_are_replaced() {
        let read = read(
            "HTTPD=${APACHE_HTTPD:-/usr/sbin/apache2}\nHOME_DIR=/usr/share/t\nfor d in /a /b; do x; done\nPATH=$PATH:/x\nl=(/c -x)\n",
        );
        let expand = |w: &str| expand(w, &read.variables, 0);
        assert_eq!(expand("$HTTPD"), Some(vec!["/usr/sbin/apache2".to_owned()]));
        assert_eq!(expand("${HOME_DIR}/bin/t.sh"), Some(vec!["/usr/share/t/bin/t.sh".to_owned()]));
        assert_eq!(expand("$d/bin"), Some(vec!["/a/bin".to_owned(), "/b/bin".to_owned()]));
        assert_eq!(expand("${l[@]}"), Some(vec!["/c".to_owned(), "-x".to_owned()]));
        assert_eq!(expand("/etc/x${NO:+.$NO}"), Some(vec!["/etc/x".to_owned()]));
        assert_eq!((expand("$NO"), expand("$()"), expand("${NO:-x}")), (None, None, Some(vec!["x".to_owned()])));
    }

    #[test]
    fn hostile_scripts_come_to_an_end() {
        for text in [
            "$(".repeat(5000),
            "((((".repeat(5000),
            "\"$(`".repeat(3000),
            "<<A".repeat(2000),
            "${".repeat(5000),
            "case x in (".repeat(3000),
            "case x in a)".repeat(3000),
        ] {
            let _ = read(&text);
        }
    }
}
