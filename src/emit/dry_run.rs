//! What becomes of units on a machine: for people and as JSON.

use super::json::Json;
use super::style::{Look, Paint, clean, path, shorten};
use super::{host, open_unit, trial as trials};
use crate::engine::score::tenths;
use crate::host::{Host, Seen};
use crate::live::trial::Trial;
use crate::unit::Unit;
use crate::verdict::{Kind, Line, Verdict};
use std::fmt::Write as _;
use std::io::{self, Write};

/// A unit, and what becomes of it.
pub struct Judged<'a> {
    /// the unit
    pub unit: &'a Unit,
    /// what becomes of its lines
    pub verdict: &'a Verdict,
    /// what came of them where they were tried
    pub trial: Option<&'a Trial>,
    /// exposure as the unit is written, in tenths; `None` where it has no score
    pub paper: Option<u32>,
    /// exposure without what is skipped
    pub here: Option<u32>,
}

/// The report, written unit by unit.
pub struct Document<W> {
    json: Json<W>,
}

impl<W: Write> Document<W> {
    /// Begins with the machine.
    pub fn new(out: W, machine: &Host) -> Self {
        let mut json = Json::new(out);
        json.open(b'{').key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(super::SCHEMA);
        json.key("host");
        host::write(&mut json, machine);
        json.key("units").open(b'[');
        Self { json }
    }

    /// A unit.
    ///
    /// # Errors
    /// Of the writer.
    pub fn unit(&mut self, judged: &Judged<'_>) -> io::Result<()> {
        let Judged { unit, verdict, trial, paper, here } = *judged;
        let json = &mut self.json;
        open_unit(json, unit);
        json.key("unit").string(unit.name.as_str());
        json.key("exposure").open(b'{').key("paper");
        score(json, paper);
        json.key("here");
        score(json, here);
        json.close(b'}').key("starts");
        match verdict.starts {
            Some(starts) => json.bool(starts),
            None => json.null(),
        };
        json.key("status");
        text(json, verdict.status);
        json.key("why");
        text(json, verdict.why.as_deref());
        json.key("settings").open(b'[');
        for (at, line) in verdict.lines.iter().enumerate() {
            json.open(b'{').key("key").string(&line.name).key("value").string(&line.value);
            json.key("path").path(line.at.path()).key("line").number(line.at.line());
            json.key("verdict").string(line.ruling.kind.word()).key("reason").string(&line.ruling.reason);
            json.key("probe").string(&line.ruling.probe).key("culprit");
            json.bool(line.ruling.kind == Kind::Refused && !line.bystander);
            trials::write(json, trial.and_then(|t| t.lines.get(at)));
            json.close(b'}');
        }
        json.close(b']');
        trials::manager(json, trial);
        json.close(b'}');
        json.flush_if_large()
    }

    /// The end.
    ///
    /// # Errors
    /// Of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        self.json.close(b']').close(b'}');
        self.json.finish()
    }
}

fn score<W: Write>(json: &mut Json<W>, tenths: Option<u32>) {
    match tenths {
        Some(n) => json.tenths(n),
        None => json.null(),
    };
}

fn text<W: Write>(json: &mut Json<W>, text: Option<&str>) {
    match text {
        Some(text) => json.string(text),
        None => json.null(),
    };
}

/// How many of each word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts([usize; Kind::ALL.len()]);

impl Counts {
    /// Counts the lines of a unit.
    pub fn of(verdict: &Verdict) -> Self {
        let mut counts = Self::default();
        for line in &verdict.lines {
            counts.0[line.ruling.kind as usize] += 1;
        }
        counts
    }
}

/// A unit for people: whether it starts and what its score comes to, then what is not enforced, those with one reason
/// together. `all` shows what is enforced as well.
pub fn human(judged: &Judged<'_>, all: bool, paint: Paint) -> String {
    let Judged { unit, verdict, trial, paper, here } = *judged;
    let mut out = String::new();
    let name = clean(unit.name.as_str()).into_owned();
    let (look, word) = match verdict.starts {
        Some(true) => (Look::Good, "starts".to_owned()),
        Some(false) => (Look::Bad, format!("does not start: {}", verdict.status.unwrap_or_default())),
        None => (Look::Fair, "nobody can tell whether it starts".to_owned()),
    };
    let _ = write!(out, "{}  {}", paint.the(Look::Strong, name), paint.the(look, word));
    if let (Some(paper), Some(here)) = (paper, here) {
        let to = paint.either("→", "->");
        let _ = match paper == here {
            true => write!(out, ", exposure {}", paint.the(Paint::exposure(here), tenths(here))),
            false => write!(
                out,
                ", exposure {} on paper {to} {} here",
                paint.the(Paint::exposure(paper), tenths(paper)),
                paint.the(Paint::exposure(here), tenths(here))
            ),
        };
    }
    out.push('\n');
    if verdict.lines.is_empty() && verdict.starts == Some(false) {
        let _ = writeln!(out, "  {}", clean(verdict.why.as_deref().unwrap_or_default()));
    }
    for (kind, look) in [
        (Kind::Refused, Look::Bad),
        (Kind::Skipped, Look::Fair),
        (Kind::Partly, Look::Fair),
        (Kind::Unknown, Look::Dim),
        (Kind::Enforced, Look::Good),
    ] {
        if kind == Kind::Enforced && !all {
            continue;
        }
        let mut left: Vec<&Line> = verdict.lines.iter().filter(|l| l.ruling.kind == kind && !l.bystander).collect();
        while let Some(first) = left.first().copied() {
            let same = |l: &&Line| l.ruling.reason == first.ruling.reason;
            let (group, rest): (Vec<&Line>, Vec<&Line>) = left.into_iter().partition(same);
            left = rest;
            let because = match (first.ruling.reason.is_empty(), first.ruling.probe.is_empty()) {
                (true, _) => String::new(),
                (false, true) => clean(&first.ruling.reason).into_owned(),
                (false, false) => format!("{} ({})", clean(&first.ruling.reason), clean(&first.ruling.probe)),
            };
            let _ = writeln!(out, "  {}  {because}", paint.the(look, format!("{:<8}", kind.word())));
            for line in group {
                let value = clean(&line.value);
                let value = shorten(&value, 50);
                let place = format!("{}:{}", path(line.at.path()), line.at.line());
                let _ = writeln!(out, "    {}={value}  {}", &line.name, paint.the(Look::Path, place));
            }
        }
    }
    if let Some(trial) = trial {
        out.push_str(&trials::human(&verdict.lines, trial, all, paint));
    }
    out
}

