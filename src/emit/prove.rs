//! What trials on a running service came to, and how they go on.

use super::style::{Look, Paint, clean, shorten, wrap};
use crate::engine::score::{level, tenths};
use crate::live::prove::{Attempt, Event, Failure, Proof, Verb, Verdict};
use std::fmt::Write as _;

/// One service that was tried, for people.
pub struct Tried<'a> {
    /// its name
    pub unit: &'a str,
    /// what it came to
    pub proof: &'a Proof,
    /// what was tried, piece by piece
    pub pieces: &'a [String],
    /// the exposure now and with the lines that work
    pub exposure: (u32, u32),
    /// the user's probe
    pub probe: Option<&'a str>,
}

/// How a service was made to show that it works, as the words of a sentence.
pub fn how(steps: &[Verb], probe: Option<&str>) -> String {
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    let probe = probe.map_or_else(|| "without a probe: it stays up".to_owned(), |p| format!("with the probe: {p}"));
    format!("{}, {probe}", listed(&steps))
}

/// `a, b and c`
fn listed(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// The report.
pub fn report(tried: &Tried<'_>, paint: Paint) -> String {
    let Tried { unit, proof, pieces, exposure: (before, after), probe } = *tried;
    let mut out = String::new();
    let width = if paint.width == 0 { 110 } else { paint.width.clamp(60, 140) };
    let arrow = paint.either("→", "->");
    let name = paint.the(Look::Strong, clean(unit));
    let line = |out: &mut String, look: Look, indent: usize, text: &str| {
        let wrapped = wrap(&clean(text), width - indent, &" ".repeat(indent));
        for one in wrapped.lines() {
            let text = one.trim_start();
            let _ = writeln!(out, "{}{}", &one[..one.len() - text.len()], paint.the(look, text));
        }
    };
    let failure = |out: &mut String, indent: usize, failure: &Failure| {
        line(out, Look::Bad, indent, &said(failure));
        failure.words.iter().for_each(|words| line(out, Look::Dim, indent, words));
    };
    match &proof.verdict {
        Verdict::Proven { kept, .. } if !kept.is_empty() => {
            let _ = writeln!(
                out,
                "{name}  {} {arrow} {} {}",
                paint.the(Paint::exposure(before), tenths(before)),
                paint.the(Paint::exposure(after), format!("{} {}", tenths(after), level(after))),
                paint.the(Look::Good, "proven"),
            );
        }
        verdict => {
            let (look, says) = match verdict {
                Verdict::Proven { .. } if pieces.is_empty() => (Look::Good, "nothing to do that is sure enough"),
                Verdict::Proven { .. } => (Look::Bad, "works with none of the lines"),
                Verdict::Refused(_) => (Look::Bad, "not tried"),
                Verdict::Unusable(_) => (Look::Bad, "does not work as shipped: nothing was tried"),
                Verdict::Unsteady(_) => (Look::Bad, "does not always work with the same lines: nothing is proven"),
                Verdict::Interrupted => (Look::Fair, "interrupted"),
                Verdict::Broken(_) => (Look::Bad, "given up"),
            };
            let _ = writeln!(out, "{name}  {} {}", tenths(before), paint.the(look, says));
        }
    }
    match &proof.verdict {
        Verdict::Proven { kept, left } if !pieces.is_empty() => {
            let (kept, all) = (kept.len(), many(pieces.len(), "setting"));
            let all =
                if kept == pieces.len() { format!("all {all} work") } else { format!("{kept} of {all} work together") };
            let how = how(&proof.steps, probe);
            line(&mut out, Look::Dim, 2, &format!("{all}: {} trials of {how}", proof.trials));
            for (n, failed) in left {
                let piece = pieces.get(*n).map_or("", String::as_str);
                let _ = writeln!(out, "  {} {}", paint.the(Look::Bad, paint.either("✗", "x")), clean(piece));
                failure(&mut out, 6, failed);
            }
        }
        Verdict::Refused(why) | Verdict::Broken(why) => line(&mut out, Look::Dim, 2, why),
        Verdict::Unusable(failed) | Verdict::Unsteady(failed) => failure(&mut out, 2, failed),
        Verdict::Proven { .. } | Verdict::Interrupted => {}
    }
    for failed in &proof.skipped {
        line(&mut out, Look::Fair, 2, &format!("fails as shipped already, and was left out: {}", said(failed)));
    }
    for wrong in &proof.wrong {
        line(&mut out, Look::Bad, 2, &format!("NOT AS IT WAS: {wrong}"));
    }
    out
}

/// What is said while trials go on: the line so far, without its end where more of it follows.
pub fn progress(unit: &str, trial: usize, event: Event<'_>, pieces: &[String], paint: Paint) -> String {
    let unit = clean(unit);
    match event {
        Event::Around([]) => format!("{unit} is stopped and started several times\n"),
        Event::Around(others) => {
            format!("{unit} is stopped and started several times, and with it {}\n", clean(&listed(others)))
        }
        Event::Begins(attempt) => {
            let what = match attempt {
                Attempt::Shipped => "as shipped".to_owned(),
                Attempt::Again(_) => "what works, once more".to_owned(),
                Attempt::Some(some) if some.len() == pieces.len() => format!("all {}", many(some.len(), "setting")),
                Attempt::Some(some) => {
                    let last = some.last().and_then(|n| pieces.get(*n)).map_or("", String::as_str);
                    format!("{} up to {last}", many(some.len(), "setting"))
                }
            };
            format!("  {:>3}  {:<44}  ", trial, shorten(&clean(&what), 44))
        }
        Event::Ends(Ok(())) => format!("{}\n", paint.the(Look::Good, "works")),
        Event::Ends(Err(failure)) => {
            let room = if paint.width == 0 { usize::MAX } else { paint.width.saturating_sub(52).max(24) };
            format!("{}\n", paint.the(Look::Bad, shorten(&clean(&said(failure)), room)))
        }
        Event::Back => "       everything is put back\n".to_owned(),
    }
}

/// In which step, and what went wrong.
fn said(failure: &Failure) -> String {
    format!("{}: {}", failure.step, failure.why)
}

fn many(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
