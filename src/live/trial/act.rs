//! What a trial does, one call or a few of one kind each, and how the child hears of it and answers.
//!
//! Knows no unit and makes no call.

use crate::host::Namespace;

/// The namespace of a mount is changed for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// nothing can be written
    ReadOnly,
    /// it can again
    Writable,
    /// no program can be run
    NoExec,
    /// it can again
    Exec,
}

impl Flag {
    const ALL: [(Self, &'static str); 4] =
        [(Self::ReadOnly, "ro"), (Self::Writable, "rw"), (Self::NoExec, "noexec"), (Self::Exec, "exec")];
}

/// A path, and whether it may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) optional: bool,
}

/// A step of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// `unshare()` of a namespace; that of mounts is cut off from all others at once
    Unshare(Namespace),
    /// a namespace of users with these maps
    Users { uids: String, gids: String },
    /// `setns()` to what is at a path
    Enter(String, Namespace),
    /// a root of its own, as far as it goes without leaving ours
    Root(Spot),
    /// a path gets or loses a flag
    Change(Spot, Flag),
    /// nothing is to be seen at a path
    Hide(Spot),
    /// an empty file system
    Temporary(Spot, String),
    /// a path is seen at another one
    Bind { from: Spot, to: String, read_only: bool, recursive: bool },
    /// a `/dev` of its own
    Devices,
    /// a new `/proc`
    Proc(String),
    /// processes of its own, with a new `/proc`
    Processes,
    /// these capabilities can be used
    Holds(u64),
    /// groups, the main one first
    Groups(Vec<u32>),
    /// the user; whether capabilities are kept
    User(u32, bool),
    /// capabilities that go for ever
    Drop(u64),
    /// capabilities that are handed on
    Ambient(u64),
    /// bits of `prctl(PR_SET_SECUREBITS)`
    SecureBits(u32),
    /// no privileges any more
    NoNewPrivileges,
    /// a session keyring
    Keyring,
    /// a limit, by its number
    Limit { resource: u32, soft: u64, hard: u64 },
    /// niceness
    Nice(i32),
    /// what the kernel adds when it looks for a process to kill
    OomScore(i32),
    /// CPUs, as ranges
    Cpus(Vec<(u32, u32)>),
    /// nanoseconds
    TimerSlack(u64),
    /// no large pages
    SmallPages,
    /// the mask of new files
    Mask(u32),
    /// a working directory
    Directory(Spot),
    /// a filter of system calls: the instructions, four numbers each
    Filter(Vec<u32>),
}

impl Act {
    /// Whether it needs a namespace of mounts.
    pub(super) fn mounts(&self) -> bool {
        matches!(
            self,
            Self::Root(_)
                | Self::Change(..)
                | Self::Hide(_)
                | Self::Temporary(..)
                | Self::Bind { .. }
                | Self::Devices
                | Self::Proc(_)
                | Self::Processes
        )
    }

    /// Whether it is about who the process is: what a namespace of users of its own would not show.
    pub(super) fn needs_rights(&self) -> bool {
        matches!(
            self,
            Self::Users { .. }
                | Self::Enter(..)
                | Self::Holds(_)
                | Self::Groups(_)
                | Self::User(..)
                | Self::Drop(_)
                | Self::Ambient(_)
                | Self::SecureBits(_)
        )
    }

    /// The path that it is about.
    pub(super) fn path(&self) -> Option<&str> {
        Some(match self {
            Self::Enter(path, _) => path,
            Self::Root(spot)
            | Self::Change(spot, _)
            | Self::Hide(spot)
            | Self::Temporary(spot, _)
            | Self::Directory(spot) => &spot.path,
            Self::Bind { from, .. } => &from.path,
            Self::Devices => "/dev",
            Self::Proc(_) | Self::Processes => "/proc",
            _ => return None,
        })
    }

