//! The pieces that lines are tried in: a word of a list that takes away, a step on the way to a strict value, or a whole line.

use super::narrow::Pieces;
use crate::fix::harden::Line;
use crate::rule::Safety;

/// Values from the mildest to the strictest: where one breaks a service, a milder one need not.
const STEPS: [(&str, &[&str]); 2] =
    [("ProtectHome", &["read-only", "yes"]), ("ProtectSystem", &["yes", "full", "strict"])];

/// A part of a line that works or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// the line, by its number
    line: usize,
    /// what it stands for there
    part: Part,
    /// how it is written
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// all of it
    Whole,
    /// a word of a list
    Word(String),
    /// a value, where a milder one is another piece
    Step(&'static str),
}

/// The pieces of lines, those that are sure first. A line that no rule asks for comes and goes with the one before it.
pub fn pieces(lines: &[Line]) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for (n, line) in lines.iter().enumerate().filter(|(_, l)| !l.rules.is_empty()) {
        let steps = STEPS.iter().find(|(key, _)| *key == line.key).map_or(&[][..], |(_, steps)| steps);
        let mut add = |part, text| out.push(Piece { line: n, part, text });
        if let Some(last) = steps.iter().position(|step| *step == line.value) {
            steps[..=last].iter().for_each(|step| add(Part::Step(step), format!("{}={step}", line.key)));
        } else if let Some(words) = words(line) {
            words.into_iter().for_each(|word| {
                let text = format!("{}=~{word}", line.key);
                add(Part::Word(word), text);
            });
        } else {
            add(Part::Whole, line.text());
        }
    }
    out.sort_by_key(|p| std::cmp::Reverse(lines[p.line].safety == Safety::Safe));
    out
}

/// The words of a line that takes each of them away.
fn words(line: &Line) -> Option<Vec<String>> {
    if let Some(list) = line.value.strip_prefix('~') {
        return Some(list.split_whitespace().map(str::to_owned).collect());
    }
    // `yes` for all that there is
    let each = line.rules.iter().map(|rule| rule.fix?.value.strip_prefix('~').map(str::to_owned));
    (line.rules.len() > 1).then(|| each.collect()).flatten()
}

/// The lines that some pieces make.
pub fn lines(all: &[Line], pieces: &[Piece], kept: &Pieces) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut last = false;
    for (n, line) in all.iter().enumerate() {
        if line.rules.is_empty() {
            out.extend(last.then(|| line.clone()));
            continue;
        }
        let own = || pieces.iter().enumerate().filter(move |(_, p)| p.line == n);
        let some: Vec<&Piece> = own().filter(|(i, _)| kept.contains(i)).map(|(_, p)| p).collect();
        last = !some.is_empty() || last && out.last().is_some_and(|l| l.key == line.key);
        if some.len() == own().count() {
            out.push(line.clone());
        } else if !some.is_empty() {
            let mut value = "~".to_owned();
            for piece in some {
                match &piece.part {
                    Part::Word(word) if value == "~" => value.push_str(word),
                    Part::Word(word) => value.extend([" ", word]),
                    // the strictest is the last
                    Part::Step(step) => value = (*step).to_owned(),
                    Part::Whole => {}
                }
            }
            out.push(Line { value, ..line.clone() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Session;

    fn line(key: &'static str, value: &str, safety: Safety, rules: &[&str]) -> Line {
        let rules = rules.iter().map(|id| Session::default().rules.find(id).unwrap()).collect();
        Line { key, value: value.into(), safety, reasons: Vec::new(), rules }
    }

    fn all() -> Vec<Line> {
        vec![
            line("ProtectSystem", "strict", Safety::Unsafe, &["protect-system"]),
            line("CapabilityBoundingSet", "~CAP_KILL CAP_SYSLOG", Safety::Safe, &["cap-kill", "cap-syslog"]),
            line("RestrictNamespaces", "yes", Safety::Safe, &["restrict-namespaces-user", "restrict-namespaces-pid"]),
            line("SystemCallFilter", "~@swap", Safety::Safe, &["system-call-filter-swap"]),
            line("SystemCallErrorNumber", "EPERM", Safety::Safe, &[]),
            line("PrivateTmp", "yes", Safety::Safe, &["private-tmp"]),
        ]
    }

    fn written(without: &[&str]) -> Vec<String> {
        let (all, pieces) = (all(), pieces(&all()));
        let kept = (0..pieces.len()).filter(|n| !without.contains(&pieces[*n].text.as_str())).collect();
        lines(&all, &pieces, &kept).iter().map(Line::text).collect()
    }

    #[test]
    fn lines_in_pieces() {
        let texts: Vec<String> = pieces(&all()).into_iter().map(|p| p.text).collect();
        let safe = "CapabilityBoundingSet=~CAP_KILL CapabilityBoundingSet=~CAP_SYSLOG RestrictNamespaces=~user \
            RestrictNamespaces=~pid SystemCallFilter=~@swap PrivateTmp=yes";
        assert_eq!(texts.join(" "), format!("{safe} ProtectSystem=yes ProtectSystem=full ProtectSystem=strict"));
    }

    #[test]
    fn pieces_make_lines_again() {
        let whole: Vec<String> = all().iter().map(Line::text).collect();
        assert_eq!(written(&[]), whole);
        let some = written(&["CapabilityBoundingSet=~CAP_KILL", "RestrictNamespaces=~pid", "ProtectSystem=strict"]);
        assert_eq!(some[..3], ["ProtectSystem=full", "CapabilityBoundingSet=~CAP_SYSLOG", "RestrictNamespaces=~user"]);
        // nobody needs the error of a filter that is not there
        assert_eq!(written(&["SystemCallFilter=~@swap"]).len(), 4);
        assert_eq!(lines(&all(), &pieces(&all()), &Pieces::new()).len(), 0);
    }
}
