//! The commands of the scripts that run when a package comes or goes, each with its place. Loops and conditions are not
//! followed: all that is known of a command is whether somebody asked for systemd before it.

use crate::evidence::base;
use crate::rule::shell::is_assignment;
use crate::rule::shipped::{Script, Shipped};
use crate::text::{Loc, Source, Span};
use std::sync::Arc;

/// Words of the shell behind which a command stands.
const BEFORE: [&str; 11] = ["if", "elif", "then", "else", "while", "until", "do", "!", "time", "exec", "command"];

/// A word of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'t> {
    /// without the quotes around it
    pub(super) text: &'t str,
    at: usize,
}

impl Word<'_> {
    /// Where it is.
    pub(super) fn place(&self, source: &Arc<Source>) -> Loc {
        Loc { source: source.clone(), span: Span::new(self.at, self.at + self.text.len()) }
    }
}

/// A command.
#[derive(Debug)]
pub(super) struct Call<'t> {
    /// its words; never empty
    pub(super) words: Vec<Word<'t>>,
    /// it runs only where something said that systemd is there, or that cannot be told
    pub(super) guarded: bool,
    /// what happens when it fails is written down
    pub(super) handled: bool,
}

impl<'t> Call<'t> {
    /// The name of the program.
    pub(super) fn program(&self) -> &'t str {
        base(self.words[0].text)
    }

    /// Its first words, as a message shows them.
    pub(super) fn spoken(&self) -> String {
        self.words.iter().map(|w| w.text).take(4).collect::<Vec<_>>().join(" ")
    }

    /// What is no option.
    pub(super) fn operands(&self) -> impl Iterator<Item = Word<'t>> {
        self.words[1..].iter().copied().filter(|w| !w.text.starts_with('-'))
    }

    /// The option itself.
    pub(super) fn has(&self, option: &str) -> bool {
        self.words[1..].iter().any(|w| w.text == option)
    }
}

/// The text of a script for a shell.
pub(super) fn text(script: &Script) -> Option<&str> {
    let shell = script.interpreter.as_deref().and_then(|i| i.split_whitespace().next());
    shell.filter(|s| super::shell::is_shell(base(s)))?;
    std::str::from_utf8(&script.source.bytes).ok()
}

/// The scripts of a package that a shell runs, each with its commands.
pub(super) fn scripts<'s>(shipped: &'s Shipped<'_>) -> impl Iterator<Item = (&'s Script, Vec<Call<'s>>)> {
    shipped.scripts.iter().filter_map(|script| Some((script, calls(text(script)?))))
}

/// Whether some script has a word, such as the name of a unit or of a user.
pub(super) fn mention(shipped: &Shipped<'_>, word: &str) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@');
    shipped.scripts.iter().any(|script| {
        let bytes = &script.source.bytes;
        memchr::memmem::find_iter(bytes, word).any(|at| {
            let behind = bytes.get(at + word.len()).filter(|b| part(b));
            // a full stop may end a sentence, and begins the suffix of a unit
            !(at > 0 && part(&bytes[at - 1])) && behind.is_none_or(|b| *b == b'.')
        })
    })
}

