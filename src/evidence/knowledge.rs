//! What is known of functions, paths, libraries and programs: the data beside this file, read when the first unit is asked for.

use crate::vocab::set;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Something that a program does and a sandbox may forbid: its place in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Act(u8);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActFile {
    says: String,
    #[serde(default)]
    privileged: bool,
    #[serde(default)]
    functions: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LibrariesFile {
    understood: Vec<String>,
    whole: Vec<String>,
    acts: BTreeMap<String, Vec<String>>,
    families: BTreeMap<String, Vec<String>>,
    go: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramsFile {
    tools: Vec<String>,
    acts: BTreeMap<String, Vec<String>>,
    beside: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    instead: BTreeMap<String, InsteadFile>,
    chosen: BTreeMap<String, ChosenFile>,
    harmless: BTreeMap<String, Vec<String>>,
    with: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    also: BTreeMap<String, Vec<String>>,
    wrappers: WrappersFile,
    interpreters: InterpretersFile,
    modules: ModulesFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsteadFile {
    acts: Vec<String>,
    runs: Vec<String>,
    reads: Vec<String>,
}

#[derive(Deserialize)]
struct ChosenFile {
    configuration: Vec<String>,
    include: Vec<String>,
    #[serde(flatten)]
    acts: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappersFile {
    names: Vec<String>,
    users: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InterpretersFile {
    shell: Vec<String>,
    python: Vec<String>,
    perl: Vec<String>,
    ruby: Vec<String>,
    javascript: Vec<String>,
    other: Vec<String>,
    jit: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModulesFile {
    python: BTreeMap<String, Vec<String>>,
    perl: BTreeMap<String, Vec<String>>,
    javascript: BTreeMap<String, Vec<String>>,
}

/// The language of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Shell,
    Python,
    Perl,
    Ruby,
    JavaScript,
    /// one that is not read
    Other,
}

/// Everything that is known.
struct Knowledge {
    acts: Vec<(String, ActFile)>,
    functions: BTreeMap<String, Vec<Act>>,
    libraries: LibrariesFile,
    programs: ProgramsFile,
}

fn knowledge() -> &'static Knowledge {
    static KNOWN: OnceLock<Knowledge> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let acts: BTreeMap<String, ActFile> = parsed(include_str!("acts.toml"));
        let acts: Vec<(String, ActFile)> = acts.into_iter().collect();
        let mut functions: BTreeMap<String, Vec<Act>> = BTreeMap::new();
        for (i, (_, act)) in acts.iter().enumerate() {
            for function in &act.functions {
                functions.entry(function.clone()).or_default().push(Act(i as u8));
            }
        }
        Knowledge {
            acts,
            functions,
            libraries: parsed(include_str!("libraries.toml")),
            programs: parsed(include_str!("programs.toml")),
        }
    })
}

/// Our own data: a test reads all of it.
#[allow(clippy::expect_used)]
fn parsed<T: for<'d> Deserialize<'d>>(text: &str) -> T {
    toml::from_str(text).expect("the data beside this file is right")
}

impl Act {
    /// The act of that name.
    pub fn named(name: &str) -> Option<Self> {
        knowledge().acts.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok().map(|i| Self(i as u8))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        &knowledge().acts[usize::from(self.0)].0
    }

    /// What it is, as the words after "it".
    pub fn says(self) -> &'static str {
        &knowledge().acts[usize::from(self.0)].1.says
    }

    /// Whether it fails for a process without privileges anyway.
    pub fn is_privileged(self) -> bool {
        knowledge().acts[usize::from(self.0)].1.privileged
    }

    /// All acts.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..knowledge().acts.len()).map(|i| Self(i as u8))
    }

    /// The acts that a function is for.
    pub fn of_function(name: &str) -> &'static [Self] {
        knowledge().functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The acts that a path shows.
    pub(super) fn of_path(path: &str) -> impl Iterator<Item = Self> {
        let begins = |all: &[String]| {
            all.iter().any(|p| match p.strip_suffix('*') {
                Some(begin) => path.starts_with(begin),
                None => path.strip_prefix(p.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            })
        };
        let shows = move |act: &ActFile| begins(&act.paths) && !begins(&act.except);
        (0_u8..).zip(&knowledge().acts).filter(move |(_, (_, act))| shows(act)).map(|(i, _)| Self(i))
    }

    /// The acts of a library, by the name of its file.
    pub(super) fn of_library(name: &str) -> impl Iterator<Item = Self> {
        let acts = &knowledge().libraries.acts;
        acts.iter()
            .filter(move |(_, all)| all.iter().any(|p| name.starts_with(p.as_str())))
            .filter_map(|(a, _)| Self::named(a))
    }
}

/// Whether a library does all the work of the programs that need it.
pub(super) fn is_whole(library: &str) -> bool {
    knowledge().libraries.whole.iter().any(|p| library.starts_with(p.as_str()))
}

/// Names of packages of Go that tell something, each with what it tells.
pub(super) fn go_packages() -> impl Iterator<Item = (Act, &'static str)> {
    let all = knowledge().libraries.go.iter();
    all.filter_map(|(act, names)| Some((Act::named(act)?, names)))
        .flat_map(|(act, names)| names.iter().map(move |n| (act, n.as_str())))
}

/// The address families of the sockets that a library, a package of Go or a program opens.
pub(super) fn families(name: &str) -> impl Iterator<Item = u8> {
    let all = knowledge().libraries.families.iter();
    all.filter(move |(_, names)| names.iter().any(|p| name.starts_with(p.as_str())))
        .filter_map(|(family, _)| set::family(family))
}

/// Whether the functions that a program asks of a library tell all.
pub(super) fn is_understood(library: &str) -> bool {
    knowledge().libraries.understood.iter().any(|p| library.starts_with(p.as_str()))
}

/// What is known of a program by its name: its acts with these arguments. `None`: it has to be looked into.
pub(super) fn program(name: &str, args: &[String]) -> Option<Vec<Act>> {
    let programs = &knowledge().programs;
    let is_in = |all: &[String]| all.iter().any(|n| n == name);
    let always = programs.acts.iter().filter(|(_, all)| is_in(all)).map(|(act, _)| act);
    let with = programs.with.get(name);
    let chosen = with.into_iter().flatten().filter(|(word, _)| args.iter().any(|a| is_option(a, word)));
    let acts: Vec<Act> = always.chain(chosen.flat_map(|(_, acts)| acts)).filter_map(|a| Act::named(a)).collect();
    (!acts.is_empty() || with.is_some() || is_in(&programs.tools)).then_some(acts)
}

/// What a program does with words that only a run would tell: all that any word makes it do.
pub(super) fn with_any_word(name: &str) -> impl Iterator<Item = Act> {
    let with = knowledge().programs.with.get(name);
    with.into_iter().flat_map(BTreeMap::values).flatten().filter_map(|a| Act::named(a))
}

/// The acts of a name of several programs, by the other files that are there.
pub(super) fn beside(name: &str, is_there: impl Fn(&str) -> bool) -> Option<Vec<Act>> {
    let (_, acts) = knowledge().programs.beside.get(name)?.iter().find(|(file, _)| is_there(file))?;
    Some(acts.iter().filter_map(|a| Act::named(a)).collect())
}

/// What counts in the place of a script.
pub(super) struct Instead {
    /// what it does
    pub(super) acts: Vec<Act>,
    /// the programs that it starts; a star stands for any name
    pub(super) runs: &'static [String],
    /// its configuration
    pub(super) reads: &'static [String],
}

/// What is known of a script that starts what only a run would tell.
pub(super) fn instead(name: &str) -> Option<Instead> {
    let InsteadFile { acts, runs, reads } = knowledge().programs.instead.get(name)?;
    Some(Instead { acts: acts.iter().filter_map(|a| Act::named(a)).collect(), runs, reads })
}

/// What a program does only where its configuration says so.
pub(super) struct Chosen {
    /// the files and directories of its configuration
    pub(super) configuration: &'static [String],
    /// the words that name more of it
    pub(super) include: &'static [String],
    acts: &'static BTreeMap<String, Vec<String>>,
}

impl Chosen {
    /// The acts that none of these words, in small letters, asks for.
    pub(super) fn without(&self, words: &BTreeSet<String>) -> Vec<Act> {
        let left_out = self.acts.iter().filter(|(_, all)| all.iter().all(|w| !words.contains(&w.to_ascii_lowercase())));
        left_out.filter_map(|(act, _)| Act::named(act)).collect()
    }
}

/// What is known of a program's configuration; the version at the end of its name does not count.
pub(super) fn chosen(name: &str) -> Option<Chosen> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let all = &knowledge().programs.chosen;
    let ChosenFile { configuration, include, acts } = all.get(name).or_else(|| all.get(plain))?;
    Some(Chosen { configuration, include, acts })
}

