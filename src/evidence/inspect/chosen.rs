//! What a program does only where its configuration asks for it: whether all of that can be read, and what it says.

use super::{MANY_TOGETHER, Walk, base, is_library};
use crate::evidence::{Act, knowledge, shell, text};
use crate::tree::NodeKind;
use std::collections::BTreeSet;

/// What a program keeps there is no configuration.
const STATE: [&str; 6] = ["/run/", "/var/", "/dev/", "/tmp/", "/proc/", "/sys/"];
/// So deep are directories of configuration.
const DEEP: usize = 4;

/// The words of a program's configuration.
#[derive(Default)]
struct Words {
    words: BTreeSet<String>,
    /// files that are named from inside
    included: Vec<String>,
}

impl Walk<'_, '_> {
    /// Adds what is known of programs whose configuration says what they do.
    pub(super) fn choose(&mut self) {
        for (path, mut own) in std::mem::take(&mut self.chosen) {
            let args = self.arguments.get(&path).map_or(&[][..], Vec::as_slice);
            own.drop(self.not_chosen(base(&path), args).into_iter());
            self.evidence.join(own);
        }
    }

    /// The acts of a program that its configuration and its arguments leave out. None, where not all can be read.
    fn not_chosen(&self, program: &str, args: &[String]) -> Vec<Act> {
        let Some(chosen) = knowledge::chosen(program) else { return Vec::new() };
        let is_inside = |path: &str| {
            let below =
                |dir: &String| path.strip_prefix(dir.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'));
            chosen.configuration.iter().any(below) || path.starts_with("/usr/share/") || is_library(path)
        };
        let mut out = Words::default();
        for arg in args {
            // a variable that nobody sets is empty
            let values = shell::expand(arg, &self.variables, 0).unwrap_or_default();
            for word in values.iter().flat_map(|v| v.split([' ', '='])) {
                let outside = text::paths(word).any(|p| {
                    !is_inside(p) && !STATE.iter().any(|s| p.starts_with(s)) && self.look(p).found().is_some()
                });
                if outside {
                    return Vec::new();
                }
                out.words.insert(word.to_ascii_lowercase());
            }
        }
        let read = chosen.configuration.iter().all(|path| self.words_below(path, chosen.include, DEEP, &mut out));
        let outside = out.included.iter().any(|path| path.starts_with('/') && !is_inside(path));
        if !read || outside || out.words.is_empty() { Vec::new() } else { chosen.without(&out.words) }
    }

    /// Collects the words of a file or of all in a directory; whether all could be read. What is not there says nothing.
    fn words_below(&self, path: &str, include: &[String], depth: usize, out: &mut Words) -> bool {
        let Some(node) = self.look(path).found() else { return true };
        match node.stat.kind {
            NodeKind::Directory if depth == 0 => false,
            NodeKind::Directory => {
                let names = self.inspector.system.names(path);
                names.len() <= MANY_TOGETHER
                    && names.iter().all(|n| self.words_below(&format!("{path}/{n}"), include, depth - 1, out))
            }
            NodeKind::File if node.stat.size > super::LARGE_TEXT as u64 => false,
            NodeKind::File => self.inspector.system.head(&node, super::LARGE_TEXT).is_some_and(|bytes| {
                words(&String::from_utf8_lossy(&bytes), include, out);
                true
            }),
            _ => true,
        }
    }
}

/// The words of a configuration without those of its comments.
fn words(text: &str, include: &[String], out: &mut Words) {
    let between =
        |c: char| c.is_whitespace() || matches!(c, '=' | ';' | '{' | '}' | '"' | '\'' | ',' | ':' | '(' | ')');
    for line in text.lines().map(str::trim).filter(|l| !l.starts_with(['#', ';'])) {
        let mut words = line.split(between).filter(|w| !w.is_empty()).peekable();
        if words.peek().is_some_and(|first| include.iter().any(|i| i.eq_ignore_ascii_case(first))) {
            out.included.extend(words.clone().nth(1).map(str::to_owned));
        }
        out.words.extend(words.map(str::to_ascii_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_names_of_more() {
        let mut out = Words::default();
        let text = "user www;\n# worker_priority 1;\n  ;chroot = /x\ninclude /etc/a/*.conf;\nlisten 80 transparent;\n";
        words(text, &["include".to_owned()], &mut out);
        assert_eq!(out.included, ["/etc/a/*.conf"]);
        assert!(out.words.contains("transparent") && out.words.contains("user"));
        assert!(!out.words.contains("worker_priority") && !out.words.contains("chroot"));
    }
}
