//! What a script in a language other than that of the shell calls, by its words.

use super::knowledge::Language;
use std::collections::BTreeSet;

/// What was read.
#[derive(Default)]
pub(super) struct Script {
    /// names that are called or read: functions, constants
    pub(super) words: BTreeSet<String>,
    /// modules that it asks for
    pub(super) modules: BTreeSet<String>,
    /// those of them without which it ends at once
    pub(super) needed: BTreeSet<String>,
}

/// Reads a script in a language other than that of the shell.
pub(super) fn read(text: &str, language: Language) -> Script {
    let mut out = Script::default();
    for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
        words(line, &mut out.words);
        // several may stand in one line, or behind a condition
        let ends: &[char] = if language == Language::Perl { &[';', '{'] } else { &[';', ':'] };
        line.split(ends).for_each(|part| modules(part.trim(), language, &mut out.modules));
        // what stands in no block
        modules(line.split(ends).next().unwrap_or_default(), language, &mut out.needed);
    }
    out
}

/// The directories that a script adds to those where its modules are looked for; `None` where only a run would tell.
pub(super) fn search_path(text: &str, language: Language) -> Option<Vec<String>> {
    let (marks, calls): (&[&str], &[&str]) = match language {
        Language::Python => (
            &["sys.path", "addsitedir", "PYTHONPATH", "__path__", "meta_path", "path_hooks"],
            &["sys.path.append(", "sys.path.insert(0,", "sys.path.insert(1,", "site.addsitedir("],
        ),
        Language::Perl => (
            &["use lib", "@INC", "PERL5LIB"],
            &["use lib qw(", "use lib", "unshift @INC,", "unshift(@INC,", "push @INC,", "push(@INC,"],
        ),
        _ => return Some(Vec::new()),
    };
    let mut out = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with('#') && marks.iter().any(|m| l.contains(m))) {
        // one that is only read
        if language == Language::Perl
            && !line.contains("use lib")
            && !["unshift", "push", "@INC =", "PERL5LIB"].iter().any(|w| line.contains(w))
        {
            continue;
        }
        let rest = calls.iter().find_map(|call| line.strip_prefix(call))?;
        let rest = rest.trim_end_matches([';', ')', ' ']).trim();
        let path = rest.trim_matches(['"', '\'']);
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+".contains(&b);
        let is_told =
            path.starts_with('/') && path.bytes().all(is_plain) && (path.len() < rest.len() || line.contains("qw("));
        out.push(Some(path.trim_end_matches('/').to_owned()).filter(|_| is_told)?);
    }
    Some(out)
}

/// Words that start programs.
const STARTS: [&str; 11] = [
    "subprocess.",
    "system",
    "popen",
    "Popen",
    "exec",
    "execv",
    "execvp",
    "execve",
    "posix_spawn",
    "spawnv",
    "create_subprocess_exec",
];

/// Whether a script starts programs.
pub(super) fn calls_programs(text: &str) -> bool {
    STARTS.iter().any(|word| text.match_indices(word).any(|(at, _)| is_call(text, at, word)))
        || ["open3", "Open3", "open2", "qx", "`"].iter().any(|word| text.contains(word))
}

/// The texts of a script that may be commands: what is given to a call that starts one, begins a list or is kept in a variable.
pub(super) fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(move |line| {
        let begin = line.as_ptr() as usize - text.as_ptr() as usize;
        let mut quotes = line.match_indices(['"', '\'', '`']);
        let mut out = Vec::new();
        while let Some((open, quote)) = quotes.next() {
            let Some((close, _)) = quotes.by_ref().find(|(_, other)| *other == quote) else { break };
            if quote == "`" || may_begin_command(&text[..begin + open]) {
                out.push(&line[open + 1..close]);
            }
        }
        out
    })
}

/// Whether a command may stand behind this.
fn may_begin_command(before: &str) -> bool {
    // letters that say of which kind a text is
    let before = before.trim_end_matches(['b', 'f', 'r', 'u']).trim_end();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = |text: &str| text[text.trim_end_matches(is_name).len()..].to_ascii_lowercase();
    let starts = |name: &str| {
        ["exec", "spawn", "system", "open", "run", "call", "output", "start"].iter().any(|w| name.contains(w))
    };
    match before.chars().next_back() {
        Some('(') => starts(&word(before[..before.len() - 1].trim_end())),
        // a list and no part of one
        Some('[') => {
            let outer = before[..before.len() - 1].trim_end();
            !outer.ends_with(|c: char| is_name(c) || matches!(c, ')' | ']' | '"' | '\''))
        }
        Some('=') => !before.ends_with("==") && !before.ends_with("!="),
        Some(c) if is_name(c) => starts(&word(before)),
        _ => false,
    }
}