    fn words(&self) -> Vec<String> {
        let of = |word: &str, more: Vec<String>| std::iter::once(word.to_owned()).chain(more).collect();
        let spot = |s: &Spot| vec![s.path.clone(), s.optional.to_string()];
        let with = |s: &Spot, more: &str| [spot(s), vec![more.to_owned()]].concat();
        match self {
            Self::Unshare(kind) => of("unshare", vec![kind.word().into()]),
            Self::Users { uids, gids } => of("users", vec![uids.clone(), gids.clone()]),
            Self::Enter(path, kind) => of("enter", vec![path.clone(), kind.word().into()]),
            Self::Root(s) => of("root", spot(s)),
            Self::Change(s, flag) => {
                of("change", with(s, Flag::ALL.iter().find(|(f, _)| f == flag).map_or("", |(_, w)| w)))
            }
            Self::Hide(s) => of("hide", spot(s)),
            Self::Temporary(s, options) => of("temporary", with(s, options)),
            Self::Bind { from, to, read_only, recursive } => {
                of("bind", [spot(from), vec![to.clone(), read_only.to_string(), recursive.to_string()]].concat())
            }
            Self::Devices => of("devices", vec![]),
            Self::Proc(options) => of("proc", vec![options.clone()]),
            Self::Processes => of("processes", vec![]),
            Self::Holds(set) => of("holds", vec![set.to_string()]),
            Self::Groups(list) => of("groups", list.iter().map(u32::to_string).collect()),
            Self::User(uid, keep) => of("user", vec![uid.to_string(), keep.to_string()]),
            Self::Drop(set) => of("drop", vec![set.to_string()]),
            Self::Ambient(set) => of("ambient", vec![set.to_string()]),
            Self::SecureBits(bits) => of("secure-bits", vec![bits.to_string()]),
            Self::NoNewPrivileges => of("no-new-privileges", vec![]),
            Self::Keyring => of("keyring", vec![]),
            Self::Limit { resource, soft, hard } => {
                of("limit", vec![resource.to_string(), soft.to_string(), hard.to_string()])
            }
            Self::Nice(n) => of("nice", vec![n.to_string()]),
            Self::OomScore(n) => of("oom-score", vec![n.to_string()]),
            Self::Cpus(ranges) => of("cpus", ranges.iter().flat_map(|(a, b)| [a.to_string(), b.to_string()]).collect()),
            Self::TimerSlack(n) => of("timer-slack", vec![n.to_string()]),
            Self::SmallPages => of("small-pages", vec![]),
            Self::Mask(n) => of("mask", vec![n.to_string()]),
            Self::Directory(s) => of("directory", spot(s)),
            Self::Filter(program) => of("filter", program.iter().map(u32::to_string).collect()),
        }
    }

    fn read(words: &[&str]) -> Option<Self> {
        let (word, more) = words.split_first()?;
        let text = |at: usize| more.get(at).map(|w| (*w).to_owned());
        let yes = |at: usize| more.get(at).map(|w| *w == "true");
        let spot = || Some(Spot { path: text(0)?, optional: yes(1)? });
        let number = |at: usize| more.get(at)?.parse::<u64>().ok();
        let small = |at: usize| more.get(at)?.parse::<u32>().ok();
        let signed = |at: usize| more.get(at)?.parse::<i32>().ok();
        let all = || more.iter().map(|w| w.parse().ok()).collect::<Option<Vec<u32>>>();
        Some(match *word {
            "unshare" => Self::Unshare(Namespace::named(&text(0)?)?),
            "users" => Self::Users { uids: text(0)?, gids: text(1)? },
            "enter" => Self::Enter(text(0)?, Namespace::named(&text(1)?)?),
            "root" => Self::Root(spot()?),
            "change" => {
                let flag = text(2)?;
                Self::Change(spot()?, Flag::ALL.iter().find(|(_, w)| *w == flag)?.0)
            }
            "hide" => Self::Hide(spot()?),
            "temporary" => Self::Temporary(spot()?, text(2)?),
            "bind" => Self::Bind { from: spot()?, to: text(2)?, read_only: yes(3)?, recursive: yes(4)? },
            "devices" => Self::Devices,
            "proc" => Self::Proc(text(0)?),
            "processes" => Self::Processes,
            "holds" => Self::Holds(number(0)?),
            "groups" => Self::Groups(all()?),
            "user" => Self::User(small(0)?, yes(1)?),
            "drop" => Self::Drop(number(0)?),
            "ambient" => Self::Ambient(number(0)?),
            "secure-bits" => Self::SecureBits(small(0)?),
            "no-new-privileges" => Self::NoNewPrivileges,
            "keyring" => Self::Keyring,
            "limit" => Self::Limit { resource: small(0)?, soft: number(1)?, hard: number(2)? },
            "nice" => Self::Nice(signed(0)?),
            "oom-score" => Self::OomScore(signed(0)?),
            "cpus" => Self::Cpus(all()?.chunks_exact(2).map(|c| (c[0], c[1])).collect()),
            "timer-slack" => Self::TimerSlack(number(0)?),
            "small-pages" => Self::SmallPages,
            "mask" => Self::Mask(small(0)?),
            "directory" => Self::Directory(spot()?),
            "filter" => Self::Filter(all()?),
            _ => return None,
        })
    }
}

