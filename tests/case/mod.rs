//! Directories made for one test, and the program run in them as a user would, in every command that reads units and each
//! of its formats.

#![allow(dead_code, reason = "each test takes of it what it needs")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A service that does nothing.
pub(crate) const SERVICE: &str = "[Service]\nExecStart=/bin/true\n";

/// A drop-in.
pub(crate) const USER: &str = "[Service]\nUser=app\n";

/// Every command that reads units, in each of its formats.
pub(crate) const FORMS: [&str; 12] = [
    "check --select all --format human --all",
    "check --select all --format concise",
    "check --select all --format table",
    "check --select all --format json",
    "security --format human --all",
    "security --format concise",
    "security --format table",
    "security --format json",
    "security --json=short",
    "security --json=pretty",
    "cat --format human",
    "cat --format json",
];

/// A directory for one case, the working directory of its runs. It goes away with the case.
pub(crate) struct Case {
    /// its absolute path
    pub(crate) dir: PathBuf,
    stdin: Vec<u8>,
    /// whether the runs shall fail with 2, and what else `security` shall exit with
    exits: (bool, i32),
}

impl Drop for Case {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// An empty directory of this name, that no other test uses.
pub(crate) fn case(name: &str) -> Case {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    Case { dir, stdin: Vec::new(), exits: (false, 0) }
}

impl Case {
    /// The path of a name, with the directories before it.
    pub(crate) fn at(&self, path: impl AsRef<OsStr>) -> PathBuf {
        let path = self.dir.join(path.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// With a file more.
    pub(crate) fn file(self, path: impl AsRef<OsStr>, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.at(path), bytes).unwrap();
        self
    }

    /// With a symbolic link more.
    pub(crate) fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        symlink(target, self.at(path)).unwrap();
        self
    }

    /// With these, divided by blanks: `PATH` is a service or, in a `.d`, a drop-in, `PATH=` an empty file, `PATH->TARGET` a
    /// link.
    pub(crate) fn tree(self, words: &str) -> Self {
        words.split_whitespace().fold(self, |here, word| match (word.split_once("->"), word.strip_suffix('=')) {
            (Some((path, target)), _) => here.link(path, target),
            (_, Some(path)) => here.file(path, ""),
            _ => here.file(word, if word.ends_with(".conf") { USER } else { SERVICE }),
        })
    }

    /// With this on standard input.
    pub(crate) fn stdin(mut self, bytes: &str) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// All that follows cannot be run: every exit status is 2.
    pub(crate) fn fails(mut self) -> Self {
        self.exits = (true, 2);
        self
    }

    /// What follows has no score: `security` exits with 1.
    pub(crate) fn unscored(mut self) -> Self {
        self.exits = (false, 1);
        self
    }

    /// The program with these words, in the directory, with nothing in its environment.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
        command.args(words.split(' ').filter(|w| !w.is_empty())).current_dir(&self.dir).env_clear();
        command
    }

    /// Runs it, and looks at what it prints.
    pub(crate) fn run(&self, words: &str, input: &[&OsStr]) -> (i32, String) {
        let mut command = self.command(words);
        command.args(input).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // a run that fails early does not read its input
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        sound(
            &format!("{words} {input:?}"),
            &child.wait_with_output().unwrap(),
            ["--format json", "--json=short", "--json=pretty"].iter().any(|json| words.contains(json)),
        )
    }

    /// The same with all words in one text.
    pub(crate) fn told(&self, words: &str) -> (i32, String) {
        self.run(words, &[])
    }

    /// Runs all forms on what the words name: `said` shall stand in every one, save where systemd's own JSON has no place
    /// for it. What `check` makes of it, its rules know: it only must not fail.
    pub(crate) fn says(&self, input: &str, said: &str) {
        let input: Vec<&OsStr> = input.split(' ').map(OsStr::new).collect();
        self.says_of(&input, said);
    }

    /// `check` has a finding of this rule, and more than that: an exit status of 1.
    pub(crate) fn finds(&self, input: &str, rule: &str) {
        let (status, text) = self.told(&format!("check --format json --fail-on {rule} {input}"));
        assert!(status == 1 && text.contains(&format!("\"rule\":\"{rule}\"")), "{input}: {rule} is not in {text}");
    }

    /// The same for words that are no text, or have blanks in them.
    pub(crate) fn says_of(&self, input: &[&OsStr], said: &str) {
        let (fails, security) = self.exits;
        for form in FORMS {
            let (status, text) = self.run(form, input);
            let right = match form.split(' ').next() {
                Some("security") => status == security,
                Some("cat") => status == if fails { 2 } else { 0 },
                _ => (status == 2) == fails,
            };
            assert!(right, "{form} {input:?} exits with {status}: {text}");
            let silent = (form.contains("--json") || form.starts_with("check")) && !fails;
            assert!(silent || text.contains(said), "{form} {input:?}: nothing of {said:?} in {text}");
        }
    }
}

/// The exit status and all that was printed, after it has proved to be harmless: no panic, no character that steers a
/// terminal, JSON that parses.
pub(crate) fn sound(what: &str, out: &Output, json: bool) -> (i32, String) {
    let stdout = String::from_utf8(out.stdout.clone()).unwrap_or_else(|e| panic!("{what}: {e}"));
    let text = format!("{stdout}{}", String::from_utf8_lossy(&out.stderr));
    assert!(!text.contains("panicked"), "{what}: {text}");
    let status = out.status.code().unwrap_or_else(|| panic!("{what}: {:?}", out.status));
    assert!((0..=2).contains(&status), "{what}: {status}: {text}");
    // systemd-analyze indents its JSON with tabs
    let blank = |c: char| c == '\n' || c == '\t' && what.contains("--json=pretty");
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let steers = |c: char| c.is_control() && !blank(c) || turns(c);
    let raw =
        text.chars().position(steers).map(|at| text.chars().skip(at.saturating_sub(40)).take(50).collect::<String>());
    assert_eq!(raw, None, "{what}: a raw control character");
    if json && status < 2 {
        for value in serde_json::Deserializer::from_str(&stdout).into_iter::<serde_json::Value>() {
            value.unwrap_or_else(|e| panic!("{what}: {e}"));
        }
    }
    (status, text)
}
