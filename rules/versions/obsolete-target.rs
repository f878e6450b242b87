//! Targets that systemd once had. Only those whose end is on record in its NEWS or its sources are named here.

use crate::rule::{Fix, Hit, Level, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::value::Outcome;
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{Class, KeyId, Section, key};

/// A target of the past.
struct Gone {
    name: &'static str,
    /// the first release without it
    since: u16,
    /// what took its place
    instead: Option<&'static str>,
    /// why nothing has to
    why: &'static str,
}

const fn gone(name: &'static str, since: u16, instead: Option<&'static str>, why: &'static str) -> Gone {
    Gone { name, since, instead, why }
}

const RUNLEVEL: &str =
    "it was an alias; since 260 systemd can be built with it again, but not every distribution does so";

/// Those that went before the oldest release that is asked for (183) count as gone since then.
const GONE: &[Gone] = &[
    gone("dbus.target", 183, None, "the bus is there for every unit of the normal boot, by dbus.socket"),
    gone("mail-transfer-agent.target", 198, None, "order after the mail server's own service where that matters"),
    gone("rtc-set.target", 183, Some("time-sync.target"), ""),
    gone("runlevel0.target", 258, Some("poweroff.target"), RUNLEVEL),
    gone("runlevel1.target", 258, Some("rescue.target"), RUNLEVEL),
    gone("runlevel2.target", 258, Some("multi-user.target"), RUNLEVEL),
    gone("runlevel3.target", 258, Some("multi-user.target"), RUNLEVEL),
    gone("runlevel4.target", 258, Some("multi-user.target"), RUNLEVEL),
    gone("runlevel5.target", 258, Some("graphical.target"), RUNLEVEL),
    gone("runlevel6.target", 258, Some("reboot.target"), RUNLEVEL),
    gone("syslog.target", 198, None, "logging works for every unit of the normal boot, by the sockets of the journal"),
    gone("systemd-timedated-ntp.target", 186, Some("time-sync.target"), ""),
];

/// Whether it is one of them, in whatever release.
fn is_gone(name: &str) -> bool {
    name.ends_with(".target") && GONE.iter().any(|gone| gone.name == name)
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    for setting in unit.settings() {
        let class = setting.key.key().class(unit.target.model);
        if !matches!(class, Class::UnitNames | Class::Install) {
            continue;
        }
        // nearly every unit is done with here
        if setting.every_word().is_some_and(|names| !names.iter().any(|name| is_gone(name))) {
            continue;
        }
        for assignment in setting.assignments.iter().filter(|a| a.outcome == Outcome::Set) {
            let entry = unit.entry(assignment);
            for word in words(entry.text(), Split::RAW).map_while(Result::ok) {
                let past = |g: &&Gone| *g.name == *word.text && unit.target.systemd >= g.since;
                if let Some(gone) = GONE.iter().find(past) {
                    hits.push(hit(setting.key, &entry, &word, gone));
                }
            }
        }
    }
    hits
}

fn hit(id: KeyId, entry: &Entry<'_>, word: &Word<'_>, gone: &Gone) -> Hit {
    let at = entry.part(word.at.clone());
    let needed = matches!(id, key::REQUIRES | key::REQUISITE | key::BINDS_TO);
    let install = entry.assignment.section == Section::Install;
    let effect = match id {
        _ if install => "enabling makes a link that nothing ever follows",
        _ if needed => "starting the unit fails, as the target is not found",
        key::AFTER | key::BEFORE => "nothing is waited for, so the word does no harm either",
        _ => "the word has no effect",
    };
    let since =
        if gone.since == 183 { "the first years of systemd".to_owned() } else { format!("systemd {}", gone.since) };
    let mut hit = Hit::at(at.clone())
        .state("gone")
        .word("key", id.name())
        .word("name", gone.name)
        .word("since", since)
        .help(effect);
    if !gone.why.is_empty() {
        hit = hit.help(gone.why);
    }
    hit = hit.fix(match gone.instead {
        Some(new) => Fix::replace(format!("write {new} instead of {}", gone.name), Safety::Unsafe, &at, new),
        None => without(entry, word),
    });
    if install || needed { hit } else { hit.at_most(Level::Note) }
}

/// The word taken away, with the line where it is the only one: what is empty could reset the list.
fn without(entry: &Entry<'_>, word: &Word<'_>) -> Fix {
    let title = format!("take {} away", word.text);
    let text = entry.text();
    let rest = text[word.at.end..].len() - text[word.at.end..].trim_start_matches([' ', '\t']).len();
    if word.at.start == 0 && word.at.end == text.len() {
        Fix::replace(title, Safety::Unsafe, &entry.lines(), "")
    } else if entry.is_continued() {
        Fix::replace(title, Safety::Unsafe, &entry.part(word.at.clone()), "")
    } else if rest > 0 {
        Fix::replace(title, Safety::Unsafe, &entry.part(word.at.start..word.at.end + rest), "")
    } else {
        let before = text[..word.at.start].trim_end_matches([' ', '\t']).len();
        Fix::replace(title, Safety::Unsafe, &entry.part(before..word.at.end), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_passed_over() {
        assert!(GONE.iter().all(|gone| is_gone(gone.name)));
    }
}