/// The commands of a script.
pub(super) fn calls(text: &str) -> Vec<Call<'_>> {
    let mut reader = Reader { text, ..Reader::default() };
    reader.read();
    reader.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Line,
    And,
    Or,
    Other,
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
    words: Vec<Word<'t>>,
    /// the ends of documents that stand in the script
    here: Vec<&'t str>,
    /// for each `if` whether its condition asks for systemd
    blocks: Vec<bool>,
    in_condition: bool,
    line_guarded: bool,
    rest_guarded: bool,
    /// braces that are open; those of a function count from where it begins
    braces: usize,
    function: Option<usize>,
    out: Vec<Call<'t>>,
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or_default()
    }

    fn read(&mut self) {
        while self.at < self.text.len() {
            let c = self.peek(0);
            match c {
                b'\\' if self.peek(1) == b'\n' => self.at += 2,
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at),
                b'\n' => {
                    self.at += 1;
                    self.end(End::Line);
                    self.skip_documents();
                }
                b'(' if self.peek(1) == b')' => {
                    self.at += 2;
                    self.words.clear();
                    self.function = self.function.or(Some(self.braces));
                }
                b';' | b'&' | b'|' | b'(' | b')' | b'`' => {
                    let twice = self.peek(1) == c;
                    self.at += 1 + usize::from(twice);
                    self.end(match c {
                        b'&' if twice => End::And,
                        b'|' if twice => End::Or,
                        _ => End::Other,
                    });
                }
                b'<' | b'>' => self.redirection(c),
                _ => self.plain_word(),
            }
        }
        self.end(End::Line);
    }

    fn plain_word(&mut self) {
        let (from, word) = (self.at, self.word());
        match word {
            "{" => {
                self.braces += 1;
                self.end(End::Other);
            }
            "}" => {
                self.end(End::Other);
                self.braces = self.braces.saturating_sub(1);
                self.function = self.function.filter(|outer| *outer < self.braces);
            }
            _ => {
                let text = word.trim_matches(['"', '\'']);
                let quotes = word.len() - word.trim_start_matches(['"', '\'']).len();
                self.words.push(Word { text, at: from + quotes });
            }
        }
    }

    fn redirection(&mut self, c: u8) {
        // the number of a file
        let at = self.at;
        self.words.pop_if(|w| w.at + w.text.len() == at && w.text.bytes().all(|b| b.is_ascii_digit()));
        let document = c == b'<' && self.peek(1) == b'<';
        while matches!(self.peek(0), b'<' | b'>' | b'&' | b'|') || document && self.peek(0) == b'-' {
            self.at += 1;
        }
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
        let target = self.word().trim_matches(['"', '\'', '\\']);
        if document {
            self.here.push(target);
        }
    }

    /// A word with its quotes and all that is substituted in it.
    fn word(&mut self) -> &'t str {
        let from = self.at;
        while self.at < self.text.len() {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>' | b'`' => break,
                b'\\' => self.at += 2,
                b'$' if matches!(self.peek(1), b'(' | b'{') => {
                    self.at += 1;
                    self.balanced();
                }
                quote @ (b'"' | b'\'') => {
                    self.at += 1;
                    while self.at < self.text.len() && self.peek(0) != quote {
                        self.at += if self.peek(0) == b'\\' && quote == b'"' { 2 } else { 1 };
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        &self.text[from..self.at]
    }

    fn balanced(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'(' | b'{' => depth += 1,
                b')' | b'}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }

    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.here) {
            while self.at < self.text.len() {
                let line = self.text[self.at..].split('\n').next().unwrap_or_default();
                self.at += line.len() + 1;
                if line.trim() == end {
                    break;
                }
            }
            self.at = self.at.min(self.text.len());
        }
    }

    fn end(&mut self, end: End) {
        let mut words = std::mem::take(&mut self.words);
        let mut skip = 0;
        for word in &words {
            match word.text {
                "if" => {
                    self.blocks.push(false);
                    self.in_condition = true;
                }
                "elif" => self.in_condition = true,
                "then" => self.in_condition = false,
                "fi" => _ = self.blocks.pop(),
                text if BEFORE.contains(&text) || is_assignment(text) => {}
                _ => break,
            }
            skip += 1;
        }
        words.drain(..skip);
        let asks = words.iter().any(|w| w.text.contains("systemd") || w.text.contains("systemctl"));
        if self.in_condition && asks {
            self.blocks.iter_mut().rev().take(1).for_each(|b| *b = true);
        }
        let guarded = self.in_condition
            || self.line_guarded
            || self.rest_guarded
            || self.function.is_some()
            || self.blocks.contains(&true);
        let is_test = words.first().is_some_and(|w| matches!(base(w.text), "[" | "test" | "which" | "pidof" | "type"));
        self.line_guarded |= end == End::And && asks;
        self.rest_guarded |= end == End::Or && asks && is_test;
        if end == End::Line && !words.is_empty() {
            self.line_guarded = false;
        }
        if !words.is_empty() {
            self.out.push(Call { words, guarded, handled: end == End::Or });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let told = |c: Call<'_>| {
            let words: Vec<&str> = c.words.iter().map(|w| w.text).collect();
            format!("{}{}{}", words.join(" "), if c.guarded { " G" } else { "" }, if c.handled { " H" } else { "" })
        };
        calls(text).into_iter().map(told).collect()
    }

    #[test]
    fn commands_are_found() {
        assert_eq!(
            told("a 'b c' >/dev/null 2>&1 || true # x\nX=1 b; if c; then d; fi"),
            ["a b c H", "true", "b", "c G", "d"]
        );
        assert_eq!(
            told("cat <<-EOF > x\nnot this\n\tEOF\na \\\n b\necho \"; c\" $(d; e)"),
            ["cat", "a b", "echo ; c $(d; e)"]
        );
    }

    #[test]
    fn who_asks_for_systemd_is_seen() {
        let text =
            "a\nif [ -d /run/systemd/system ]; then b; if x; then c; fi; fi\nd\n[ -d /run/systemd/system ] && e\nf";
        let all = told(text);
        assert_eq!(all[2..], ["b G", "x G", "c G", "d", "[ -d /run/systemd/system ]", "e G", "f"]);
        assert_eq!(told("f() {\n a\n}\nb\nwhich systemctl || exit 0\nc")[..2], ["a G", "b"]);
        assert_eq!(told("test -d /run/systemd/system || exit 0\nc").last().map(String::as_str), Some("c G"));
    }
}
