//! Changes to lines of a unit file: where a new line goes, and whether one can go without taking a comment's sense away.

use crate::syntax::Kind;
use crate::text::{Loc, Span};
use crate::unit::{Assignment, Unit};
use crate::vocab::Section;

/// Where lines go that are to be the last of a section of a file, and what is to be written there. A file without the
/// section gets one at its end.
pub(crate) fn last_of(unit: &Unit, file: u16, section: Section, lines: &str) -> Option<(Loc, String)> {
    let source = &unit.files.get(usize::from(file))?.source;
    let items = &unit.files.get(usize::from(file))?.syntax.items;
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
    let unfinished = at as usize == source.bytes.len() && !source.bytes.ends_with(b"\n");
    let text = if unfinished { format!("\n{text}") } else { text };
    Some((Loc { source: source.clone(), span: Span { start: at, end: at } }, text))
}

/// Whether the line right above is a comment: it may be about this assignment, and would be about the next one if this
/// one went.
pub(super) fn is_commented(unit: &Unit, assignment: &Assignment) -> bool {
    let items = &unit.files[usize::from(assignment.file)].syntax.items;
    let above = (assignment.item as usize).checked_sub(1).and_then(|i| items.get(i));
    above.is_some_and(|i| i.kind == Kind::Comment)
}
