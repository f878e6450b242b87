//! Findings with the source line, the caret and what to do. The only room where miette is known.

use super::style::{Look, Paint, clean, path, shorten};
use crate::engine::Said;
use crate::engine::score::{median, tenths};
use crate::rule::{Finding, Level};
use crate::text::{Loc, Source, Span, steers};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents,
};
use std::fmt::{self, Write as _};

/// So many findings of one rule are shown in full; the others are counted.
pub const SHOWN: usize = 3;

/// No more than this of a line is shown around the word.
const WINDOW: usize = 100;

/// The lines around a place, made safe for a terminal: byte for byte, so that offsets stay.
struct Snippet {
    name: String,
    text: Vec<u8>,
    /// offset of the text in the file
    start: usize,
    line: usize,
    /// of the word
    column: usize,
}

impl Snippet {
    fn of(source: &Source, span: Span) -> Self {
        let bytes = &source.bytes;
        let lines = source.lines();
        let first = lines.line_of(span.start);
        let from = lines.line(first, bytes).start as usize;
        // a place over several lines is shown by its first
        let line_end = lines.line(first, bytes).end as usize;
        let start = from.max((span.start as usize).saturating_sub(WINDOW));
        // a word of a megabyte is shown by its beginning
        let word_end = (span.end as usize).clamp(span.start as usize, span.start as usize + 3 * WINDOW);
        let end = line_end.min(word_end + WINDOW);
        let text: Vec<u8> = match std::str::from_utf8(&bytes[start..end]) {
            Ok(text) if !text.chars().any(|c| steers(c) && !matches!(c, '\n' | '\t')) => text.into(),
            _ => bytes[start..end]
                .iter()
                .map(|b| if (b' '..0x7f).contains(b) || matches!(b, b'\n' | b'\t') { *b } else { b'?' })
                .collect(),
        };
        let column = source.position(span.start).column as usize - 1;
        Self { name: path(&source.path), text, start, line: first, column }
    }

    /// A span of the file inside the snippet.
    fn local(&self, span: Span) -> SourceSpan {
        let start = (span.start as usize).saturating_sub(self.start).min(self.text.len());
        let mut end = (span.end as usize).saturating_sub(self.start).clamp(start, self.text.len());
        while end > start && matches!(self.text[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        (start, end - start).into()
    }
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let whole = (0, self.text.len()).into();
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), &self.text, whole, self.line, self.column, 1)))
    }
}

/// A finding, or a remark below one, as miette wants it.
struct Shown {
    message: String,
    code: Option<String>,
    severity: Severity,
    help: Option<String>,
    snippet: Option<Snippet>,
    label: Option<LabeledSpan>,
    related: Vec<Shown>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|c| Box::new(c) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.snippet.as_ref().map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|l| Box::new(std::iter::once(l)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| {
            Box::new(self.related.iter().map(|r| r as &dyn Diagnostic)) as Box<dyn Iterator<Item = &dyn Diagnostic>>
        })
    }
}

impl Shown {
    fn at(mut self, loc: &Loc, label: &str) -> Self {
        let snippet = Snippet::of(&loc.source, loc.span);
        let text = (!label.is_empty()).then(|| label.to_owned());
        self.label = Some(LabeledSpan::new_with_span(text, snippet.local(loc.span)));
        self.snippet = Some(snippet);
        self
    }

    fn finding(f: &Finding) -> Self {
        let mut help: Vec<String> =
            f.notes.iter().filter(|n| n.at.is_none()).map(|n| clean(&n.text).into_owned()).collect();
        let (edits, lines): (Vec<_>, Vec<_>) = f.fixes.iter().partition(|fix| !fix.edits.is_empty());
        match lines.as_slice() {
            [] => {}
            [one] => help.push(format!("write {}", clean(&one.title))),
            many => help.extend(many.iter().map(|fix| format!("  {}", shorten(&clean(&fix.title), 88)))),
        }
        help.extend(edits.iter().map(|fix| format!("{} fix: {}", fix.safety.word(), shorten(&clean(&fix.title), 88))));
        let related = f.notes.iter().filter_map(|n| {
            let shown = Self {
                message: clean(&n.text).into_owned(),
                code: None,
                severity: Severity::Advice,
                help: None,
                snippet: None,
                label: None,
                related: Vec::new(),
            };
            Some(shown.at(n.at.as_ref()?, ""))
        });
        let shown = Self {
            message: format!("{}: {}", clean(&f.unit), clean(&f.message)),
            code: Some(f.rule.id.to_owned()),
            severity: match f.level {
                Level::Error => Severity::Error,
                Level::Warn => Severity::Warning,
                Level::Note | Level::Allow => Severity::Advice,
            },
            help: (!help.is_empty()).then(|| help.join("\n")),
            snippet: None,
            label: None,
            related: related.collect(),
        };
        match &f.at {
            Some(loc) => shown.at(loc, ""),
            None => shown,
        }
    }
}

fn handler(paint: Paint) -> GraphicalReportHandler {
    let theme = match (paint.colour, paint.unicode) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::ascii(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    let width = if paint.width == 0 { 120 } else { paint.width };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_context_lines(0)
        .with_show_related_as_nested(true)
        .with_width(width)
}

/// The findings of all units; repeats of one rule are counted, unless all are wanted.
pub fn findings(findings: &[&Finding], all: bool, paint: Paint) -> String {
    let said = findings.iter().copied().collect();
    some(findings, &said, all, paint)
}

/// The same where those that would not be shown may be missing: `said` knows them.
pub fn some(findings: &[&Finding], said: &Said, all: bool, paint: Paint) -> String {
    let handler = handler(paint);
    let mut out = String::new();
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for f in findings {
        let count = match seen.iter_mut().find(|(id, _)| *id == f.rule.id) {
            Some((_, n)) => {
                *n += 1;
                *n
            }
            None => {
                seen.push((f.rule.id, 1));
                1
            }
        };
        if all || count <= SHOWN {
            let _ = handler.render_report(&mut out, &Shown::finding(f));
            out.push('\n');
        }
    }
    for (id, n) in seen.iter().map(|(id, _)| (id, said.of_rule(id))).filter(|(_, n)| !all && *n > SHOWN) {
        let _ = writeln!(
            out,
            "{} {id}: {} more like this {}",
            paint.the(Look::Dim, "…"),
            n - SHOWN,
            paint.the(Look::Dim, "(--all shows them)")
        );
    }
    out
}

/// `2 errors, 1 warning and 30 notes about 12 units; median exposure 9.0`
pub fn summary(said: &Said, units: usize, suppressed: usize, exposures: &[u32], paint: Paint) -> String {
    let some = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let (errors, warnings, notes) =
        (said.of_level(Level::Error), said.of_level(Level::Warn), said.of_level(Level::Note));
    let look = |n, bad| if n > 0 { bad } else { Look::Good };
    let mut out = format!(
        "{}, {} and {} about {}",
        paint.the(look(errors, Look::Bad), some(errors, "error")),
        paint.the(look(warnings, Look::Fair), some(warnings, "warning")),
        some(notes, "note"),
        some(units, "unit")
    );
    if let Some(median) = median(exposures.to_vec()) {
        let word = if exposures.len() == 1 { "exposure" } else { "median exposure" };
        let _ = write!(out, "; {word} {}", paint.the(Paint::exposure(median), tenths(median)));
    }
    if suppressed > 0 {
        let _ = write!(out, "; {suppressed} suppressed");
    }
    out.push_str(".\n");
    out
}
