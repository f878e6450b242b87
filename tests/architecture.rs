//! The rules of the house: which module may know which, where foreign words are spoken, how large a file may grow.
//! `ARCHITECTURE.md` says why.

#[path = "common/guards.rs"]
mod guards;

use std::path::Path;
use unitlint::tree::{Disk, Tree, files_below};

/// The layers; a module imports only from its left, and of those in one place none knows another. Some are still to come.
const LAYERS: &str = "text < syntax < vocab < suggest < target < tree < write < load < unit < host < evidence \
    < verdict < rule < engine < fix < package < live < emit < lsp < cli";

/// What only the build script runs: it reads `rules/` and the data, and is no part of the program.
const BUILD_TIME: &[&str] = &["rule/generate.rs", "vocab/generate.rs", "vocab/generate_kernel.rs"];

/// A foreign word and the only rooms where it is spoken.
const ROOMS: &[(&str, &[&str])] = &[
    ("miette", &["emit/human.rs"]),
    ("anstyle", &["emit/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("terminal_size", &["cli/"]),
    ("walkdir", &["tree/disk.rs"]),
    ("ini", &["load/activation.rs", "package/release.rs"]),
    ("tar", &["package/tape.rs"]),
    ("bzip2", &["package/unpack.rs"]),
    ("flate2", &["package/unpack.rs"]),
    ("lzma_rust2", &["package/unpack.rs"]),
    ("ruzstd", &["package/unpack.rs"]),
    ("std::fs", &["tree/disk.rs", "write.rs", "write/", "cli/", "rule/generate.rs", "vocab/generate.rs"]),
    ("rustix", &["tree/disk.rs", "write.rs", "write/", "live/"]),
    ("signal_hook", &["cli/prove.rs"]),
    ("std::env", &["cli/"]),
    ("std::process", &["cli/", "live/", "tree/git.rs"]),
    ("std::time", &["cli/", "live/"]),
    ("syscalls", &["vocab/syscall.rs"]),
    ("aya", &["live/kernel.rs"]),
    ("linux_keyutils", &["live/kernel.rs", "live/trial/child.rs"]),
    ("seccompiler", &["live/trial/filters.rs"]),
    (
        "serde_json",
        &[
            "emit/",
            "engine/policy.rs",
            "engine/baseline.rs",
            "evidence/inspect/node.rs",
            "host/",
            "lsp/",
            "package/image/manifest.rs",
            "vocab/generate.rs",
            "vocab/generate_kernel.rs",
        ],
    ),
    ("gen_lsp_types", &["lsp/"]),
    ("lsp_server", &["lsp/"]),
    ("percent_encoding", &["lsp/convert.rs"]),
    ("object", &["evidence/elf.rs", "evidence/code.rs"]),
    ("iced_x86", &["evidence/code.rs"]),
    ("toml", &["rule/", "engine/config/read.rs", "evidence/knowledge.rs"]),
    (
        "serde",
        &["rule/file.rs", "engine/baseline.rs", "evidence/knowledge.rs", "vocab/generate.rs", "emit/", "lsp/server.rs"],
    ),
];

/// Ways to look at the disk. The methods of `Path` are the ones that slip in.
const READING: &str = "fs::read fs::metadata fs::symlink_metadata fs::canonicalize fs::exists File::open OpenOptions \
    .is_dir() .is_file() .is_symlink() .exists() .try_exists() .canonicalize() .symlink_metadata() .read_dir()";

/// `rules new` asks whether it stands in a checkout before it writes there.
const READERS: &[&str] = &["tree/disk.rs", "write.rs", "write/", "cli/rules.rs"];

struct SourceFile {
    /// below `src/`
    path: String,
    text: String,
}

impl SourceFile {
    /// The layer that it belongs to; `None` for `lib.rs` and `main.rs`, which may name them all.
    fn module(&self) -> Option<&str> {
        let module = self.path.split('/').next()?.trim_end_matches(".rs");
        (!matches!(module, "lib" | "main")).then_some(module)
    }

    /// Its lines with their numbers, comments left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().filter(|(_, l)| !l.trim_start().starts_with("//")).map(|(i, l)| (i + 1, l))
    }

    /// The same in one piece, without blanks except between words: imports of several lines become one.
    fn squeezed(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        for (_, line) in self.code() {
            for word in line.split_whitespace() {
                if out.ends_with(is_word) && word.starts_with(is_word) {
                    out.push(' ');
                }
                out.push_str(word);
            }
        }
        out
    }

    fn is_one_of(&self, rooms: &[&str]) -> bool {
        rooms.iter().any(|room| if room.ends_with('/') { self.path.starts_with(room) } else { self.path == *room })
    }

    /// The lines that come before the tests.
    fn length(&self) -> usize {
        self.text.lines().take_while(|l| !l.starts_with("#[cfg(test)]")).count()
    }
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> Option<String> {
    Disk.read(path).ok().map(|bytes| String::from_utf8(bytes).expect("our own files are UTF-8"))
}

fn sources() -> Vec<SourceFile> {
    let top = here().join("src");
    let mut out = Vec::new();
    for path in files_below(&top).expect("our own files can be read") {
        if path.extension().is_some_and(|e| e == "rs") {
            let below =
                path.strip_prefix(&top).ok().and_then(Path::to_str).expect("a plain name below src/").to_owned();
            out.push(SourceFile { path: below, text: text(&path).expect("it was just found") });
        }
    }
    assert!(out.len() > 20);
    out
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.split(" < ").position(|place| place.split(", ").any(|m| m.trim() == module))
}

fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

/// What follows each place where `path` is spelt, not as the end of a longer path.
fn after<'a>(text: &'a str, path: &str) -> Vec<&'a str> {
    let starts = text.match_indices(path).map(|(at, _)| at);
    let whole = starts.filter(|at| !text[..*at].ends_with(|c: char| is_word(c) || c == ':'));
    whole.map(|at| &text[at + path.len()..]).collect()
}

