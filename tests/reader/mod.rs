//! systemd's reader of unit files, slow and as it is written, to hold ours against.

use unitlint::syntax::{self, Item, Junk, Kind};
use unitlint::text::Span;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A logical line of the model.
struct Logical {
    line: u32,
    text: Vec<u8>,
    joined: bool,
}

/// Takes a physical line off: LF and CR in either order, each at most once, and then one NUL end it.
fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let bytes = *rest;
    let text = bytes.iter().position(|b| b"\n\r\0".contains(b)).unwrap_or(bytes.len());
    let mut end = text;
    while let Some(b) = bytes.get(end).filter(|b| b"\n\r\0".contains(b)) {
        if bytes[text..end].contains(b) || bytes[text..end].contains(&0) {
            break;
        }
        end += 1;
    }
    *rest = &bytes[end..];
    (!bytes.is_empty()).then_some(&bytes[..text])
}

/// `config_parse()` as it is written, a line at a time and without a thought for speed.
fn model(mut rest: &[u8]) -> Vec<Logical> {
    let (mut out, mut open, mut number, mut bom_seen) = (Vec::new(), None::<Vec<u8>>, 0, false);
    while let Some(mut line) = take_line(&mut rest) {
        number += 1;
        if line.iter().find(|b| !b" \t".contains(b)).is_some_and(|b| b"#;".contains(b)) {
            continue;
        }
        if !bom_seen && line.starts_with(BOM) {
            bom_seen = true;
            line = &line[BOM.len()..];
        }
        let joined = open.is_some();
        let mut text = open.take().unwrap_or_default();
        text.extend_from_slice(line);
        if text.iter().fold(false, |escaped, b| !escaped && *b == b'\\') {
            text.pop();
            text.push(b' ');
            open = Some(text);
        } else {
            out.push(Logical { line: number, text, joined });
        }
    }
    out.extend(open.map(|text| Logical { line: number + 1, text, joined: true }));
    out
}

/// UTF-8 as systemd sees it: without the code points that Unicode keeps for no character.
fn is_text(bytes: &[u8]) -> bool {
    let nothing = |c: char| ('\u{fdd0}'..='\u{fdef}').contains(&c) || u32::from(c) & 0xfffe == 0xfffe;
    std::str::from_utf8(bytes).is_ok_and(|t| !t.chars().any(nothing))
}

fn trim(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| b" \t".contains(b);
    let from = text.iter().position(|b| !blank(b)).unwrap_or(text.len());
    let to = text.iter().rposition(|b| !blank(b)).map_or(from, |e| e + 1);
    &text[from..to]
}

/// What a line comes to, in a form that both sides can be written in.
fn expected(logical: &Logical) -> (u32, String) {
    let text = trim(&logical.text);
    let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let what = match (text.iter().position(|b| *b == b'='), text) {
        (_, []) => "blank".into(),
        _ if !is_text(text) => format!("{:?}", Junk::NotUtf8),
        (_, [b'[', .., b']']) if logical.joined => "header".into(),
        (_, [b'[', name @ .., b']']) => format!("header {}", lossy(name)),
        (_, [b'[', ..]) => format!("{:?}", Junk::BadHeader),
        (Some(0), _) => format!("{:?}", Junk::NoKey),
        (None, _) => format!("{:?}", Junk::NoEqual),
        (Some(equal), _) => format!("{} = {}", lossy(trim(&text[..equal])), lossy(trim(&text[equal + 1..]))),
    };
    (logical.line, what)
}

/// The same for an item; `None` for a comment.
fn parsed(item: &Item, bytes: &[u8]) -> Option<(u32, String)> {
    let what = match &item.kind {
        Kind::Comment => return None,
        Kind::Blank => "blank".into(),
        Kind::Section { name } => {
            let all = item.span.of(bytes);
            let end = all.iter().rposition(|b| !b" \t\n\r\0".contains(b)).map_or(0, |e| e + 1);
            let joined = !all[..end].ends_with(b"]") || all[..end].iter().any(|b| b"\n\r\0".contains(b));
            let name = String::from_utf8_lossy(name.of(bytes));
            if joined { "header".into() } else { format!("header {name}") }
        }
        Kind::Junk(junk) => format!("{junk:?}"),
        Kind::Entry { .. } => {
            let (key, value) = item.entry(bytes).expect("an entry has a key and a value");
            format!("{key} = {}", value.text)
        }
    };
    Some((item.line, what))
}

/// Everything that holds for any file.
pub(crate) fn check_syntax(bytes: &[u8]) {
    let syntax = syntax::parse(bytes);
    assert_eq!(syntax.print(bytes), bytes);
    let mut end = 0;
    for item in &syntax.items {
        assert_eq!(item.span.start, end, "a gap or an overlap");
        assert!(item.span.end > end, "an empty item");
        end = item.span.end;
        let inside = |s: Span| item.span.start <= s.start && s.end <= item.span.end;
        let Kind::Entry { key, value, .. } = item.kind else { continue };
        assert!(inside(key) && inside(value));
        let (_, joined) = item.entry(bytes).expect("an entry has a key and a value");
        assert_eq!(joined.span(0..joined.text.len()), value);
        let base = joined.text.as_ptr() as usize;
        for word in joined.text.split([' ', '\t']).filter(|w| !w.is_empty()) {
            let at = word.as_ptr() as usize - base;
            assert_eq!(joined.span(at..at + word.len()).of(bytes), word.as_bytes());
        }
    }
    assert_eq!(end as usize, bytes.len());
    let found: Vec<_> = syntax.items.iter().filter_map(|i| parsed(i, bytes)).collect();
    assert_eq!(found, model(bytes).iter().map(expected).collect::<Vec<_>>());
}