/// Acts that the texts of a file show and that it does not do.
pub(super) fn harmless(name: &str) -> impl Iterator<Item = Act> {
    let all = knowledge().programs.harmless.iter();
    all.filter(move |(begin, _)| name.starts_with(begin.as_str()))
        .flat_map(|(_, acts)| acts)
        .filter_map(|a| Act::named(a))
}

/// Whether a program runs the words behind its options.
pub(super) fn wraps(name: &str) -> bool {
    knowledge().programs.wrappers.names.iter().any(|n| n == name)
}

/// Whether a program runs others as another user.
pub(super) fn switches_user(name: &str) -> bool {
    knowledge().programs.wrappers.users.iter().any(|n| n == name)
}

/// Whether a program is a small tool.
pub(super) fn is_tool(name: &str) -> bool {
    knowledge().programs.tools.iter().any(|n| n == name)
}

/// What a program does besides what its files tell.
pub(super) fn also(name: &str) -> impl Iterator<Item = Act> {
    let also = knowledge().programs.also.iter();
    also.filter(move |(_, names)| names.iter().any(|n| n == name)).filter_map(|(act, _)| Act::named(act))
}

/// Whether a word is that option, alone or with its value.
fn is_option(word: &str, option: &str) -> bool {
    word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || !option.starts_with("--"))
}

