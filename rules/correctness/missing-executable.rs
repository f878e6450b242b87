//! Programs of command lines that the system does not have, or cannot execute. What the unit itself makes sure of, or brings
//! into its namespace, is left alone, and so is what only a running system has.

use crate::evidence::system::SEARCH_PATH;
use crate::evidence::{Look, Node, System};
use crate::rule::named::{expanded, is_fixed, is_free, is_in, paths};
use crate::rule::program::{Part, Role, Run, each_run};
use crate::rule::{Fix, Hit, Level, Safety};
use crate::suggest;
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Message, key};

/// What is filled when the system runs, or belongs to its users.
const LATER: [&str; 10] = ["/run", "/var/run", "/tmp", "/var/tmp", "/proc", "/sys", "/dev", "/home", "/mnt", "/media"];

/// What packages bring.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc"];

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    // what lies in an image cannot be seen
    if !system.is_known() || !unit.value(key::ROOT_IMAGE).is_empty() {
        return hits;
    }
    each_run(unit, |run| {
        let Some(root) = root_of(unit, run) else { return };
        for part in run.parts() {
            // who runs it knows what it means
            if part.text.contains('$')
                || !is_fixed(unit, part.text)
                || (part.role == Role::Script && !part.text.starts_with('/'))
            {
                break;
            }
            let Some(hit) = look(unit, system, &root, &part) else { continue };
            let hit = said(unit, system, run, &part, hit);
            // who writes "-" knows that it may be missing, unless it is a slip
            let known =
                matches!(hit.state, "" | "link" | "script" | "search" | "root-directory") && hit.fixes.is_empty();
            match run.line.ignore_failure {
                true if known => {}
                true => hits.push(hit.at_most(Level::Note)),
                false => hits.push(hit),
            }
            break;
        }
    });
    // a unit that is not started here does not miss it
    let Some(most) = (if hits.is_empty() { None } else { conditions(unit, system) }) else { return Vec::new() };
    hits.into_iter()
        .map(|hit| {
            let level = hit.at_most.map_or(most, |l| l.min(most));
            hit.at_most(level)
        })
        .collect()
}

/// The root that a command is looked up in; `None` where nothing can be told.
fn root_of(unit: &Unit, run: &Run<'_>) -> Option<String> {
    let Some(root) = unit.value(key::ROOT_DIRECTORY).text().filter(|r| !r.is_empty() && *r != "/") else {
        return Some(String::new());
    };
    if unit.is_on(key::ROOT_DIRECTORY_START_ONLY) && run.key != key::EXEC_START {
        return Some(String::new());
    }
    let fixed = unit.decisive(key::ROOT_DIRECTORY).is_some_and(|a| is_fixed(unit, unit.entry(a).text()));
    (fixed && !is_free(run.line)).then(|| root.to_owned())
}

/// What is wrong with a part of a command line.
fn look(unit: &Unit, system: &System<'_>, root: &str, part: &Part<'_>) -> Option<Hit> {
    let hit = |state| Hit::at(part.at.clone()).state(state).word("program", part.text);
    if !part.text.contains('/') {
        if part.text.is_empty() {
            return None;
        }
        if part.role == Role::Behind && own_path(unit) {
            return None;
        }
        let dirs = search_path(unit);
        let missing =
            system.is_whole() && dirs.iter().all(|dir| is_missing(unit, system, root, &format!("{dir}/{}", part.text)));
        return missing.then(|| hit("search").word("path", dirs.join(":")));
    }
    let path = expanded(unit, part.text)?;
    let full = format!("{root}{path}");
    let node = match system.look(&full) {
        Look::Unknown => return None,
        Look::Missing => {
            if !is_missing(unit, system, root, &path) || LATER.iter().any(|dir| is_in(&full, dir)) {
                return None;
            }
            let state = match (root, part.role) {
                _ if system.is_link(&full) => "link",
                ("", Role::Script) => "script",
                ("", _) => "",
                _ => "root-directory",
            };
            let most = if SYSTEM.iter().any(|dir| is_in(&full, dir)) { Level::Error } else { Level::Note };
            return Some(hit(state).word("root", root).at_most(most));
        }
        Look::Found(node) => node,
    };
    match node.stat.kind {
        // Python runs one with a __main__.py
        NodeKind::Directory if part.role == Role::Script => None,
        NodeKind::Directory => Some(hit("directory")),
        NodeKind::File if part.role == Role::Script => None,
        NodeKind::File if node.stat.mode & 0o111 == 0 => {
            let help = format!("chmod +x {}, or name the interpreter in front of it", node.path);
            Some(hit("mode").help(help))
        }
        NodeKind::File => format(unit, system, root, &node).map(|(state, word)| hit(state).word("interpreter", word)),
        _ => None,
    }
}

