//! What came of trials, in the report of `dry-run`.

use super::json::Json;
use super::style::{Look, Paint, clean};
use crate::live::trial::{Outcome, Trial, Tried};
use crate::verdict::{Kind, Line};
use std::fmt::Write as _;
use std::io::Write;

/// The trial of a line, as a member of it.
pub(super) fn write<W: Write>(json: &mut Json<W>, tried: Option<&Tried>) {
    let Some(tried) = tried else {
        json.key("tried").null();
        return;
    };
    json.key("tried").open(b'{').key("outcome").string(tried.outcome.word());
    for (name, text) in [("call", &tried.call), ("errno", &tried.errno), ("why", &tried.why)] {
        json.key(name);
        match text {
            Some(text) => json.string(text),
            None => json.null(),
        };
    }
    json.key("instead_of");
    match tried.instead_of {
        Some(kind) => json.string(kind.word()),
        None => json.null(),
    };
    json.close(b'}');
}

/// What the manager said, as a member of the unit.
pub(super) fn manager<W: Write>(json: &mut Json<W>, trial: Option<&Trial>) {
    let Some(trial) = trial else {
        json.key("trial").null();
        return;
    };
    json.key("trial").open(b'{').key("status");
    match &trial.status {
        Some(status) => json.string(status),
        None => json.null(),
    };
    json.key("says").open(b'[');
    for (level, text) in &trial.says {
        json.open(b'{').key("level").number(u32::from(*level)).key("text").string(text).close(b'}');
    }
    json.close(b']').close(b'}');
}

/// What the trials of a unit came to, then what they contradict, then with `all` each of the others.
pub(super) fn human(lines: &[Line], trial: &Trial, all: bool, paint: Paint) -> String {
    let mut out = String::new();
    let tried = &trial.lines;
    if tried.is_empty() {
        return out;
    }
    let count = |outcome: Outcome| tried.iter().filter(|t| t.outcome == outcome).count();
    let _ = writeln!(
        out,
        "  {}  {} worked, {} failed, {} not tried",
        paint.the(Look::Strong, "trial   ".to_owned()),
        count(Outcome::Worked),
        count(Outcome::Failed),
        count(Outcome::NotTried),
    );
    if let Some(status) = &trial.status {
        let _ = writeln!(out, "    the manager does not start a unit with all of it: {}", clean(status));
    }
    for (level, text) in trial.says.iter().filter(|(level, _)| all || *level < 7) {
        let _ = writeln!(out, "    the manager says ({}): {}", level_word(*level), clean(text));
    }
    for (line, tried) in lines.iter().zip(tried) {
        let told = match tried.outcome {
            Outcome::Worked if all || tried.instead_of.is_some() => "worked".to_owned(),
            Outcome::NotTried if all => format!("not tried: {}", tried.why.as_deref().unwrap_or_default()),
            Outcome::Failed => {
                let path = tried.why.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
                let call = tried.call.as_deref().unwrap_or_default();
                format!("failed: {call} {}{path}", tried.errno.as_deref().unwrap_or_default())
            }
            _ => continue,
        };
        let wrong = match tried.instead_of {
            Some(kind) => {
                let word = Kind::word(kind);
                format!(" (without a trial it would have been called {word}: that is a defect of unitlint)")
            }
            None => String::new(),
        };
        let value = super::style::shorten(&clean(&line.value), 50).into_owned();
        let _ = writeln!(out, "    {}={value}  {}{wrong}", clean(&line.name), clean(&told));
    }
    out
}

/// The words of syslog.
fn level_word(level: u8) -> &'static str {
    const WORDS: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    WORDS.get(usize::from(level)).copied().unwrap_or("debug")
}