/// The language that an interpreter reads, by the name of its file.
pub(super) fn language(name: &str) -> Option<Language> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let known = &knowledge().programs.interpreters;
    let is_in = |all: &[String]| all.iter().any(|n| n == plain || n == name);
    [
        (&known.shell, Language::Shell),
        (&known.python, Language::Python),
        (&known.perl, Language::Perl),
        (&known.ruby, Language::Ruby),
        (&known.javascript, Language::JavaScript),
        (&known.other, Language::Other),
    ]
    .into_iter()
    .find(|(names, _)| is_in(names))
    .map(|(_, language)| language)
}

/// What a module of a language itself does.
pub(super) fn module(language: Language, module: &str) -> impl Iterator<Item = Act> {
    let modules = &knowledge().programs.modules;
    let known = match language {
        Language::Python => Some((&modules.python, ".")),
        Language::Perl => Some((&modules.perl, "::")),
        Language::JavaScript => Some((&modules.javascript, "/")),
        _ => None,
    };
    let is_in = move |all: &[String], between: &str| {
        all.iter().any(|m| module.strip_prefix(m.as_str()).is_some_and(|r| r.is_empty() || r.starts_with(between)))
    };
    known.into_iter().flat_map(move |(acts, between)| {
        acts.iter().filter(move |(_, all)| is_in(all, between)).filter_map(|(act, _)| Act::named(act))
    })
}

/// Whether an interpreter makes code while it runs.
pub(super) fn makes_code(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    knowledge().programs.interpreters.jit.iter().any(|n| n == plain || n == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_an_act_is_one() {
        let known = knowledge();
        let with = known.programs.with.values().flat_map(BTreeMap::values).flatten();
        let beside = known.programs.beside.values().flat_map(BTreeMap::values).flatten();
        let instead = known.programs.instead.values().flat_map(|i| &i.acts);
        let chosen = known.programs.chosen.values().flat_map(|c| c.acts.keys());
        let harmless = known.programs.harmless.values().flatten();
        let modules = &known.programs.modules;
        let modules = modules.python.keys().chain(modules.perl.keys()).chain(modules.javascript.keys());
        let in_scripts = instead.chain(chosen).chain(harmless).chain(modules);
        let in_programs =
            known.programs.acts.keys().chain(with).chain(beside).chain(in_scripts).chain(known.programs.also.keys());
        for name in in_programs.chain(known.libraries.acts.keys()).chain(known.libraries.go.keys()) {
            assert!(Act::named(name).is_some(), "{name}");
        }
        assert!(known.libraries.families.keys().all(|f| set::family(f).is_some()));
    }

    #[test]
    fn paths_show_acts() {
        let acts = |path: &str| Act::of_path(path).map(Act::name).collect::<Vec<_>>();
        assert_eq!(acts("/dev/kvm"), ["devices"]);
        // texts of Go and Rust are joined
        assert!(acts("/dev/stderrunreachable").is_empty() && acts("/dev/randomlibrary/std/src/a.rs").is_empty());
        assert!(acts("/dev/urandom").is_empty() && acts("/proc/self/exe").is_empty() && acts("/devel").is_empty());
        assert_eq!(acts("/proc/%d/stat"), ["other-processes"]);
        assert_eq!(acts("/proc/sys/net/ipv4/ip_forward"), ["configure-network", "kernel-tunables", "whole-machine"]);
        assert_eq!(acts("/sys/fs/cgroup"), ["control-groups"]);
    }

    #[test]
    fn options_count() {
        let acts = |name: &str, args: &[&str]| {
            let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
            program(name, &args).map(|a| a.into_iter().map(Act::name).collect::<Vec<_>>())
        };
        assert_eq!(
            acts("start-stop-daemon", &["--quiet", "--stop", "--pidfile", "/run/a.pid"]),
            Some(vec!["signal-others"])
        );
        assert_eq!(acts("mkdir", &["-p", "/run/a"]), Some(vec![]));
        assert_eq!(acts("install", &["-o", "a"]), Some(vec!["change-owner"]));
        assert_eq!(acts("nginx", &[]), None);
        assert_eq!(
            (language("python3.13"), language("perl5.40-x"), language("dash")),
            (Some(Language::Python), None, Some(Language::Shell))
        );
    }
}
