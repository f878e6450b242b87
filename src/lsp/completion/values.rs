//! What can stand on the right of an equal sign.

use super::item;
use crate::lsp::desk::{Desk, Document};
use crate::lsp::names;
use crate::text::Span;
use crate::tree::{self, NodeKind, Tree};
use crate::unit::world::names_units;
use crate::vocab::name::UnitName;
use crate::vocab::{
    ADDRESS_FAMILIES, CAPABILITIES, CONTROLLERS, Class, ERRNOS, EXIT_STATUSES, KeyId, Model, NAMESPACES,
    SECCOMP_ARCHITECTURES, SIGNALS, SYSCALL_GROUPS, SYSCALLS, Specifiers, UnitKind, key, syscall,
};
use gen_lsp_types::{CompletionItem, CompletionItemKind};
use std::collections::BTreeSet;
use std::path::Path;

/// A directory with more entries is not offered.
const MANY: usize = 2000;
/// So much of /etc/passwd is read.
const USERS: usize = 1 << 20;

/// A place in a value.
pub(super) struct Asked<'a> {
    /// the key as it is written
    pub(super) name: &'a str,
    /// which, if there is one
    pub(super) key: Option<KeyId>,
    /// the value
    pub(super) text: &'a str,
    /// the place in it
    pub(super) at: usize,
    /// a new word begins
    pub(super) apart: bool,
    /// the place in the file
    pub(super) offset: u32,
}

/// A word that can stand there.
struct Candidate {
    word: String,
    detail: &'static str,
    kind: CompletionItemKind,
}

fn candidate(word: impl Into<String>, detail: &'static str, kind: CompletionItemKind) -> Candidate {
    Candidate { word: word.into(), detail, kind }
}

pub(super) fn items(
    desk: &Desk,
    document: &Document,
    asked: &Asked<'_>,
    place: impl Fn(usize) -> u32,
) -> Vec<CompletionItem> {
    let Some(key) = asked.key else { return Vec::new() };
    let model = document.unit().map_or(Model::LATEST, |u| u.target.model);
    // the beginning of the word that is being typed
    let (start, typed) = if asked.apart && !continues(document, asked) {
        (asked.offset, "")
    } else {
        let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
        let from = asked.text[..asked.at].rfind(blank).map_or(0, |i| i + 1);
        (place(from), &asked.text[from..asked.at])
    };
    if let Some(percent) = open_specifier(typed)
        && key.key().specifiers(model) != Specifiers::None
    {
        let span = Span { start: start + percent as u32, end: asked.offset };
        return specifiers(desk, document, span);
    }
    let signs = typed.find(|c| !matches!(c, '~' | '-' | '+' | '!' | '@' | '|' | ':')).unwrap_or(typed.len());
    // the sign of a group of system calls is part of its name
    let signs = if key_takes_calls(key) { usize::from(typed.starts_with('~')) } else { signs };
    let bare = &typed[signs..];
    if bare.starts_with('/') && takes_paths(key, model) {
        return paths(desk, document, bare, start + signs as u32, asked.offset);
    }
    let span = Span { start: start + signs as u32, end: asked.offset };
    let taken: BTreeSet<&str> = asked.text.split_whitespace().collect();
    let mut out = Vec::new();
    for (n, found) in words(desk, document, key, model).into_iter().enumerate() {
        if taken.contains(found.word.as_str()) && found.word != bare {
            continue;
        }
        let mut item = item(desk, document, span, &found.word, found.word.clone());
        item.kind = Some(found.kind);
        let default = key.key().default() == found.word;
        item.detail = match (default, found.detail) {
            (true, "") => Some("the default".into()),
            (_, "") => None,
            (_, detail) => Some(detail.to_owned()),
        };
        item.sort_text = Some(format!("{n:05}"));
        out.push(item);
    }
    debug_assert!(out.is_empty() || !asked.name.is_empty());
    out
}

/// Whether the place is right behind the value, with no blank between.
fn continues(document: &Document, asked: &Asked<'_>) -> bool {
    let before = document.source().bytes[..asked.offset as usize].last();
    !asked.text.is_empty() && !matches!(before, Some(b' ' | b'\t' | b'=' | b'\n') | None)
}

