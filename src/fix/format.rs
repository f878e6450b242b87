//! Spacing and blank lines of a unit file, and nothing else: no key, value or comment is another one afterwards.

use super::applied;
use crate::syntax::{Continued, Item, Kind, parse};
use crate::text::{Edit, Span};

/// The edits that give a file its usual form: no blanks around keys and values and at the ends of lines, one empty line
/// before each section, no two in a row, one line end at the end. What is not certain to mean the same stays as it is.
pub fn edits(bytes: &[u8]) -> Vec<Edit> {
    let syntax = parse(bytes);
    let Some(end) = line_end(bytes) else { return Vec::new() };
    let mut edits = Vec::new();
    let mut out = |start: u32, stop: u32, insert: &str| {
        if bytes[start as usize..stop as usize] != *insert.as_bytes() {
            edits.push(Edit { span: Span { start, end: stop }, insert: insert.to_owned() });
        }
    };
    let items = &syntax.items;
    let mut empty = true;
    for (at, item) in items.iter().enumerate() {
        let text = item.span.of(bytes);
        let length = text.iter().rposition(|b| !matches!(b, b'\n' | b'\r' | b'\0')).map_or(0, |i| i + 1);
        let stop = item.span.start + length as u32;
        // an empty line that is continued is more than spacing
        let is_empty = |item: &Item| item.kind == Kind::Blank && !item.span.of(bytes).contains(&b'\\');
        if is_empty(item) {
            // blank lines before a section, one; at the begin and at the end of the file, none
            let more = items[at + 1..].iter().find(|i| !is_empty(i));
            if empty || more.is_none() {
                out(item.span.start, item.span.end, "");
            } else {
                out(item.span.start, stop, "");
            }
            empty = true;
            continue;
        }
        let starts = at > 0 && starts_section(items, at);
        if starts && !empty {
            out(item.span.start, item.span.start, end);
        }
        empty = false;
        match item.kind {
            Kind::Section { name } => {
                let (open, close) = (name.start - 1, name.end + 1);
                let alone = text[close as usize - item.span.start as usize..length].iter().all(|b| blank(*b));
                if alone && bytes[item.span.start as usize..open as usize].iter().all(|b| blank(*b)) {
                    out(item.span.start, open, "");
                    out(close, stop, "");
                }
            }
            Kind::Entry { key, value, continued } => {
                if bytes[item.span.start as usize..key.start as usize].iter().all(|b| blank(*b)) {
                    out(item.span.start, key.start, "");
                }
                let between = &bytes[key.end as usize..value.start.max(key.end) as usize];
                if between.iter().all(|b| blank(*b) || *b == b'=') && between.contains(&b'=') {
                    out(key.end, value.start, "=");
                }
                if continued == Continued::No {
                    out(value.end.max(value.start), stop, "");
                }
            }
            Kind::Comment => {
                let kept = text[..length].iter().rposition(|b| !blank(*b)).map_or(0, |i| i + 1);
                out(item.span.start + kept as u32, stop, "");
            }
            Kind::Blank | Kind::Junk(_) => {}
        }
        if at + 1 == items.len() && length == text.len() && !bytes.is_empty() {
            out(stop, item.span.end, end);
        }
    }
    if same(bytes, &applied(bytes, edits.clone())) { edits } else { Vec::new() }
}

/// What ends the lines; `None` where several things do.
fn line_end(bytes: &[u8]) -> Option<&'static str> {
    let count = |wanted: u8| memchr::memchr_iter(wanted, bytes).count();
    let pairs = memchr::memmem::find_iter(bytes, b"\r\n").count();
    match (count(b'\r'), count(b'\n')) {
        _ if count(0) > 0 => None,
        (0, _) => Some("\n"),
        (returns, feeds) => (returns == pairs && feeds == pairs).then_some("\r\n"),
    }
}

fn blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// Whether a section begins here: its header, or the first of the comments right above it.
fn starts_section(items: &[Item], at: usize) -> bool {
    match items[at].kind {
        Kind::Section { .. } => items[at - 1].kind != Kind::Comment,
        Kind::Comment => {
            let below = items[at..].iter().find(|i| i.kind != Kind::Comment);
            items[at - 1].kind != Kind::Comment && below.is_some_and(|i| matches!(i.kind, Kind::Section { .. }))
        }
        _ => false,
    }
}

/// What a file says, without its spacing.
fn same(before: &[u8], after: &[u8]) -> bool {
    let said = |bytes: &[u8]| {
        let syntax = parse(bytes);
        let told = |item: &Item| match &item.kind {
            Kind::Blank => None,
            Kind::Entry { .. } => item.entry(bytes).map(|(key, value)| format!("{key}={}", value.text).into_bytes()),
            Kind::Section { name } => Some([b"[", name.of(bytes)].concat()),
            Kind::Comment | Kind::Junk(_) => Some(item.span.of(bytes).trim_ascii().to_vec()),
        };
        (syntax.items.iter().filter_map(told).collect::<Vec<_>>(), syntax.too_long.is_some())
    };
    said(before) == said(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn formatted(text: &str) -> String {
        String::from_utf8(applied(text.as_bytes(), edits(text.as_bytes()))).unwrap()
    }

    #[test]
    fn spacing() {
        let text = "\n# head  \n[Unit] \nDescription = A  b \t\n\n\n\n#why\n[Service]\n  ExecStart= /bin/a \\\n    # note \n   b  \nUser=\n; c\n\n\n";
        let wanted = "# head\n[Unit]\nDescription=A  b\n\n#why\n[Service]\nExecStart=/bin/a \\\n    # note \n   b  \nUser=\n; c\n";
        assert_eq!(formatted(text), wanted);
        assert_eq!(formatted(wanted), wanted);
        assert_eq!(formatted("[A]\r\nb = c\r\n[D]\r\n"), "[A]\r\nb=c\r\n\r\n[D]\r\n");
        assert_eq!(formatted("a = b"), "a=b\n");
        assert_eq!(formatted(""), "");
    }

    proptest! {
        #[test]
        fn nothing_else_changes(text in "([ \t]?(#x|\\[U\\]|\\[|A|b=|=|é|\\\\| |\u{feff})){0,6}(\n|\r|\r\n|\n\n\n|\0)?".prop_map(String::from)
            .prop_flat_map(|a| ("(\n| |A = b|#|\\[S\\] |\\\\\n|\r\n){0,12}", Just(a)))
            .prop_map(|(b, a)| format!("{a}{b}{a}"))) {
            let once = formatted(&text);
            prop_assert!(same(text.as_bytes(), once.as_bytes()), "{once:?}");
            prop_assert_eq!(formatted(&once), once);
        }
    }
}
