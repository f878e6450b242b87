//! Lines that run as root in a service with a user of its own, and what of that user's they run or change.

use crate::rule::exec::MANY;
use crate::rule::named::{Named, absolute, directories, is_in};
use crate::rule::program::{Run, each_run};
use crate::rule::shell::{commands, script};
use crate::rule::{Hit, Level, Note};
use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::{KeyId, Scope, key};

/// The directories of the user: by which key, and where that is said.
type Own = Vec<(KeyId, Named)>;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    if unit.scope == Scope::User || unit.is_privileged() {
        return hits;
    }
    let user = unit.value(key::USER).text().filter(|u| !u.is_empty());
    let mut own: Option<Own> = None;
    each_run(unit, |run| {
        if !run.is_root(unit) {
            return;
        }
        let own = own.get_or_insert_with(|| directories(unit));
        for part in run.parts() {
            let Some(path) = absolute(unit, part.text) else { continue };
            if let Some((id, named)) = own.iter().find(|(_, dir)| is_in(&path, &dir.path)) {
                let hit = Hit::at(part.at).state("program").word("path", path).word("key", id.name());
                hits.push(hit.note(Note::on(named.at.clone(), "this directory belongs to the user of the service")));
            }
        }
        let commands = simple_commands(run).into_iter();
        hits.extend(commands.filter_map(|(words, at)| handed_over(unit, own, user, &words, &at)).take(MANY));
    });
    let who = user.unwrap_or("the user of the service");
    hits.into_iter().map(|hit| hit.word("user", who)).collect()
}

/// The commands of a line: itself, or those of the script that a shell is given.
fn simple_commands<'r>(run: &'r Run<'_>) -> Vec<(Vec<&'r str>, Loc)> {
    match script(run.line) {
        Some(i) => {
            let text: &'r str = &run.line.words[i].text;
            commands(text).map(|words| (words, run.at(i))).collect()
        }
        None => {
            let rest = run.line.words.iter().skip(run.arguments()).map(|w| &*w.text);
            vec![(std::iter::once(run.line.program_name()).chain(rest).collect(), run.at(0))]
        }
    }
}

/// What is wrong with a `chown` or `chmod`.
fn handed_over(unit: &Unit, own: &Own, user: Option<&str>, words: &[&str], at: &Loc) -> Option<Hit> {
    let command = words.first()?.rsplit('/').next().filter(|c| matches!(*c, "chown" | "chgrp" | "chmod"))?;
    let (options, operands): (Vec<&str>, Vec<&str>) = words[1..].iter().copied().partition(|w| w.starts_with('-'));
    let has =
        |letter, long: &str| options.iter().any(|o| if o.starts_with("--") { *o == long } else { o.contains(letter) });
    let recursive = has('R', "--recursive");
    if !recursive && has('h', "--no-dereference") {
        return None;
    }
    let (who, paths) = operands.split_first()?;
    let hit = |state, path: &str| Hit::at(at.clone()).state(state).word("command", command).word("path", path);
    if recursive {
        // what it is handed over for; a mode says nothing of who
        let for_user = user.is_some_and(|u| who.split([':', '.']).next() == Some(u));
        return paths.first().filter(|_| for_user && command == "chown").map(|path| {
            let hit = hit("recursive", path).at_most(Level::Note);
            hit.help(
                "StateDirectory= and its sisters make a directory and give it to the user; tmpfiles.d does the rest",
            )
        });
    }
    paths.iter().find_map(|text| {
        let path = absolute(unit, &resolved(text, own))?;
        let (id, named) = own.iter().find(|(_, dir)| path != dir.path && is_in(&path, &dir.path))?;
        let hit = hit("follows", text).word("key", id.name());
        let hit = hit.note(Note::on(named.at.clone(), "this directory belongs to the user of the service"));
        Some(if command == "chmod" { hit } else { hit.help("with -h it leaves links alone") })
    })
}

/// A path with the variables that systemd sets for the directories.
fn resolved(text: &str, own: &Own) -> String {
    const VARIABLES: [(&str, KeyId); 4] = [
        ("STATE_DIRECTORY", key::STATE_DIRECTORY),
        ("RUNTIME_DIRECTORY", key::RUNTIME_DIRECTORY),
        ("CACHE_DIRECTORY", key::CACHE_DIRECTORY),
        ("LOGS_DIRECTORY", key::LOGS_DIRECTORY),
    ];
    let found = VARIABLES.iter().find_map(|(name, id)| {
        let braced = text.strip_prefix("${").and_then(|t| t.strip_prefix(name)?.strip_prefix('}'));
        let rest = braced.or_else(|| text.strip_prefix('$')?.strip_prefix(name).filter(|r| r.starts_with('/')))?;
        let (_, dir) = own.iter().find(|(key, _)| key == id)?;
        Some(format!("{}{rest}", dir.path))
    });
    found.unwrap_or_else(|| text.to_owned())
}