/// Where a specifier begins that has no letter yet.
fn open_specifier(typed: &str) -> Option<usize> {
    let run = typed.bytes().rev().take_while(|b| *b == b'%').count();
    (run % 2 == 1).then(|| typed.len() - 1)
}

fn key_takes_calls(key: KeyId) -> bool {
    matches!(key, key::SYSTEM_CALL_FILTER | key::SYSTEM_CALL_LOG)
}

fn takes_paths(key: KeyId, model: Model) -> bool {
    use Class as C;
    matches!(
        key.key().class(model),
        C::Path
            | C::PathList
            | C::PathListPrefixed
            | C::PathSingleAppend
            | C::BindPaths
            | C::ColonPathList
            | C::ConditionPath
            | C::EnvFile
            | C::ExecCommand
            | C::WatchPath
            | C::WorkingDirectory
            | C::PidFile
            | C::LoadCredential
            | C::OpenFile
            | C::DeviceAllow
            | C::DeviceOrSource
            | C::RootHash
            | C::SocketAddress
            | C::StandardInput
            | C::StandardOutput
            | C::TemporaryFilesystems
            | C::IoDeviceWeight
            | C::IoDeviceLimit
            | C::IoDeviceLatency
    )
}

/// The words that a key takes.
fn words(desk: &Desk, document: &Document, key: KeyId, model: Model) -> Vec<Candidate> {
    use CompletionItemKind as K;
    let word = |w: &str| candidate(w, "", K::EnumMember);
    let booleans: &[&str] = if key.key().takes_boolean(model) { &["yes", "no"] } else { &[] };
    let words = key.key().words(model).iter().filter(|w| !booleans.contains(w));
    let mut out: Vec<Candidate> = booleans.iter().copied().chain(words).map(word).collect();
    match key.key().class(model) {
        Class::CapabilitySet => out.extend(CAPABILITIES.iter().map(|c| candidate(*c, "", K::Constant))),
        Class::SyscallFilter | Class::SyscallList => {
            let groups = SYSCALL_GROUPS.iter().filter(|g| syscall::group(g.name, model).is_some());
            out.extend(groups.map(|g| candidate(g.name, g.meaning, K::Module)));
            let calls = SYSCALLS.iter().filter(|c| syscall::known(c, model).is_some());
            out.extend(calls.map(|c| candidate(*c, "", K::Function)));
        }
        Class::AddressFamilies => {
            out.push(candidate("none", "no address family at all", K::EnumMember));
            let mut numbers = BTreeSet::new();
            // the first name of a number is the usual one
            let usual = ADDRESS_FAMILIES
                .iter()
                .filter(|(name, n)| *name != "AF_FILE" && *name != "AF_LOCAL" && numbers.insert(*n));
            out.extend(usual.map(|(name, _)| candidate(*name, "", K::Constant)));
        }
        Class::Namespaces => {
            out.extend(["yes", "no"].map(word));
            out.extend(NAMESPACES.iter().map(|(name, _)| candidate(*name, "", K::Constant)));
        }
        Class::Architectures => {
            out.push(candidate("native", "the processor of the machine", K::EnumMember));
            let known = SECCOMP_ARCHITECTURES[model.index()].iter().filter(|a| **a != "native");
            out.extend(known.map(|a| candidate(*a, "", K::Constant)));
        }
        Class::Controllers | Class::Delegate => {
            out.extend(CONTROLLERS[model.index()].iter().map(|c| candidate(*c, "", K::Constant)));
        }
        Class::Signal => out.extend(SIGNALS.iter().map(|(name, _)| candidate(*name, "", K::Constant))),
        Class::ExitStatusSet => {
            out.extend(EXIT_STATUSES.iter().map(|(name, _)| candidate(*name, "", K::Constant)));
            out.extend(SIGNALS.iter().map(|(name, _)| candidate(*name, "", K::Constant)));
        }
        Class::Errno => out.extend(ERRNOS.iter().map(|(name, _)| candidate(*name, "", K::Constant))),
        Class::UserOrGroup | Class::UserOrGroupList => out.extend(users(desk, document, key)),
        Class::IpPrefixes => {
            let all = ["any", "localhost", "link-local", "multicast"];
            out.extend(all.map(word));
        }
        Class::Timespan => out.extend(["infinity"].map(word)),
        Class::MemoryLimit | Class::TasksMax | Class::Bytes => out.extend(["infinity"].map(word)),
        _ => {}
    }
    if names_units(key).is_some() || key == key::ALIAS {
        let fits = |name: &str| match key {
            key::SLICE => name.ends_with(".slice"),
            key::SOCKETS => name.ends_with(".socket"),
            key::SERVICE => name.ends_with(".service"),
            key::WANTED_BY | key::REQUIRED_BY | key::UPHELD_BY => {
                UnitName::parse(name).is_some_and(|n| !matches!(n.kind(), UnitKind::Slice | UnitKind::Scope))
            }
            _ => true,
        };
        let own = document.unit().map(|u| u.name.to_string()).unwrap_or_default();
        let mut all: Vec<String> = names::known(desk, document).into_iter().filter(|n| fits(n) && *n != own).collect();
        // targets are what one orders by and is wanted by
        all.sort_by_key(|name| !name.ends_with(".target"));
        out.extend(all.into_iter().map(|name| candidate(name, "", K::Reference)));
    }
    out
}

