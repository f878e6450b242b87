//! Lines of sysusers.d that systemd-sysusers refuses.

use crate::rule::tmpfiles::{Field, Line, accounts};
use crate::rule::{Hit, Shipped};
use crate::vocab::user::{self, Verdict};

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    accounts(shipped).iter().filter_map(judge).collect()
}

fn judge(line: &Line) -> Option<Hit> {
    let kind = line.fields.first()?;
    let told = |state, field: &Field| Hit::at(field.at.clone()).state(state).word("word", &field.text);
    if !matches!(kind.text.as_str(), "u" | "u!" | "g" | "m" | "r") {
        return Some(told("type", kind).help("sysusers.d(5) has the types: u, u!, g, m and r"));
    }
    let is_range = kind.text == "r";
    let bad = |field: &&Field| {
        !field.text.contains('%')
            && (user::judge(&field.text) != Verdict::Good || field.text.bytes().all(|b| b.is_ascii_digit()))
    };
    let names = if is_range {
        0..0
    } else if kind.text == "m" {
        1..3
    } else {
        1..2
    };
    if let Some(name) = line.fields.get(names).into_iter().flatten().find(bad) {
        return Some(told("name", name).help("letters, digits, _ and -, at most 31, and a letter or _ first"));
    }
    if let Some(id) = line.said(2).filter(|_| kind.text != "m" && !is_range).filter(|f| !is_id(&f.text)) {
        return Some(told("id", id).help("write - for any free one, a number, UID:GID, UID:GROUP, or a path"));
    }
    let (home, shell) = (line.said(4), line.said(5));
    let path = [home, shell].into_iter().flatten().find(|f| !f.text.starts_with(['/', '%']));
    if kind.text.starts_with('u') {
        return path.map(|f| {
            told("path", f).help(
                "the fifth word is the home directory and the sixth the shell; a name with blanks stands in quotes",
            )
        });
    }
    let extra = line.said(3).filter(|_| matches!(kind.text.as_str(), "g" | "m"));
    extra.map(|f| told("extra", f).help("only lines of type u have more"))
}

/// A number, two, a number and a group, or a file whose owner counts.
fn is_id(text: &str) -> bool {
    let number = |t: &str| t == "-" || t.bytes().all(|b| b.is_ascii_digit()) && !t.is_empty();
    let path = text.starts_with('/') || text.contains('%');
    path || number(text) || text.split_once(':').is_some_and(|(user, group)| number(user) && !group.is_empty())
}