/// A line a unit.
pub fn concise(judged: &Judged<'_>) -> String {
    let Judged { unit, verdict, .. } = *judged;
    let counts = Counts::of(verdict);
    let told = Kind::ALL.iter().filter(|k| counts.0[**k as usize] > 0);
    let told: Vec<String> = told.map(|k| format!("{} {}", counts.0[*k as usize], k.word())).collect();
    let word = match verdict.starts {
        Some(true) => "starts".to_owned(),
        Some(false) => format!("refused {}", verdict.status.unwrap_or_default()),
        None => "unknown".to_owned(),
    };
    let score = |s: Option<u32>| s.map_or("-".to_owned(), tenths);
    let (paper, here) = (score(judged.paper), score(judged.here));
    format!("{}: {word}, exposure {paper} to {here}: {}\n", path(&unit.path), told.join(", "))
}

/// A machine of this name in a few lines.
pub fn machine(name: &str, host: &Host, paint: Paint) -> String {
    let told = |seen: Option<String>| seen.unwrap_or_else(|| "unknown".to_owned());
    let mut out = String::new();
    let name = name.strip_prefix("this").map_or_else(|| name.to_owned(), |rest| format!("This{rest}"));
    let systemd = told(host.systemd.value().map(u16::to_string));
    let kernel = told(host.release.value().map(|r| clean(r).into_owned()));
    let place = match host.container.value().map(String::as_str) {
        Some("") => String::new(),
        Some(name) => format!(", in a container ({})", clean(name)),
        None => String::new(),
    };
    let whose = host.scope.map_or("", |s| s.word());
    let _ = writeln!(
        out,
        "{} systemd {systemd}, {whose} manager; Linux {kernel}{place}",
        paint.the(Look::Strong, format!("{}:", clean(&name)))
    );
    let mut lines: Vec<String> = Vec::new();
    let manager = &host.manager;
    if let Some(bounding) = manager.bounding.get() {
        let missing = crate::vocab::set::ALL_CAPABILITIES & !bounding;
        let names: Vec<&str> = crate::vocab::set::capability_names(missing).collect();
        match names.as_slice() {
            [] => {}
            few if few.len() <= 6 => lines.push(format!("its manager lacks {}", few.join(", "))),
            many => lines.push(format!(
                "its manager lacks {} capabilities, among them {}",
                many.len(),
                many[many.len() - 3..].join(", ")
            )),
        }
    }
    if manager.first_user_namespace.get() == Some(false) {
        lines.push("it is root of a user namespace only".into());
    }
    let refused = host.calls.iter().filter(|(_, a)| a.value().is_some_and(|a| *a != crate::host::Answer::Allowed));
    let refused: Vec<&str> = refused.map(|(c, _)| c.word()).collect();
    if !refused.is_empty() {
        lines.push(format!("refused to everybody: {}()", refused.join("(), ")));
    }
    let groups = &host.cgroups;
    lines.push(match (groups.layout.value(), groups.controllers.value()) {
        (Some(layout), Some(list)) if list.is_empty() => {
            format!("control groups: {}, no controllers for its units", layout.word())
        }
        (Some(layout), Some(list)) => format!("control groups: {}, with {}", layout.word(), clean(&list.join(" "))),
        (Some(layout), None) => format!("control groups: {}, controllers unknown", layout.word()),
        (None, _) => format!("control groups: {}", clean(groups.layout.at())),
    });
    if let Seen::Known { value, .. } = &host.modules {
        let list = if value.is_empty() { "none seen".to_owned() } else { clean(&value.join(" ")).into_owned() };
        lines.push(format!("security modules: {list}"));
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// The last line of many.
pub fn summary(starts: usize, refused: usize, unknown: usize) -> String {
    let mut parts = vec![format!("{starts} start")];
    if refused > 0 {
        parts.push(format!("{refused} do not"));
    }
    if unknown > 0 {
        parts.push(format!("of {unknown} nobody can tell"));
    }
    format!("{} units: {}\n", starts + refused + unknown, parts.join(", "))
}
