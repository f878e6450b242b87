//! What an .rpm runs: scriptlets when it comes and goes, and triggers for packages and files.

use super::super::Script;
use super::header::Header;
use std::path::Path;

/// Scriptlets as spec files call them, with the tags of their text and of what runs it.
const SCRIPTLETS: &[(&str, u32, u32)] = &[
    ("pre", 1023, 1085),
    ("post", 1024, 1086),
    ("preun", 1025, 1087),
    ("postun", 1026, 1088),
    ("pretrans", 1151, 1153),
    ("posttrans", 1152, 1154),
    ("preuntrans", 5103, 5105),
    ("postuntrans", 5104, 5106),
    ("verifyscript", 1079, 1091),
];

/// Triggers: how their names begin, and the tags of texts, interpreters, what they wait for, which text that belongs to, flags.
const TRIGGERS: &[(&str, [u32; 5])] = &[
    ("trigger", [1065, 1092, 1066, 1069, 1068]),
    ("filetrigger", [5066, 5067, 5069, 5070, 5072]),
    ("transfiletrigger", [5076, 5077, 5079, 5080, 5082]),
];

/// How the names of triggers end, by their flags.
const MOMENTS: &[(u64, &str)] = &[(1 << 16, "in"), (1 << 17, "un"), (1 << 18, "postun"), (1 << 25, "prein")];

/// What runs a script that names nothing.
const USUAL: &str = "/bin/sh";

/// All of a package, in the order in which rpm lists them.
pub(super) fn all(header: &Header, root: &Path) -> Vec<Script> {
    let mut out = Vec::new();
    for (name, text, program) in SCRIPTLETS {
        let words: Vec<_> = header.texts(*program).map(String::from_utf8_lossy).collect();
        let bytes = header.texts(*text).next();
        // `%post -p /sbin/ldconfig` has a program and no text
        if bytes.is_some() || !words.is_empty() {
            let interpreter = if words.is_empty() { USUAL.to_owned() } else { words.join(" ") };
            out.push(Script::new(root, name, Some(interpreter.into()), Vec::new(), bytes.unwrap_or_default().to_vec()));
        }
    }
    for (name, [texts, programs, waits, indexes, flags]) in TRIGGERS {
        let programs: Vec<_> = header.texts(*programs).collect();
        let (indexes, flags) = (header.numbers(*indexes), header.numbers(*flags));
        let waits: Vec<_> = header.texts(*waits).map(String::from_utf8_lossy).collect();
        for (i, text) in header.texts(*texts).enumerate() {
            let own = |n: &usize| indexes.get(*n) == Some(&(i as u64));
            let on: Vec<Box<str>> =
                waits.iter().enumerate().filter(|(n, _)| own(n)).map(|(_, w)| (**w).into()).collect();
            let flags = (0..waits.len()).find(own).and_then(|n| flags.get(n)).copied().unwrap_or_default();
            let moment = MOMENTS.iter().find(|(bit, _)| flags & bit != 0).map_or("", |(_, m)| m);
            let interpreter = programs.get(i).map_or(USUAL.into(), |p| String::from_utf8_lossy(p));
            out.push(Script::new(root, &format!("{name}{moment}"), Some((*interpreter).into()), on, text.to_vec()));
        }
    }
    out
}
