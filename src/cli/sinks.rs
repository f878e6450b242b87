//! Where the reports of a check go: one to standard output, others to files.

use super::args::CheckArgs;
use super::formats::{CheckFormat, WriteTo};
use super::settings::now;
use super::{Out, Trouble, current_directory, paint, print};
use crate::emit::check::{self as emit, Document};
use crate::emit::report::{self, Row, Run, Writer};
use crate::emit::style::Paint;
use crate::emit::{baseline as known, human};
use crate::engine::baseline::{Naming, Tally};
use crate::engine::{Report, Said, Silenced};
use crate::rule::Finding;
use crate::target::Target;
use crate::write;
use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

/// What there is to tell when all units have been looked at.
pub(super) struct Told<'a> {
    pub(super) shown: &'a [&'a Finding],
    /// documents have all of them, and of what people read nothing is missing in `shown`
    pub(super) streamed: bool,
    /// all that is told, counted
    pub(super) said: &'a Said,
    pub(super) left_out: usize,
    pub(super) units: usize,
    pub(super) suppressed: usize,
    /// where they are to be told
    pub(super) silenced: Option<&'a [Silenced]>,
    pub(super) exposures: &'a [u32],
    pub(super) rows: &'a [Row],
    pub(super) failures: &'a [String],
    /// against a baseline
    pub(super) tally: Option<Tally>,
    /// what that is
    pub(super) kept: Option<known::Against<'a>>,
    pub(super) quiet: bool,
    pub(super) target: &'a Target,
}

/// Bytes for a file that is written when they are complete.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Which findings are needed when all are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// none: they were taken as they came
    None,
    /// of each rule the first few of each level; the others are counted
    Few,
    /// all
    All,
}

/// A report on its way.
pub(super) struct Sink<'a> {
    format: CheckFormat,
    /// nothing for standard output
    file: Option<(&'a Path, Bytes)>,
    /// units are written into it as they come
    document: Option<Document<Box<dyn Write>>>,
    written: io::Result<()>,
}

impl<'a> Sink<'a> {
    /// The reports that were asked for.
    pub(super) fn all(args: &'a CheckArgs, target: &Target) -> Result<Vec<Self>, Trouble> {
        let format = if args.statistics { CheckFormat::Table } else { args.format };
        let mut out = vec![Self::new(format, None, target)?];
        for WriteTo { format, file } in &args.write {
            out.push(Self::new(*format, Some((file.as_path(), Bytes::default())), target)?);
        }
        Ok(out)
    }

    fn new(format: CheckFormat, file: Option<(&'a Path, Bytes)>, target: &Target) -> Result<Self, Trouble> {
        let document = match (format, &file) {
            (CheckFormat::Json, Some((_, bytes))) => {
                Some(Document::new(Box::new(bytes.clone()) as Box<dyn Write>, target))
            }
            (CheckFormat::Json, None) => Some(Document::new(Box::new(Out::new()?) as Box<dyn Write>, target)),
            _ => None,
        };
        let document = document.map(|d| d.spilling(std::env::temp_dir()));
        Ok(Self { format, file, document, written: Ok(()) })
    }

    /// Whether it wants all units at the end.
    pub(super) fn is_report(&self) -> bool {
        writer(self.format).is_some()
    }

    /// Which findings it needs at the end.
    pub(super) fn needs(&self, args: &CheckArgs) -> Needs {
        match self.format {
            CheckFormat::Json => Needs::None,
            CheckFormat::Human if !args.all => Needs::Few,
            _ => Needs::All,
        }
    }

    /// Findings that all the others come behind.
    pub(super) fn findings(&mut self, findings: &[Finding]) {
        if let Some(document) = self.document.as_mut().filter(|_| self.written.is_ok()) {
            self.written = findings.iter().try_for_each(|f| document.finding(f));
        }
    }

    /// A unit was looked at.
    pub(super) fn unit(&mut self, report: &Report) {
        if let Some(document) = self.document.as_mut().filter(|_| self.written.is_ok()) {
            self.written = document.unit(report);
        }
    }

    /// Tells all, and writes the file.
    pub(super) fn finish(mut self, told: &Told<'_>, args: &CheckArgs) -> Result<(), Trouble> {
        let what =
            self.file.as_ref().map_or_else(|| "standard output".to_owned(), |(path, _)| path.display().to_string());
        let wrong = |e: io::Error| format!("{what}: {e}");
        std::mem::replace(&mut self.written, Ok(())).map_err(wrong)?;
        if let Some(mut document) = self.document.take() {
            told.tally.into_iter().for_each(|t| document.compared(t));
            let left = if told.streamed { &[] } else { told.shown };
            left.iter().try_for_each(|f| document.finding(f)).map_err(wrong)?;
            document.finish(told.units, told.suppressed).map_err(wrong)?;
        } else if let Some(writer) = writer(self.format) {
            let here = current_directory()?;
            let naming = Naming::new(&here, Path::new("unitlint"));
            let mut findings = told.shown.to_vec();
            findings.sort_by_key(|f| std::cmp::Reverse(f.level));
            let run = Run {
                findings: &findings,
                left_out: told.left_out,
                suppressed: told.suppressed,
                silenced: told.silenced,
                units: told.rows,
                failures: told.failures,
                target: told.target,
                naming: &naming,
                time: &now(),
            };
            match &mut self.file {
                Some((_, bytes)) => writer(&run, bytes).map_err(wrong)?,
                None => writer(&run, &mut Out::new()?).map_err(wrong)?,
            }
        } else {
            let plain = self.file.is_some();
            let text = text(self.format, told, args, if plain { Paint::default() } else { paint(args.units.color) });
            match &mut self.file {
                Some((_, bytes)) => bytes.write_all(text.as_bytes()).map_err(wrong)?,
                None => print(&text)?,
            }
        }
        if let Some((path, bytes)) = &self.file {
            write::create_or_replace(path, &bytes.0.borrow(), |_| true).map_err(wrong)?;
        }
        Ok(())
    }
}

/// What people read.
fn text(format: CheckFormat, told: &Told<'_>, args: &CheckArgs, paint: Paint) -> String {
    let mut shown = told.shown.to_vec();
    // what matters most comes last, where the eye is
    shown.sort_by_key(|f| f.level);
    let mut out = match format {
        CheckFormat::Concise => emit::concise(&shown, paint),
        CheckFormat::Table => emit::table(&shown, paint),
        _ if told.quiet => String::new(),
        _ => {
            human::some(&shown, told.said, args.all, paint)
                + &human::summary(told.said, told.units, told.suppressed, told.exposures, paint)
                + &told
                    .kept
                    .zip(told.tally)
                    .map(|(against, tally)| known::compared(tally, against, paint))
                    .unwrap_or_default()
        }
    };
    if told.left_out > 0 {
        out.push_str(&format!("{} more findings are left out\n", told.left_out));
    }
    out
}

/// What writes the format of a whole report.
fn writer(format: CheckFormat) -> Option<Writer> {
    Some(match format {
        CheckFormat::Ndjson => report::lines,
        CheckFormat::Sarif => report::sarif,
        CheckFormat::Github => report::github,
        CheckFormat::Gitlab => report::gitlab,
        CheckFormat::GitlabSast => report::gitlab_sast,
        CheckFormat::Junit => report::junit,
        CheckFormat::Checkstyle => report::checkstyle,
        CheckFormat::Markdown => report::markdown,
        CheckFormat::Human | CheckFormat::Concise | CheckFormat::Table | CheckFormat::Json => return None,
    })
}
