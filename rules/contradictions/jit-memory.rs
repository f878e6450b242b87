//! Programs with a just-in-time compiler that they cannot do without, by their names.

use crate::rule::named::{each_command, is_free};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::command::Line;
use crate::vocab::key;
use crate::vocab::words::Word;

/// Virtual machines, and what is made of them.
const COMPILERS: [&str; 24] = [
    "bun",
    "chrome",
    "chromium",
    "chromium-browser",
    "deno",
    "dotnet",
    "electron",
    "google-chrome",
    "java",
    "jsvc",
    "luajit",
    "mono",
    "mono-sgen",
    "node",
    "nodejs",
    "npm",
    "npx",
    "openresty",
    "pnpm",
    "pwsh",
    "pypy",
    "pypy3",
    "ts-node",
    "yarn",
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if !unit.is_on(key::MEMORY_DENY_WRITE_EXECUTE) {
        return Vec::new();
    }
    let by = unit.decisive(key::MEMORY_DENY_WRITE_EXECUTE).map(|a| unit.loc(a.file, a.whole()));
    let mut hits = Vec::new();
    each_command(unit, |entry, line| {
        let Some(program) = program(line).filter(|_| !is_free(line)) else { return };
        let name = program.text.rsplit('/').next().unwrap_or_default().trim_start_matches(['-', ':', '!', '@', '|']);
        let interpreted = line.words.iter().any(|w| matches!(&*w.text, "--jitless" | "--interpreter"));
        if !COMPILERS.contains(&name) || interpreted {
            return;
        }
        let mut hit = Hit::at(entry.part(program.at.clone())).word("program", name);
        if let Some(at) = &by {
            hit = hit.note(Note::on(at.clone(), "refused here"));
        }
        hits.push(hit);
    });
    hits
}

/// The program that runs in the end: behind `env` and its assignments.
fn program<'l>(line: &'l Line<'_>) -> Option<&'l Word<'l>> {
    if line.program_name() != "env" {
        return line.words.first();
    }
    line.words.iter().skip(1).find(|w| !w.text.starts_with('-') && !w.text.contains('='))
}
