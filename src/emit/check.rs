//! `unitlint check` for programs and for one-line readers.

use super::json::Json;
use super::open_unit;
use super::style::{Look, Paint, clean, path};
use crate::engine::Report;
use crate::engine::baseline::Tally;
use crate::rule::{Finding, Level};
use crate::target::Target;
use crate::text::Position;
use crate::unit::{State, Unit};
use crate::write::Spill;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

/// The JSON document of the contract. Findings are written as they come; units, which take less room, follow.
pub struct Document<W: Write> {
    json: Json<W>,
    units: Json<Spill>,
    /// errors, warnings and notes
    counts: [u32; 3],
    compared: Option<Tally>,
}

impl<W: Write> Document<W> {
    /// Begins the document.
    pub fn new(out: W, target: &Target) -> Self {
        let mut json = Json::new(out);
        super::head(&mut json);
        for_whom(&mut json, target);
        json.key("findings").open(b'[');
        Self { json, units: Json::new(Spill::default()), counts: [0; 3], compared: None }
    }

    /// Lets units wait in a file in this directory once they are many.
    #[must_use]
    pub fn spilling(self, home: PathBuf) -> Self {
        Self { units: Json::new(Spill::to(home)), ..self }
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// Of what keeps it.
    pub fn unit(&mut self, report: &Report) -> io::Result<()> {
        let unit = &report.unit;
        let json = &mut self.units;
        open_unit(json, unit);
        json.key("state").string(state(unit)).key("dropins").open(b'[');
        for file in unit.files.iter().skip(usize::from(!unit.lone)) {
            json.path(&file.source.path);
        }
        json.close(b']').key("exposure");
        match &report.score {
            Some(s) => json.open(b'{').key("overall").tenths(s.exposure).key("level").string(s.level()).close(b'}'),
            None => json.null(),
        };
        json.key("resources");
        super::resources::json(json, unit, report.bounds.as_ref());
        json.close(b'}');
        json.flush_if_large()
    }

    /// Says that the findings are those that a baseline leaves.
    pub fn compared(&mut self, tally: Tally) {
        self.compared = Some(tally);
    }

    /// Adds a finding.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finding(&mut self, f: &Finding) -> io::Result<()> {
        match f.level {
            Level::Error => self.counts[0] += 1,
            Level::Warn => self.counts[1] += 1,
            Level::Note => self.counts[2] += 1,
            Level::Allow => {}
        }
        finding(&mut self.json, f);
        self.json.flush_if_large()
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finish(mut self, units: usize, suppressed: usize) -> io::Result<()> {
        self.json.close(b']').key("units").open(b'[');
        let kept = self.units.into_inner()?;
        self.json.pour(|out| kept.pour(out))?;
        let [errors, warnings, notes] = self.counts;
        self.json.close(b']').key("summary").open(b'{').key("units").number(units as i64);
        self.json.key("errors").number(errors).key("warnings").number(warnings).key("notes").number(notes);
        self.json.key("suppressed").number(suppressed as i64).key("baseline");
        match self.compared {
            Some(t) => {
                self.json.open(b'{').key("known").number(t.known as i64).key("gone").number(t.gone as i64);
                self.json.key("fell").number(t.fell as i64).close(b'}')
            }
            None => self.json.null(),
        };
        self.json.close(b'}').close(b'}');
        self.json.finish()
    }
}

/// For whom units are judged.
pub(super) fn for_whom(json: &mut Json<impl Write>, target: &Target) {
    json.key("target").open(b'{').key("systemd").number(target.systemd);
    json.key("modelled_as").number(target.model.number()).key("arch").string(target.arch.word()).key("kernel");
    match target.kernel {
        Some(kernel) => json.string(&kernel.to_string()),
        None => json.null(),
    };
    json.close(b'}');
}

fn state(unit: &Unit) -> &'static str {
    match unit.state {
        State::Loaded => "loaded",
        State::Masked => "masked",
        State::NotFound => "not-found",
        State::Refused(_) => "refused",
    }
}

/// A position behind its key.
fn position(json: &mut Json<impl Write>, p: Option<Position>) {
    match p {
        Some(p) => {
            json.more("{\"line\":").more_number(p.line).more(",\"column\":").more_number(p.column);
            json.more(",\"byte\":").more_number(p.byte).more("}")
        }
        None => json.more("null"),
    };
}