/// A line that starts a program which is not written there.
pub(super) fn starts(text: &str, language: Language) -> Option<&str> {
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
    let any = |line: &str, words: &[&str]| words.iter().any(|w| line.contains(w));
    lines.into_iter().find(|line| {
        let by_name = match language {
            Language::Perl => {
                any(line, &["qx", "eval \"", "require $", "do $", "eval $"])
                    || (line.contains("open") && any(line, &["|\"", "\"|", "'|", "|'"]))
                    || line.contains("`$")
            }
            Language::Python => is_dynamic(line),
            _ => false,
        };
        let starts = |at: usize, word: &str| {
            let after = line[at + word.len()..].trim();
            // Python has no call without brackets, and starts nothing without arguments
            let has_arguments = language != Language::Python
                || word.ends_with('.')
                || (after.starts_with('(') && !after[1..].trim_start().starts_with(')'));
            is_call(line, at, word) && has_arguments && !is_plain(text, after, language)
        };
        by_name || STARTS.iter().any(|word| line.match_indices(word).any(|(at, _)| starts(at, word)))
    })
}

/// Whether a line of Python runs or imports what is not written there.
fn is_dynamic(line: &str) -> bool {
    const CALLS: [&str; 11] = [
        "import_module",
        "__import__",
        "exec_module",
        "load_module",
        "spec_from_file_location",
        "SourceFileLoader",
        "SourcelessFileLoader",
        "entry_point",
        "run_path",
        "run_module",
        "pty.spawn",
    ];
    let is_import = line.starts_with("import ") || line.starts_with("from ");
    // who imports a function has not called it, and calls it by its name but where it gets another one
    let by_name = (!is_import || line.contains(" as ")) && CALLS.iter().any(|call| line.contains(call));
    // a method of this name is another function
    let is_own = |before: &str| {
        let is_part = before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        !is_part || before.ends_with("builtins.") || before.ends_with("__builtins__.")
    };
    let built_in = ["exec(", "eval("].iter().any(|call| line.match_indices(call).any(|(at, _)| is_own(&line[..at])));
    by_name || built_in || line.starts_with("from pty ")
}

/// Whether a word at a place is a function that is called.
fn is_call(line: &str, at: usize, word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let after = &line[at + word.len()..];
    let own = line[..at].chars().next_back().is_none_or(|c| !is_name(c) && c != '$' && c != '\'' && c != '"');
    // a constant or a class of errors is none
    own && if word.ends_with('.') {
        after.starts_with(|c: char| c.is_ascii_lowercase())
    } else {
        after.starts_with(['(', ' ']) && !after.trim_start().starts_with(['=', ','])
    }
}

/// Whether the first argument is text, or a variable of Perl that is set to one.
fn is_plain(text: &str, after: &str, language: Language) -> bool {
    let after = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '(' | '[' | ' ' | '_'));
    let quoted = after.strip_prefix(['"', '\'']);
    if quoted.is_some_and(|rest| !rest.starts_with(['$', '{', '%'])) {
        return true;
    }
    let after = quoted.unwrap_or(after);
    let Some(name) = after.strip_prefix('$').filter(|_| language == Language::Perl) else { return false };
    let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    !name.is_empty()
        && [format!("${name} = \"/"), format!("${name} = '/")].iter().any(|set| text.contains(set.as_str()))
}

/// The names in a line.
fn words(line: &str, out: &mut BTreeSet<String>) {
    for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        if word.len() > 2 && !word.starts_with(|c: char| c.is_ascii_digit()) && !out.contains(word) {
            out.insert(word.to_owned());
        }
    }
    // perl's variables of who it is
    if ["$<", "$>", "$EUID", "$EGID", "$UID ", "$GID "].iter().any(|v| line.contains(v) && line.contains('=')) {
        out.insert("setuid".into());
    }
}

