//! Where the standard streams come from and go to: `StandardInput=`, `StandardOutput=`, `StandardError=`
//! (systemd.exec(5)).

/// Where a standard stream comes from or goes to; the rest of `fd:` and of the paths has its specifiers still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream<'a> {
    /// a word of its own; `file`, `append` and `truncate` without a path are accepted
    Word(&'static str),
    /// `fd:NAME`; no name stands for the name of the stream
    Fd(&'a str),
    /// `file:PATH`
    File(&'a str),
    /// `append:PATH`
    Append(&'a str),
    /// `truncate:PATH`
    Truncate(&'a str),
}

impl<'a> Stream<'a> {
    /// The path, which has to be absolute.
    pub fn path(self) -> Option<&'a str> {
        match self {
            Self::File(path) | Self::Append(path) | Self::Truncate(path) => Some(path),
            Self::Word(_) | Self::Fd(_) => None,
        }
    }
}

/// `StandardInput=` (`config_parse_exec_input()`).
pub fn standard_input(text: &str) -> Option<Stream<'_>> {
    const WORDS: [&str; 8] = ["null", "tty", "tty-force", "tty-fail", "socket", "data", "fd", "file"];
    stream(text, &WORDS, false)
}

/// `StandardOutput=` and `StandardError=`; the obsolete `syslog` and `syslog+console` come back as such
/// (`config_parse_exec_output()`).
pub fn standard_output(text: &str) -> Option<Stream<'_>> {
    const WORDS: [&str; 14] = [
        "inherit",
        "null",
        "tty",
        "kmsg",
        "kmsg+console",
        "journal",
        "journal+console",
        "socket",
        "fd",
        "file",
        "append",
        "truncate",
        "syslog",
        "syslog+console",
    ];
    stream(text, &WORDS, true)
}

/// One of `words`, or a prefix with what follows.
fn stream<'a>(text: &'a str, words: &[&'static str], output: bool) -> Option<Stream<'a>> {
    if let Some(word) = words.iter().find(|w| **w == text) {
        return Some(Stream::Word(word));
    }
    match text.split_once(':')? {
        ("fd", name) => Some(Stream::Fd(name)),
        ("file", path) => Some(Stream::File(path)),
        ("append", path) if output => Some(Stream::Append(path)),
        ("truncate", path) if output => Some(Stream::Truncate(path)),
        _ => None,
    }
}

/// The word that replaces an obsolete one of `StandardOutput=`, which gives a notice.
pub fn replaced_output(word: &str) -> Option<&'static str> {
    match word {
        "syslog" => Some("journal"),
        "syslog+console" => Some("journal+console"),
        _ => None,
    }
}