/// The users or groups of the system that the units belong to.
fn users(desk: &Desk, document: &Document, key: KeyId) -> Vec<Candidate> {
    let of_groups = matches!(key.name(), "Group" | "SupplementaryGroups" | "SocketGroup");
    let file = if of_groups { "etc/group" } else { "etc/passwd" };
    let mut found = BTreeSet::from(["root".to_owned(), if of_groups { "nogroup" } else { "nobody" }.to_owned()]);
    if let Some(catalog) = names::catalog(desk, document) {
        let bytes = desk.files.head(&catalog.root.join(file), USERS).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        found.extend(text.lines().filter_map(|l| l.split(':').next()).filter(|n| !n.is_empty()).map(str::to_owned));
    }
    found.into_iter().map(|name| candidate(name, "", CompletionItemKind::Value)).collect()
}

/// What stands for something else, and what that is here.
fn specifiers(desk: &Desk, document: &Document, span: Span) -> Vec<CompletionItem> {
    use crate::vocab::specifier::{MEANINGS, expand};
    let of = |(letter, meaning): &(char, &str)| {
        let text = format!("%{letter}");
        let here = document.unit().and_then(|u| {
            let subject = u.value_setting(u.target.model).subject;
            expand(&text, Specifiers::Full, &subject).ok().map(std::borrow::Cow::into_owned)
        });
        let mut item = item(desk, document, span, &text, text.clone());
        item.kind = Some(CompletionItemKind::Variable);
        item.detail = Some(match here {
            Some(value) if !value.is_empty() => format!("{meaning}: {value}"),
            _ => (*meaning).to_owned(),
        });
        item
    };
    MEANINGS.iter().map(of).collect()
}

/// The entries of a directory of the root.
fn paths(desk: &Desk, document: &Document, typed: &str, start: u32, offset: u32) -> Vec<CompletionItem> {
    let Some(catalog) = names::catalog(desk, document) else { return Vec::new() };
    let (dir, _) = typed.rsplit_once('/').unwrap_or_default();
    let outside = catalog.root.join(dir.trim_start_matches('/'));
    let Ok(real) = tree::resolve(&desk.files, &catalog.root, &outside) else { return Vec::new() };
    let span = Span { start: start + dir.len() as u32 + 1, end: offset };
    let entries = desk.files.list(&real).unwrap_or_default();
    let usual = |name: &str| name.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"\"'\\%$".contains(c));
    let mut out = Vec::new();
    for entry in entries.into_iter().take(MANY) {
        let Some(name) = entry.name.to_str().filter(|n| usual(n)) else { continue };
        let directory = entry.kind == NodeKind::Directory
            || entry.kind == NodeKind::Link && is_directory(desk, &catalog.root, &real.join(name));
        let mut item = item(desk, document, span, name, name.to_owned());
        item.kind = Some(if directory { CompletionItemKind::Folder } else { CompletionItemKind::File });
        out.push(item);
    }
    out
}

fn is_directory(desk: &Desk, root: &Path, path: &Path) -> bool {
    let real = tree::resolve(&desk.files, root, path);
    real.is_ok_and(|path| desk.files.stat(&path).is_ok_and(|s| s.kind == NodeKind::Directory))
}
