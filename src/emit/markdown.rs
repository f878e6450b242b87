//! Text of files and messages in Markdown, where nothing of it may mean anything: no link, no name, no HTML.

use super::style::clean;
use std::fmt::Write as _;

/// A comment on a pull request holds 65536 characters; what does not fit is left out.
pub(super) const ROOM: usize = 60_000;

/// Text of a file as code: nothing in it means anything, and nobody makes links of its words.
pub fn code(text: &str) -> String {
    let text = clean(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
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

/// The signs that mean something wherever they stand in a sentence.
const SIGNS: &[char] = &['\\', '`', '*', '_', '~', '[', ']', '<', '>', '&', '|'];

fn escaped(text: &str) -> String {
    let sign = |c: char| [SIGNS.contains(&c).then_some('\\'), Some(c)];
    clean(text).chars().flat_map(sign).flatten().collect()
}

/// A fenced block.
pub(super) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let mut out = format!("{fence}{language}\n");
    for line in text.lines() {
        let _ = writeln!(out, "{}", clean(line));
    }
    out + &fence + "\n"
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The Markdown of a rule file, of which paragraphs, points, code and emphasis count and nothing else does.
pub(super) fn prose(text: &str) -> String {
    let paragraphs = text.trim_end().split("\n\n").filter(|p| !p.trim().is_empty());
    let paragraphs = paragraphs.map(|paragraph| {
        if paragraph.lines().all(|line| line.starts_with("    ")) {
            let lines = paragraph.lines().map(|line| &line[4..]);
            return block("text", &lines.collect::<Vec<_>>().join("\n")).trim_end().to_owned();
        }
        let mut points: Vec<String> = Vec::new();
        for line in paragraph.trim().lines().map(str::trim) {
            match points.last_mut() {
                Some(point) if !line.starts_with("- ") => *point = [point, " ", line].concat(),
                _ => points.push(line.to_owned()),
            }
        }
        let point = |text: &String| match text.strip_prefix("- ") {
            Some(text) => format!("- {}", at_start(&inline(text))),
            None => at_start(&inline(text)),
        };
        points.iter().map(point).collect::<Vec<_>>().join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// What would begin a heading, a list or a line at the start of a paragraph does not.
fn at_start(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &text[..digits], &text[digits..]);
    }
    if text.starts_with(['#', '-', '+', '=']) { format!("\\{text}") } else { text.to_owned() }
}

/// A line of such Markdown: code and emphasis stay.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*']) {
        out.push_str(&escaped(&rest[..at]));
        rest = &rest[at..];
        let sign = &rest[..1];
        let run = rest.len() - rest.trim_start_matches(sign).len();
        let (mark, body) = rest.split_at(run);
        match closed(body, mark) {
            Some(inside) if sign == "`" => out.push_str(&code(inside.trim())),
            Some(inside) => out.push_str(&[mark, &inline(inside), mark].concat()),
            None => {
                out.push_str(&escaped(mark));
                rest = body;
                continue;
            }
        }
        rest = &body[closed(body, mark).map_or(0, str::len) + run..];
    }
    out + &escaped(rest)
}

/// What stands before the same mark, if that closes it.
fn closed<'a>(body: &'a str, mark: &str) -> Option<&'a str> {
    let sign = &mark[..1];
    let mut from = 0;
    loop {
        let at = from + body[from..].find(sign)?;
        let run = body[at..].len() - body[at..].trim_start_matches(sign).len();
        let inside = &body[..at];
        let tight = sign == "`" || mark.len() < 3 && inside == inside.trim();
        if run == mark.len() && tight && !inside.trim().is_empty() {
            return Some(inside);
        }
        from = at + run;
    }
}

/// A sentence in which words of a file may stand: those of which somebody would make a link or a name are code.
pub fn sentence(text: &str) -> String {
    let speaks =
        |word: &str| word.contains(['@', '#', '/', '|', '`']) || word.contains("www.") || word.matches(':').count() > 1;
    let inert = |word: &str| {
        word.chars().fold(String::new(), |mut out, c| {
            if matches!(c, '\\' | '*' | '_' | '~' | '[' | ']' | '<' | '>' | '&' | '$' | '!') {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    let words = clean(text);
    let words = words.split(' ').map(|word| if speaks(word) { cell(word) } else { inert(word) });
    words.collect::<Vec<_>>().join(" ")
}

/// The text of Markdown as it is written here, without the marks.
pub fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut fenced = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let _ = writeln!(out, "    {line}");
        } else if !line.starts_with("| -") {
            // the rule below the head of a table says nothing
            unmarked(line, &mut out);
        }
    }
    out
}

fn unmarked(line: &str, out: &mut String) {
    let text = line.trim_start_matches('#');
    let text = if text.len() < line.len() { text.trim_start() } else { text };
    let mut chars = text.trim_end().chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next)) if next.is_ascii_punctuation() => out.extend(chars.next()),
            ('*', Some('*')) => drop(chars.next()),
            (']', Some('(')) => {
                let target: String = chars.by_ref().skip(1).take_while(|c| *c != ')').collect();
                let _ = write!(out, " ({target})");
            }
            ('`' | '[', _) => {}
            (c, _) => out.push(c),
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off() {
        let text = "### A=\n\n- **b**: \\[C\\] `d` [e](https://f/)  \n| x | y |\n| --- | --- |\n```ini\n[A]*b*\n```\n";
        assert_eq!(plain(text), "A=\n\n- b: [C] d e (https://f/)\n| x | y |\n    [A]*b*\n");
    }

    #[test]
    fn only_code_and_emphasis_count() {
        for (text, shown) in [
            ("a `b_c` and *so* on", "a `b_c` and *so* on"),
            ("a <b> & [c](d) | e_f", "a \\<b\\> \\& \\[c\\](d) \\| e\\_f"),
            ("`a` ``b ` c`` `d", "`a` ``b ` c`` \\`d"),
            ("2 * 3 * 4 **one** ***x***", "2 \\* 3 \\* 4 **one** \\*\\*\\*x\\*\\*\\*"),
            ("# no\nheading\n\n1. no list", "\\# no heading\n\n1\\. no list"),
            ("these:\n- a\n  b\n- `c`", "these:\n- a b\n- `c`"),
            ("a\n\n    x = `1`\n\nb", "a\n\n```text\nx = `1`\n```\n\nb"),
            ("`````", "\\`\\`\\`\\`\\`"),
            ("*", "\\*"),
        ] {
            assert_eq!(prose(text), shown);
        }
    }

    #[test]
    fn a_block_cannot_be_left() {
        assert_eq!(block("ini", "a\n```\nb\u{1b}"), "````ini\na\n```\nb\\u{1b}\n````\n");
    }
}