/// The modules that a line asks for.
fn modules(line: &str, language: Language, out: &mut BTreeSet<String>) {
    let name = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':')).collect()
    };
    match language {
        Language::Python => {
            if let Some(rest) = line.strip_prefix("from ") {
                out.insert(name(rest));
            } else if let Some(rest) = line.strip_prefix("import ") {
                out.extend(rest.split(',').map(|m| name(m.trim())));
            }
        }
        Language::Perl => {
            if let Some(rest) = line.strip_prefix("use ").or_else(|| line.strip_prefix("require ")) {
                out.insert(name(rest.trim()));
            }
        }
        _ => {}
    }
    out.remove("");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_are_not_written() {
        assert_eq!(
            starts("subprocess.run([\"id\", \"-un\"])\nexcept subprocess.CalledProcessError:\n", Language::Python),
            None
        );
        assert_eq!(starts("x = subprocess.run(cmd)", Language::Python), Some("x = subprocess.run(cmd)"));
        assert_eq!(starts("my $m = \"/usr/bin/m\";\nexec $m, @p;\nexec \"$m $p\";", Language::Perl), None);
        assert_eq!(starts("exec { $c[0] } @c;", Language::Perl), Some("exec { $c[0] } @c;"));
    }

    #[test]
    fn what_python_runs_by_its_name_only() {
        for line in [
            "exec(code)",
            "x = [eval(y) for y in z]",
            "builtins.exec(code)",
            "m = importlib.import_module(name)",
            "load = import_module",
            "from importlib import import_module as load",
            "__import__(name)",
            "spec.loader.exec_module(m)",
            "for e in entry_points(group='a'):",
            "from pty import spawn",
            "os.system(command)",
            "os.system (command)",
        ] {
            assert_eq!(starts(line, Language::Python), Some(line), "{line}");
        }
        for line in [
            "import importlib",
            "from importlib import import_module",
            "from importlib.metadata import version",
            "if platform.system() == 'Linux':",
            "value = ast.literal_eval(text)",
            "def polynomial_eval(x):",
            "model.eval()",
            "log('the system ' + name)",
            "return close_on_exec(fd)",
        ] {
            assert_eq!(starts(line, Language::Python), None, "{line}");
        }
    }

    #[test]
    fn where_commands_stand() {
        let text = "subprocess.run(['a', 'b'])\nx = \"c -d\"\ny = {'e': 1, \"f\": z['g']}\nlog('h')\nsystem 'i', 'j';\n`k -l`\nif m == 'n': run(\n  \"o\")\nlist = [\n 'p',\n 'q']\nPopen(r'r')";
        assert_eq!(commands(text).collect::<Vec<_>>(), ["a", "c -d", "i", "k -l", "o", "p", "r"]);
    }

    #[test]
    fn directories_of_modules() {
        for (text, language, dirs) in [
            ("import sys\nprint(1)\n", Language::Python, Some(vec![])),
            (
                "sys.path.insert(0, '/usr/share/a/')\nsys.path.append(\"/b\")",
                Language::Python,
                Some(vec!["/usr/share/a", "/b"]),
            ),
            ("sys.path.insert(0, HERE)", Language::Python, None),
            ("sys.path.insert(0, '/a' + b)", Language::Python, None),
            ("sys.path += [x]", Language::Python, None),
            (
                "use lib '/usr/share/a';\nuse lib qw(/b);\nunshift @INC, '/c';",
                Language::Perl,
                Some(vec!["/usr/share/a", "/b", "/c"]),
            ),
            ("use lib \"$FindBin::Bin/lib\";", Language::Perl, None),
            ("for my $d (@INC) { -e $d }", Language::Perl, Some(vec![])),
        ] {
            let dirs = dirs.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(search_path(text, language), dirs, "{text}");
        }
    }

    #[test]
    fn words_and_modules() {
        let script =
            read("import os, sys\nfrom http.server import X\nos.chown(1)  # chroot\n# mount\n", Language::Python);
        assert!(script.words.contains("chown") && !script.words.contains("mount"));
        assert_eq!(script.modules.into_iter().collect::<Vec<_>>(), ["http.server", "os", "sys"]);
        let modules = |text, language| read(text, language).modules.into_iter().collect::<Vec<_>>();
        assert_eq!(modules("try: import ssl; import pty\n", Language::Python), ["pty", "ssl"]);
        assert_eq!(modules("eval { require DBI; use Socket; };\n", Language::Perl), ["DBI", "Socket"]);
        let needed = |text| read(text, Language::Python).needed.into_iter().collect::<Vec<_>>();
        assert_eq!(needed("import a\ntry:\n    import b\ntry: import c\nfrom d import e"), ["a", "d"]);
        assert!(read("$> = $uid;", Language::Perl).words.contains("setuid"));
    }
}
