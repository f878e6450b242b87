//! Paths and words in the bytes of a program or in the text of a script or a configuration file.

use std::collections::BTreeSet;

/// Longer ones are no paths that somebody wrote down.
const LONG: usize = 200;
/// Directories at the root of a system, with what may come before them in one text.
const TOPS: [&str; 14] =
    ["bin", "boot", "dev", "etc", "home", "lib", "opt", "proc", "root", "run", "sbin", "srv", "sys", "usr"];
const MORE_TOPS: [&str; 4] = ["tmp", "var", "mnt", "media"];

/// Parts of paths below /proc that say enough.
const PARTS: [&str; 4] = ["self/mountinfo", "self/mounts", "1/mountinfo", "1/mounts"];

/// What has other directories below it that are called like one at the root, and packages of Go that have: golang.org/x/sys.
const WITH_OTHERS: [&[u8]; 9] = [
    b"/proc",
    b"/proc/net",
    b"/sys",
    b"/usr",
    b"/usr/local",
    b"/var",
    b"golang.org/x",
    b"internal/runtime",
    b"runtime/internal",
];

/// Collects from the data of a program: its texts end with a zero byte, those of Go are joined.
pub(super) fn collect(data: &[u8], joined: bool, paths: &mut BTreeSet<String>, words: &mut BTreeSet<String>) {
    for at in memchr::memchr_iter(b'/', data) {
        if !joined && let Some(path) = home(data, at) {
            paths.insert(path.to_owned());
        }
        // inside of a path
        if at > 0 && is_path_byte(data[at - 1]) && !(joined && data[at - 1].is_ascii_alphanumeric()) {
            continue;
        }
        if joined && WITH_OTHERS.iter().any(|outer| data[..at].ends_with(outer)) {
            continue;
        }
        // a text of C ends with a zero byte, or goes on with something that can be read
        let ends =
            |path: &str| data.get(at + path.len()).is_none_or(|b| *b == 0 || (b' '..0x7f).contains(b) || *b == b'\n');
        let path = path_at(&data[at..]).filter(|p| joined || ends(p));
        paths.extend(path.filter(|p| !paths.contains(*p)).map(str::to_owned));
    }
    // parts of paths that are put together at run time
    for part in PARTS {
        if memchr::memmem::find(data, part.as_bytes()).is_some() {
            paths.insert(format!("/proc/{part}"));
        }
    }
    if joined {
        return;
    }
    // names of programs are short texts of their own, or begin a command
    for run in data.split(|b| *b == 0) {
        if run.len() < 2 || run.len() > 256 || !run[0].is_ascii_lowercase() {
            continue;
        }
        let end = run.iter().position(|b| !is_name_byte(*b)).unwrap_or(run.len());
        let complete = end == run.len() || run[end] == b' ';
        let name = std::str::from_utf8(&run[..end]).ok().filter(|_| complete && (2..=32).contains(&end));
        words.extend(name.filter(|n| !words.contains(*n)).map(str::to_owned));
    }
}

/// A path in the home directory of a user, around its first slash.
fn home(data: &[u8], at: usize) -> Option<&str> {
    let begin = at.checked_sub(1).filter(|b| data[*b] == b'~')?;
    let before = begin.checked_sub(1).map_or(0, |b| data[b]);
    let rest = &data[begin..data.len().min(begin + LONG)];
    let length = rest.iter().position(|b| !is_path_byte(*b))?;
    let named = rest.get(2).is_some_and(|b| *b == b'.' || b.is_ascii_alphanumeric());
    let begins = matches!(before, 0 | b' ' | b'"' | b'\'' | b'=' | b'(');
    let ends = matches!(rest[length], 0 | b'\n' | b' '..0x7f);
    std::str::from_utf8(&rest[..length]).ok().filter(|_| named && begins && ends)
}

/// The paths in a text that people write.
pub(super) fn paths(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'/', bytes)
        // of ${NAME:-/usr/bin/name} it is the second part
        .filter(|at| *at == 0 || !is_path_byte(bytes[at - 1]) || bytes[at - 1] == b'-')
        .filter_map(|at| path_at(&bytes[at..]))
}

/// The path that begins here, where it is one from the root on.
fn path_at(data: &[u8]) -> Option<&str> {
    let end = data.iter().take(LONG + 1).position(|b| !is_path_byte(*b)).unwrap_or(data.len().min(LONG + 1));
    if end > LONG {
        return None;
    }
    let path = std::str::from_utf8(&data[..end]).ok()?;
    let top = path[1..].split('/').next()?;
    let known = |tops: &[&str]| {
        tops.iter().any(|t| top == *t || (top.len() <= t.len() + 2 && top.starts_with("lib") && *t == "lib"))
    };
    (known(&TOPS) || known(&MORE_TOPS)).then_some(path)
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+')
}

fn is_path_byte(b: u8) -> bool {
    is_name_byte(b) || matches!(b, b'/' | b'%' | b'@' | b'~' | b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_go_are_joined() {
        let paths = |joined| {
            let (mut paths, mut words) = (BTreeSet::new(), BTreeSet::new());
            let data =
                b"a golang.org/x/sys/unix.Open internal/runtime/sys.A}}/sys/class/net truncated/proc/stat\0/etc/b\0 c/proc/sys/kernel/d";
            collect(data, joined, &mut paths, &mut words);
            paths.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(paths(true), ["/etc/b", "/proc/stat", "/proc/sys/kernel/d", "/sys/class/net"]);
        assert_eq!(paths(false), ["/etc/b", "/sys/class/net"]);
        let (mut paths, mut words) = (BTreeSet::new(), BTreeSet::new());
        let data = b"a\0~/.config/a.conf\0b (~/.b)\0~/x~\x80\0c~/.d/e\0~/";
        collect(data, false, &mut paths, &mut words);
        assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["~/.b", "~/.config/a.conf"]);
    }
}