/// Whether a path is sure to be missing in the namespace of the unit.
fn is_missing(unit: &Unit, system: &System<'_>, root: &str, path: &str) -> bool {
    const MOUNTS: [KeyId; 3] = [key::BIND_PATHS, key::BIND_READ_ONLY_PATHS, key::TEMPORARY_FILE_SYSTEM];
    const IMAGES: [KeyId; 3] = [key::MOUNT_IMAGES, key::EXTENSION_IMAGES, key::EXTENSION_DIRECTORIES];
    let brought = || MOUNTS.iter().any(|k| paths(unit, *k).iter().any(|named| is_in(path, &named.path)));
    system.look(&format!("{root}{path}")).is_missing() && IMAGES.iter().all(|k| unit.value(*k).is_empty()) && !brought()
}

fn search_path(unit: &Unit) -> Vec<&str> {
    match unit.value(key::EXEC_SEARCH_PATH) {
        Value::List(list) if !list.is_empty() => list.iter().map(|dir| &**dir).collect(),
        _ => SEARCH_PATH.to_vec(),
    }
}

/// Whether programs are searched by a path that the unit sets.
fn own_path(unit: &Unit) -> bool {
    let sets = |id| unit.counted(id).any(|e| e.text().contains("PATH"));
    sets(key::ENVIRONMENT) || sets(key::PASS_ENVIRONMENT) || !unit.value(key::ENVIRONMENT_FILE).is_empty()
}

/// Why the kernel would not execute a file, and the interpreter that it names.
fn format(unit: &Unit, system: &System<'_>, root: &str, node: &Node) -> Option<(&'static str, String)> {
    let head = system.head(node, 256)?;
    let Some(line) = head.strip_prefix(b"#!") else {
        // anything else may be known to binfmt.d
        let text = std::str::from_utf8(&head).is_ok_and(|t| t.chars().all(|c| !c.is_control() || c.is_whitespace()));
        return (text && !head.is_empty() && node.stat.size > 1).then(|| ("format", String::new()));
    };
    let line = line.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    if line.ends_with('\r') {
        return Some(("line-ends", String::new()));
    }
    let mut words = line.split_ascii_whitespace();
    let interpreter = words.next().filter(|w| w.starts_with('/'))?;
    if !LATER.iter().any(|dir| is_in(interpreter, dir)) && is_missing(unit, system, root, interpreter) {
        return Some(("interpreter", interpreter.to_owned()));
    }
    let by_name =
        words.next().filter(|w| interpreter.ends_with("/env") && !w.contains(['=', '/', '-']) && !own_path(unit))?;
    let missing = system.is_whole()
        && search_path(unit).iter().all(|dir| is_missing(unit, system, root, &format!("{dir}/{by_name}")));
    missing.then(|| ("interpreter", by_name.to_owned()))
}