/// The names right below the crate in a text: `crate::a::b`, `crate::{a, b::{c, d}}`.
fn imports(squeezed: &str) -> Vec<String> {
    let mut out = Vec::new();
    for rest in after(squeezed, "crate::") {
        let Some(group) = rest.strip_prefix('{') else {
            out.push(first_word(rest).to_owned());
            continue;
        };
        let mut depth = 1;
        for part in group.split_inclusive([',', '{', '}']) {
            if depth == 1 && !first_word(part).is_empty() {
                out.push(first_word(part).to_owned());
            }
            depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            if depth == 0 {
                break;
            }
        }
    }
    out
}

#[test]
fn imports_are_understood() {
    let text = "use crate::{a::{b,c},d,e::f};use crate::g;x(crate::h::i(),pub(crate)j,$crate::k)";
    assert_eq!(imports(text), ["a", "d", "e", "g", "h", "k"]);
    assert_eq!(after("use std::fs;mystd::fs;a::std::fs", "std::fs"), [";mystd::fs;a::std::fs"]);
}

#[test]
fn layers_hold() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(own) = file.module() else { continue };
        let Some(layer) = rank(own) else {
            wrong.push(format!("src/{}: {own} has no place among the layers", file.path));
            continue;
        };
        for name in imports(&file.squeezed()) {
            // what the crate's root itself defines, such as a macro, belongs to no layer
            if rank(&name).is_some_and(|r| name != own && r >= layer) {
                wrong.push(format!("src/{}: {own} may not know {name}", file.path));
            }
        }
        // a layer is named through `crate::`, so that nothing gets past this test
        for (line, code) in file.code() {
            for rest in after(code, "super::").iter().map(|r| r.trim_start_matches("super::")) {
                let name = first_word(rest);
                let child = ["", "/mod"].iter().any(|m| here().join(format!("src/{own}/{name}{m}.rs")).exists());
                if rank(name).is_some() && !child {
                    wrong.push(format!("src/{}:{line}: write crate::{name}", file.path));
                }
            }
        }
    }
    none("imports against the order of the layers", &wrong);
}

#[test]
fn the_module_list_stands_in_the_order_of_the_layers() {
    let lib = text(&here().join("src/lib.rs")).unwrap();
    let modules: Vec<&str> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let ranks: Vec<usize> = modules.iter().map(|m| rank(m).unwrap_or_else(|| panic!("{m} is no layer"))).collect();
    assert!(ranks.is_sorted() && ranks.len() > 10, "{modules:?}");
}

#[test]
fn foreign_vocabularies_stay_in_their_room() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|f| f.module().is_some()) {
        let code = file.squeezed();
        for (word, rooms) in ROOMS.iter().filter(|(_, rooms)| !file.is_one_of(rooms)) {
            if after(&code, word).iter().any(|rest| ["::", ";", " as "].iter().any(|next| rest.starts_with(next))) {
                wrong.push(format!("src/{}: {word} belongs to {}", file.path, rooms.join(", ")));
            }
        }
    }
    none("foreign words outside their room", &wrong);
}

#[test]
fn only_the_tree_reads() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|f| !f.is_one_of(READERS) && !f.is_one_of(BUILD_TIME)) {
        for (line, code) in file.code() {
            wrong.extend(
                READING
                    .split_whitespace()
                    .filter(|w| code.contains(w))
                    .map(|w| format!("src/{}:{line}: {w}", file.path)),
            );
        }
    }
    none("reading goes through tree::Tree", &wrong);
}

#[test]
fn no_hash_maps() {
    // their order changes from run to run, and sooner or later somebody prints it
    let mut wrong = Vec::new();
    // the one that wraps such a table has no way to walk it
    for file in sources().iter().filter(|f| f.path != "text/names.rs") {
        let found = file.code().filter(|(_, code)| code.contains("HashMap") || code.contains("HashSet"));
        wrong.extend(found.map(|(line, _)| format!("src/{}:{line}", file.path)));
    }
    none("hash tables", &wrong);
}

#[test]
fn core_types_are_not_serialisable() {
    // a machine format owns what it writes, so that an inner rename breaks nobody
    let mut wrong = Vec::new();
    // words of editors are written by the crate that has them
    let speaks = |f: &&SourceFile| matches!(f.module(), Some("emit" | "lsp"));
    for file in sources().iter().filter(|f| !speaks(f)) {
        let found = file.code().filter(|(_, code)| code.split(|c| !is_word(c)).any(|w| w == "Serialize"));
        wrong.extend(found.map(|(line, _)| format!("src/{}:{line}", file.path)));
    }
    none("Serialize outside emit", &wrong);
}

#[test]
fn every_file_says_what_it_knows_and_stays_small() {
    let (mut wrong, mut lengths) = (Vec::new(), Vec::new());
    for file in sources() {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("src/{}: begins without a //! comment", file.path));
        }
        let length = file.length();
        if length > 500 {
            wrong.push(format!("src/{}: {length} lines without its tests; 500 are enough", file.path));
        }
        lengths.push(length);
    }
    none("files", &wrong);
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 250, "the median file has {median} lines");
}

#[test]
fn the_guards_that_the_architecture_names_exist() {
    none("guards that do not exist", &guards::missing("ARCHITECTURE.md"));
}
