//! Text of files and messages in Markdown, where nothing of it may mean anything: no link, no name, no HTML.

use super::style::clean;
use std::fmt::Write as _;

/// A comment on a pull request holds 65536 characters; what does not fit is left out.
pub(super) const ROOM: usize = 60_000;

/// Text of a file as code: nothing in it means anything, and nobody makes links of its words.
pub(super) fn code(text: &str) -> String {
    let text = clean(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a table, where a bar would end the cell, even in code.
pub(super) fn cell(text: &str) -> String {
    if text.contains('|') { html(text) } else { code(text) }
}

/// The same where HTML is written; every sign is spelt out.
pub(super) fn html(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in clean(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '-' | '.' | '/' | ',' | '=') {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out + "</code>"
}

/// A sentence in which words of a file may stand: those of which somebody would make a link or a name are code.
pub(super) fn sentence(text: &str) -> String {
    let speaks =
        |word: &str| word.contains(['@', '#', '/', '|', '`']) || word.contains("www.") || word.matches(':').count() > 1;
    let plain = |word: &str| {
        word.chars().fold(String::new(), |mut out, c| {
            if matches!(c, '\\' | '*' | '_' | '~' | '[' | ']' | '<' | '>' | '&' | '$' | '!') {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    let words = clean(text);
    let words = words.split(' ').map(|word| if speaks(word) { cell(word) } else { plain(word) });
    words.collect::<Vec<_>>().join(" ")
}