/// With what may be meant, and with what systemd says.
fn said(unit: &Unit, system: &System<'_>, run: &Run<'_>, part: &Part<'_>, hit: Hit) -> Hit {
    let by_systemd = part.role == Role::Program
        && matches!(hit.state, "" | "link" | "search" | "directory" | "mode" | "root-directory")
        && !run.line.ignore_failure
        // before that only the first of each list is looked at
        && (run.before == 0 || unit.target.model.number() > 252)
        // it knows neither RootDirectory= nor ExecSearchPath=
        && (!matches!(hit.state, "link" | "root-directory") || system.look(part.text).is_missing())
        && (hit.state != "search" || SEARCH_PATH.iter().all(|d| system.look(&format!("{d}/{}", part.text)).is_missing()));
    let hit = if by_systemd { hit.verify(Message::ExecNotExecutable) } else { hit };
    let meant = Some(part).filter(|_| matches!(hit.state, "" | "script")).and_then(|part| meant(system, part));
    match meant {
        Some(meant) => {
            let title = format!("did you mean {meant}?");
            let fix =
                Fix::replace(title.clone(), Safety::Unsafe, &hit.at.clone().unwrap_or_else(|| part.at.clone()), meant);
            if part.text.contains(['%', ' ']) { hit.help(title) } else { hit.fix(fix) }
        }
        None => hit,
    }
}

/// A program that there is: of the same name elsewhere, or of nearly the same beside it.
fn meant(system: &System<'_>, part: &Part<'_>) -> Option<String> {
    let (dir, name) = part.text.rsplit_once('/')?;
    let is_program = |path: &String| {
        system.look(path).found().is_some_and(|n| n.stat.kind == NodeKind::File && n.stat.mode & 0o111 != 0)
    };
    let elsewhere = SEARCH_PATH.iter().map(|d| format!("{d}/{name}")).find(is_program);
    elsewhere.filter(|_| part.role == Role::Program).or_else(|| {
        let names = system.names(dir);
        let near = suggest::nearest(name, names.iter().map(String::as_str))?;
        Some(format!("{dir}/{near}")).filter(is_program)
    })
}

/// How much it can matter by the conditions of the unit; `None` where they do not hold in this system.
fn conditions(unit: &Unit, system: &System<'_>) -> Option<Level> {
    const KEYS: [KeyId; 16] = [
        key::CONDITION_PATH_EXISTS,
        key::CONDITION_PATH_EXISTS_GLOB,
        key::CONDITION_PATH_IS_DIRECTORY,
        key::CONDITION_PATH_IS_MOUNT_POINT,
        key::CONDITION_PATH_IS_READ_WRITE,
        key::CONDITION_PATH_IS_SYMBOLIC_LINK,
        key::CONDITION_FILE_IS_EXECUTABLE,
        key::CONDITION_FILE_NOT_EMPTY,
        key::CONDITION_DIRECTORY_NOT_EMPTY,
        key::ASSERT_PATH_EXISTS,
        key::ASSERT_PATH_EXISTS_GLOB,
        key::ASSERT_PATH_IS_DIRECTORY,
        key::ASSERT_PATH_IS_READ_WRITE,
        key::ASSERT_FILE_IS_EXECUTABLE,
        key::ASSERT_FILE_NOT_EMPTY,
        key::ASSERT_DIRECTORY_NOT_EMPTY,
    ];
    let mut most = Level::Error;
    for id in KEYS {
        for entry in unit.counted(id) {
            let text = entry.text().trim_start_matches('|');
            let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
            let text = text.trim_start();
            if !is_fixed(unit, text) || LATER.iter().any(|dir| is_in(text, dir)) {
                most = Level::Note;
                continue;
            }
            // of a pattern only what stands before it can be looked at
            let plain = text.split(['*', '?', '[']).next().unwrap_or_default();
            let path = if plain.len() < text.len() { plain.rsplit_once('/').map_or("", |(dir, _)| dir) } else { text };
            match system.look(path) {
                Look::Found(_) if negated && path == text => return None,
                Look::Missing if !negated => return None,
                Look::Found(_) if id == key::CONDITION_DIRECTORY_NOT_EMPTY && system.names(path).is_empty() => {
                    return None;
                }
                _ => {}
            }
        }
    }
    // a program that says whether the others are to run may look for them
    Some(if unit.value(key::EXEC_CONDITION).is_empty() { most } else { Level::Note })
}
