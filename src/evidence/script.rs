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
}

/// Reads a script in a language other than that of the shell.
pub(super) fn read(text: &str, language: Language) -> Script {
    let mut out = Script::default();
    for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
        words(line, &mut out.words);
        modules(line.trim(), language, &mut out.modules);
    }
    out
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
    fn words_and_modules() {
        let script =
            read("import os, sys\nfrom http.server import X\nos.chown(1)  # chroot\n# mount\n", Language::Python);
        assert!(script.words.contains("chown") && !script.words.contains("mount"));
        assert_eq!(script.modules.into_iter().collect::<Vec<_>>(), ["http.server", "os", "sys"]);
        assert!(read("$> = $uid;", Language::Perl).words.contains("setuid"));
    }
}
