//! Changes to lines of a unit file: where a new line goes, and whether one can go without taking a comment's sense away.

use super::{Fix, Safety};
use crate::syntax::{self, Kind};
use crate::text::{Loc, Span};
use crate::unit::{Assignment, Unit};
use crate::vocab::Section;

/// Where lines go that are to be the last of a section of a file, and what is to be written there. A file without the
/// section gets one at its end. There is no place in a file that is not read to its end: what is written there may never count.
pub(crate) fn last_of(unit: &Unit, file: u16, section: Section, lines: &str) -> Option<(Loc, String)> {
    if !unit.is_read_whole(file) {
        return None;
    }
    let source = &unit.files.get(usize::from(file))?.source;
    let items = &unit.files.get(usize::from(file))?.syntax().items;
    let header = unit.headers.iter().rfind(|h| h.file == file && h.section == section);
    let (at, text) = match header {
        Some(header) => {
            let first = items.partition_point(|i| i.span.end <= header.span.start);
            let below = items[first + 1..].iter().position(|i| matches!(i.kind, Kind::Section { .. }));
            let end = below.map_or(items.len(), |n| first + 1 + n);
            // behind the last assignment
            let last = (first..end).rfind(|i| !matches!(items[*i].kind, Kind::Blank | Kind::Comment))?;
            (items[last].span.end, lines.to_owned())
        }
        None => (source.bytes.len() as u32, format!("\n[{}]\n{lines}", section.word())),
    };
    let end = if at as usize == source.bytes.len() {
        items.last().map_or("", |i| closing(i.span.of(&source.bytes)))
    } else {
        ""
    };
    let text = format!("{end}{text}");
    Some((Loc { source: source.clone(), span: Span { start: at, end: at } }, text))
}

/// The lines of an assignment as they can stand elsewhere.
pub(crate) fn closed(lines: &str) -> String {
    let text = lines.trim_end_matches(['\r', '\n']);
    format!("{text}{}", closing(text.as_bytes()))
}

/// What has to be written behind a logical line so that what follows is none of it: a file may end without a line end, or with
/// a line that goes on.
fn closing(line: &[u8]) -> &'static str {
    const NEXT: &[u8] = b"[x]";
    let is_alone = |end: &&str| {
        let before = line.len() + end.len();
        let items = syntax::parse(&[line, end.as_bytes(), NEXT].concat()).items;
        items.last().is_some_and(|i| i.span.start as usize == before && matches!(i.kind, Kind::Section { .. }))
    };
    ["", "\n"].iter().find(|end| is_alone(end)).copied().unwrap_or("\n\n")
}

/// Whether the line right above is a comment: it may be about this assignment, and would be about the next one if this
/// one went.
pub(crate) fn is_commented(unit: &Unit, assignment: &Assignment) -> bool {
    let items = &unit.files[usize::from(assignment.file)].syntax().items;
    let above = (assignment.item as usize).checked_sub(1).and_then(|i| items.get(i));
    above.is_some_and(|i| i.kind == Kind::Comment)
}

/// A comment behind a value moved to a line of its own above the assignment. Never safe: the value changes with it.
pub(crate) fn own_line(lines: &Loc, comment: &Loc) -> Fix {
    let source = &comment.source;
    let at = |start: u32, end: u32| Loc { source: source.clone(), span: Span { start, end } };
    let before = &source.bytes[..comment.span.start as usize];
    let kept = before.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |i| i + 1);
    let text = source.text(comment.span).into_owned() + "\n";
    Fix::replace("put the comment on a line of its own", Safety::Unsafe, &at(kept as u32, comment.span.end), "")
        .and(&at(lines.span.start, lines.span.start), text)
}

/// From a mark in a line to where a comment would end: the end of the physical line, without what continues it.
pub(crate) fn to_line_end(mark: &Loc, end: u32) -> Loc {
    let (source, start) = (&mark.source, mark.span.start as usize);
    let rest = &source.bytes[start..(end as usize).max(start)];
    let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
    let line = if line.len() < rest.len() { line.strip_suffix(b"\\").unwrap_or(line) } else { line };
    let length = line.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |i| i + 1);
    Loc { source: source.clone(), span: Span::new(start, start + length) }
}

/// A line to be written below an assignment: where, and the text with what ends the lines around it.
pub(crate) fn below(lines: &Loc, line: &str) -> (Loc, String) {
    let (source, end) = (&lines.source, lines.span.end);
    let text = match closing(lines.span.of(&source.bytes)) {
        "" => format!("{line}\n"),
        // the last line stays one without an end
        end => format!("{end}{line}"),
    };
    (Loc { source: source.clone(), span: Span { start: end, end } }, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_line_is_no_part_of_it() {
        for (line, end) in [
            ("a=b\n", ""),
            ("a=b", "\n"),
            ("a=b\r", ""),
            ("a=b \\\\\n", ""),
            ("a=b \\\n", "\n"),
            ("a=b \\", "\n\n"),
            ("a=b \\\n# c", "\n\n"),
            ("a=b \\\n c", "\n"),
        ] {
            assert_eq!(closing(line.as_bytes()), end, "{line:?}");
        }
        assert_eq!(closed("a=b \\\n\n"), "a=b \\\n\n");
        assert_eq!(closed("a=b\r\n"), "a=b\n");
    }
}