/// Acts as they are handed to the child: no text has a zero in it.
pub(super) fn written<'a>(acts: impl Iterator<Item = &'a Act>) -> Vec<u8> {
    let mut out = String::new();
    for act in acts {
        let words = act.words();
        out.push_str(&words.len().to_string());
        for word in words {
            out.push('\0');
            out.extend(word.chars().filter(|c| *c != '\0'));
        }
        out.push('\0');
    }
    out.into_bytes()
}

/// Acts as the child hears of them; `None` for what is not ours.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Act>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut words = text.split_terminator('\0');
    let mut out = Vec::new();
    while let Some(count) = words.next() {
        let count: usize = count.parse().ok()?;
        let some: Vec<&str> = words.by_ref().take(count).collect();
        out.push(Act::read(&some).filter(|_| some.len() == count)?);
    }
    Some(out)
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Worked,
    /// nothing is there, and nothing needs to be
    Absent,
    /// the call, and the number of its error
    Failed(String, i32),
    /// why
    NotTried(String),
}

impl Answer {
    /// A line for the parent.
    pub(super) fn line(&self, at: usize) -> String {
        match self {
            Self::Worked => format!("try {at} worked\n"),
            Self::Absent => format!("try {at} absent\n"),
            Self::Failed(call, errno) => format!("try {at} failed {errno} {call}\n"),
            Self::NotTried(why) => format!("try {at} not {why}\n"),
        }
    }

    /// A line of the child: which act, and what came of it.
    pub(super) fn read(line: &str) -> Option<(usize, Self)> {
        let (at, rest) = line.strip_prefix("try ")?.split_once(' ')?;
        let (word, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let answer = match word {
            "worked" => Self::Worked,
            "absent" => Self::Absent,
            "failed" => {
                let (errno, call) = more.split_once(' ')?;
                Self::Failed(call.to_owned(), errno.parse().ok()?)
            }
            "not" => Self::NotTried(more.to_owned()),
            _ => return None,
        };
        Some((at.parse().ok()?, answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let spot = |path: &str| Spot { path: path.to_owned(), optional: true };
        let acts = vec![
            Act::Unshare(Namespace::Mount),
            Act::Users { uids: "0 0 1\n".into(), gids: String::new() },
            Act::Change(spot("/a b\nc"), Flag::NoExec),
            Act::Bind { from: spot("/x"), to: "/y".into(), read_only: true, recursive: false },
            Act::Groups(vec![]),
            Act::Limit { resource: 7, soft: u64::MAX, hard: 1 },
            Act::Cpus(vec![(0, 3), (9, 9)]),
            Act::Filter(vec![1, 2, 3, 4]),
            Act::Nice(-5),
        ];
        assert_eq!(read(&written(acts.iter())), Some(acts));
        assert_eq!(read(b"2\0unshare\0"), None);
        assert_eq!(read(b"1\0rm\0"), None);
        for answer in [
            Answer::Worked,
            Answer::Absent,
            Answer::Failed("mount(MS_BIND)".into(), 2),
            Answer::NotTried("no time".into()),
        ] {
            assert_eq!(Answer::read(answer.line(7).trim_end()), Some((7, answer)));
        }
    }
}