/// A finding as an object. Keys, and what is a name, need no escapes: they are written with what is around them.
pub(super) fn finding(json: &mut Json<impl Write>, f: &Finding) {
    json.open(b'{').raw("\"rule\":\"").more(f.rule.id).more("\",\"group\":\"").more(f.rule.group.word());
    json.more("\",\"level\":\"").more(f.level.word()).more("\",\"message\":").more_string(&f.message);
    json.more(",\"unit\":").more_string(&f.unit).more(",\"path\":");
    json.more_path(f.at.as_ref().map_or(&f.path, |at| &at.source.path));
    let (start, end) = f.at.as_ref().map(|at| at.ends()).unzip();
    position(json.more(",\"start\":"), start);
    position(json.more(",\"end\":"), end);
    json.more(",\"notes\":").value_next().open(b'[');
    for note in &f.notes {
        json.open(b'{').raw("\"text\":").more_string(&note.text).more(",\"path\":");
        match &note.at {
            Some(at) => json.more_path(at.path()).more(",\"line\":").more_number(at.start().line),
            None => json.more("null,\"line\":null"),
        };
        json.close(b'}');
    }
    json.close(b']').more(",\"fixes\":").value_next().open(b'[');
    for fix in &f.fixes {
        json.open(b'{').raw("\"title\":").more_string(&fix.title).more(",\"safety\":\"").more(fix.safety.word());
        json.more("\",\"edits\":").value_next().open(b'[');
        for (file, edit) in &fix.edits {
            json.open(b'{').raw("\"path\":").more_path(&file.path).more(",\"start\":");
            json.more_number(edit.span.start).more(",\"end\":").more_number(edit.span.end);
            json.more(",\"insert\":").more_string(&edit.insert).close(b'}');
        }
        json.close(b']').close(b'}');
    }
    json.close(b']').more(",\"verify\":").value_next();
    match &f.verify {
        Some(v) => {
            json.open(b'{').key("kind").string(v.kind).key("file");
            match &v.file {
                Some(file) => json.path(file),
                None => json.null(),
            };
            json.key("unit").optional(v.unit.as_deref()).key("line");
            match v.line {
                Some(line) => json.number(line),
                None => json.null(),
            };
            json.close(b'}');
        }
        None => {
            json.null();
        }
    }
    json.close(b'}');
}

/// `PATH:LINE:COLUMN: level[rule] message`, one line a finding.
pub fn concise(findings: &[&Finding], paint: Paint) -> String {
    let mut out = String::new();
    for f in findings {
        let place = match &f.at {
            Some(at) => {
                let p = at.start();
                format!("{}:{}:{}", path(at.path()), p.line, p.column)
            }
            None => path(&f.path),
        };
        let level = paint.the(look(f.level), format!("{}[{}]", f.level.word(), f.rule.id));
        let _ = writeln!(out, "{}: {level} {}: {}", paint.the(Look::Path, place), clean(&f.unit), clean(&f.message));
    }
    out
}

/// How often each rule spoke.
pub fn table(findings: &[&Finding], paint: Paint) -> String {
    let mut rows: Vec<(Level, &str, usize, &str)> = Vec::new();
    for f in findings {
        match rows.iter_mut().find(|r| r.1 == f.rule.id && r.0 == f.level) {
            Some(row) => row.2 += 1,
            None => rows.push((f.level, f.rule.id, 1, f.rule.summary)),
        }
    }
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(b.2.cmp(&a.2)).then(a.1.cmp(b.1)));
    let mut out = format!(
        "{}\n",
        paint.the(Look::Dim, format!("{:>6}  {:<5}  {:<36} {}", "count", "level", "rule", "what is wrong"))
    );
    for (level, id, n, summary) in rows {
        let _ = writeln!(out, "{n:>6}  {}  {id:<36} {summary}", paint.the(look(level), format!("{:<5}", level.word())));
    }
    out
}

/// The look of a level.
pub(super) fn look(level: Level) -> Look {
    match level {
        Level::Error => Look::Bad,
        Level::Warn => Look::Fair,
        Level::Note | Level::Allow => Look::Dim,
    }
}
