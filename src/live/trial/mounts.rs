//! What a trial mounts: in a namespace of its own that is cut off from all others, and nowhere else.
//!
//! A path is looked up and never opened (`O_PATH`), so that no device, no pipe and no file of somebody else's notices. What is
//! mounted by whoever comes first (autofs) is left alone.

use super::act::{Answer, Flag, Spot};
use crate::tree::{Disk, Tree};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, readlinkat};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// More mounts than this are not made: binding what holds bindings doubles them.
const MOST: usize = 12_000;
/// A table of mounts that is longer is somebody's joke.
const TABLE: usize = 16 << 20;

/// The calls of the trial itself, which systemd does not make: kernels before 5.2 do not have them.
const NO_PLACE: &str = "open_tree()";

/// A call that failed, with its error.
pub(super) type Step<T> = Result<T, (&'static str, Errno)>;

#[derive(Clone, Copy)]
struct Mounted {
    flags: MountFlags,
    automatic: bool,
}

/// The namespace of mounts.
#[derive(Default)]
pub(super) struct Mounts {
    /// why there is none
    missing: Option<Answer>,
    ready: bool,
    known: BTreeMap<PathBuf, Mounted>,
    /// how many were made, those counted that others lie over
    made: usize,
    /// what stays writable below what does not
    kept: BTreeSet<PathBuf>,
    /// an empty directory and an empty file that nobody may look into
    empty: Option<(OwnedFd, OwnedFd)>,
}

/// Something that was looked up.
struct Found {
    real: PathBuf,
    directory: bool,
}

fn fails<T>(call: &'static str, done: rustix::io::Result<T>) -> Step<T> {
    done.map_err(|e| (call, e))
}

fn behind(fd: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

fn look(path: impl AsRef<Path>) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(CWD, path.as_ref(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

fn data(text: &str) -> Option<CString> {
    CString::new(text).ok().filter(|t| !t.is_empty())
}

fn kind_of(fd: &OwnedFd) -> rustix::io::Result<FileType> {
    rustix::fs::fstat(fd).map(|s| FileType::from_raw_mode(s.st_mode))
}

impl Mounts {
    /// Takes the namespace that was just made: nothing that is mounted in it is seen elsewhere, or it is not used.
    pub(super) fn take(&mut self, made: Result<(), Answer>) {
        match made {
            Ok(()) => self.ready = true,
            Err(answer) => self.missing = Some(answer),
        }
    }

    /// Cuts the namespace of this process off.
    pub(super) fn cut_off(&mut self) -> Step<()> {
        let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        fails("mount(MS_REC|MS_PRIVATE)", rustix::mount::mount_change("/", flags))?;
        let table = Disk.head(Path::new("/proc/self/mountinfo"), TABLE);
        let table = table.map_err(|e| ("read(/proc/self/mountinfo)", Errno::from_io_error(&e).unwrap_or(Errno::IO)))?;
        self.known = String::from_utf8_lossy(&table).lines().filter_map(mounted).collect();
        Ok(())
    }

    /// Does something in the namespace.
    pub(super) fn attempt(&mut self, act: impl FnOnce(&mut Self) -> Step<Answer>) -> Answer {
        match (&self.missing, self.ready) {
            (Some(answer), _) => return answer.clone(),
            (None, false) => return Answer::NotTried("there is no namespace of mounts to try it in".into()),
            (None, true) => {}
        }
        if self.made > MOST {
            return Answer::NotTried(format!("more than {MOST} mounts are not made for a trial"));
        }
        act(self).unwrap_or_else(|(call, e)| Answer::Failed(call.to_owned(), e.raw_os_error()))
    }

    /// Where a path leads; an answer where that is all there is to say.
    fn find(&self, spot: &Spot) -> Step<Result<Found, Answer>> {
        let fd = match look(&spot.path) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::NOTDIR) if spot.optional => return Ok(Err(Answer::Absent)),
            Err(e) => return Err(("open(O_PATH)", e)),
        };
        let link = fails("readlink(/proc/self/fd)", readlinkat(CWD, behind(&fd), Vec::new()))?;
        let mut real = String::from_utf8_lossy(link.as_bytes()).into_owned();
        // a file that was mounted there and is gone: what the kernel adds is no part of the path
        if fails("fstat()", rustix::fs::fstat(&fd))?.st_nlink == 0 {
            real.truncate(real.strip_suffix(" (deleted)").map_or(real.len(), str::len));
        }
        let real = PathBuf::from(real);
        if self.cover(&real).is_some_and(|m| m.automatic) {
            return Ok(Err(Answer::NotTried("what is there is mounted when somebody looks at it".into())));
        }
        let directory = fails("fstat()", kind_of(&fd))? == FileType::Directory;
        Ok(Ok(Found { real, directory }))
    }

    /// The mount that a path is on.
    fn cover(&self, real: &Path) -> Option<Mounted> {
        real.ancestors().find_map(|dir| self.known.get(dir).copied())
    }

    fn below(&self, top: &Path) -> Vec<(PathBuf, Mounted)> {
        let from = self.known.range(top.to_owned()..);
        from.take_while(|(at, _)| at.starts_with(top)).map(|(at, m)| (at.clone(), *m)).collect()
    }

    /// A path becomes a mount of its own.
    fn own(&mut self, real: &Path) -> Step<()> {
        if self.known.contains_key(real) {
            return Ok(());
        }
        let cover = self.cover(real);
        fails("mount(MS_BIND|MS_REC)", rustix::mount::mount_bind_recursive(real, real))?;
        let plain = Mounted { flags: MountFlags::empty(), automatic: false };
        self.made += 1;
        self.known.insert(real.to_owned(), cover.unwrap_or(plain));
        Ok(())
    }

    pub(super) fn root(&mut self, spot: &Spot) -> Step<Answer> {
        match self.find(spot)? {
            Err(answer) => Ok(answer),
            Ok(Found { directory: false, .. }) => Err(("mount(MS_BIND|MS_REC)", Errno::NOTDIR)),
            Ok(found) => self.own(&found.real).map(|()| Answer::Worked),
        }
    }

    pub(super) fn change(&mut self, spot: &Spot, flag: Flag) -> Step<Answer> {
        let found = match self.find(spot)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        self.own(&found.real)?;
        if flag == Flag::Writable {
            self.kept.insert(found.real);
            return Ok(Answer::Worked);
        }
        for (at, mounted) in self.below(&found.real) {
            let inner = at.ancestors().take_while(|dir| *dir != found.real);
            let kept = || flag == Flag::ReadOnly && inner.into_iter().any(|dir| self.kept.contains(dir));
            if mounted.automatic || kept() {
                continue;
            }
            let flags = match flag {
                Flag::ReadOnly => mounted.flags | MountFlags::RDONLY,
                Flag::NoExec => mounted.flags | MountFlags::NOEXEC,
                Flag::Exec | Flag::Writable => mounted.flags - MountFlags::NOEXEC,
            };
            if flags == mounted.flags {
                continue;
            }
            match rustix::mount::mount_remount(&*at, flags | MountFlags::BIND, c"") {
                Ok(()) => drop(self.known.insert(at, Mounted { flags, ..mounted })),
                // another mount lies over it, a path to it is closed, or it belongs to another namespace of users
                Err(Errno::NOENT | Errno::INVAL | Errno::ACCESS | Errno::NOTDIR | Errno::PERM) if at != found.real => {}
                Err(e) => return Err((remount(flag), e)),
            }
        }
        Ok(Answer::Worked)
    }

    pub(super) fn hide(&mut self, spot: &Spot) -> Step<Answer> {
        let found = match self.find(spot)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        if self.empty.is_none() {
            match empty() {
                Ok(both) => self.empty = Some(both),
                Err((NO_PLACE, _)) => return Ok(Answer::NotTried("there is no place for an empty file".into())),
                Err(e) => return Err(e),
            }
        }
        // what is mounted there goes first, as far as that is allowed
        for (at, mounted) in self.below(&found.real).into_iter().rev() {
            if !mounted.automatic && rustix::mount::unmount(&*at, UnmountFlags::empty()).is_ok() {
                self.known.remove(&at);
            }
        }
        let Some((directory, file)) = &self.empty else { return Ok(Answer::Worked) };
        let from = behind(if found.directory { directory } else { file });
        fails("mount(MS_BIND)", rustix::mount::mount_bind(from, &*found.real))?;
        self.laid(&found.real, MountFlags::RDONLY);
        Ok(Answer::Worked)
    }

    pub(super) fn temporary(&mut self, spot: &Spot, options: &str) -> Step<Answer> {
        let found = match self.find(spot) {
            Ok(Ok(found)) => found,
            Ok(Err(answer)) => return Ok(answer),
            Err((_, Errno::NOENT)) => return Ok(no_place()),
            Err(e) => return Err(e),
        };
        let mut flags = MountFlags::NODEV | MountFlags::NOSUID;
        let mut rest = Vec::new();
        for option in options.split(',').filter(|o| !o.is_empty()) {
            match option {
                "ro" => flags |= MountFlags::RDONLY,
                "rw" => flags -= MountFlags::RDONLY,
                "noexec" => flags |= MountFlags::NOEXEC,
                "exec" => flags -= MountFlags::NOEXEC,
                "dev" => flags -= MountFlags::NODEV,
                "suid" => flags -= MountFlags::NOSUID,
                "nodev" | "nosuid" => {}
                other => rest.push(other),
            }
        }
        let text = data(&rest.join(","));
        fails("mount(tmpfs)", rustix::mount::mount("tmpfs", &*found.real, "tmpfs", flags, text.as_deref()))?;
        self.laid(&found.real, flags);
        Ok(Answer::Worked)
    }

    pub(super) fn bind(&mut self, from: &Spot, to: &str, read_only: bool, recursive: bool) -> Step<Answer> {
        let source = match self.find(from)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let target = match self.find(&Spot { path: to.to_owned(), optional: false }) {
            Ok(Ok(found)) => found,
            Ok(Err(answer)) => return Ok(answer),
            Err((_, Errno::NOENT)) => return Ok(no_place()),
            Err(e) => return Err(e),
        };
        let inside = if recursive { self.below(&source.real) } else { Vec::new() };
        // what is bound again brings all that was bound there before, also what nobody sees any more
        let more = if recursive { inside.len().max(self.made) } else { 0 };
        if self.made + more > MOST {
            return Ok(Answer::NotTried(format!("more than {MOST} mounts are not made for a trial")));
        }
        let flags = self.cover(&source.real).map_or(MountFlags::empty(), |m| m.flags);
        match recursive {
            true => fails("mount(MS_BIND|MS_REC)", rustix::mount::mount_bind_recursive(&*source.real, &*target.real))?,
            false => fails("mount(MS_BIND)", rustix::mount::mount_bind(&*source.real, &*target.real))?,
        }
        self.made += more;
        self.laid(&target.real, flags);
        for (at, mounted) in inside {
            if let Some(rest) = at.strip_prefix(&source.real).ok().filter(|r| !r.as_os_str().is_empty()) {
                self.known.insert(target.real.join(rest), mounted);
            }
        }
        match read_only {
            true => {
                self.change(&Spot { path: target.real.to_string_lossy().into_owned(), optional: false }, Flag::ReadOnly)
            }
            false => Ok(Answer::Worked),
        }
    }

    /// A small `/dev`: nodes are made where that is allowed, else those there are are bound.
    pub(super) fn devices(&mut self) -> Step<Answer> {
        const NODES: [(&str, u32, u32); 6] =
            [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
        let nodes: Vec<_> = NODES.iter().map(|(name, a, b)| (name, *a, *b, look(format!("/dev/{name}")))).collect();
        let more: Vec<_> = ["pts", "shm", "mqueue"].iter().map(|name| (name, look(format!("/dev/{name}")))).collect();
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        let options = c"mode=0755,size=4m,nr_inodes=64k";
        fails("mount(tmpfs)", rustix::mount::mount("tmpfs", "/dev", "tmpfs", flags, options))?;
        for (name, major, minor, there) in nodes {
            let path = format!("/dev/{name}");
            let mode = Mode::from_raw_mode(0o666);
            let device = rustix::fs::makedev(major, minor);
            let made = rustix::fs::mknodat(CWD, &*path, FileType::CharacterDevice, mode, device);
            match (made, there) {
                (Ok(()), _) => {}
                (Err(Errno::PERM), Ok(node)) => {
                    fails("mknod()", rustix::fs::mknodat(CWD, &*path, FileType::RegularFile, mode, 0))?;
                    fails("mount(MS_BIND)", rustix::mount::mount_bind(behind(&node), &*path))?;
                }
                (Err(Errno::PERM), Err(_)) => {}
                (Err(e), _) => return Err(("mknod()", e)),
            }
        }
        for (name, there) in more {
            let path = format!("/dev/{name}");
            let Ok(there) = there else { continue };
            if kind_of(&there) == Ok(FileType::Directory) {
                fails("mkdir()", rustix::fs::mkdirat(CWD, &*path, Mode::from_raw_mode(0o755)))?;
                fails("mount(MS_BIND|MS_REC)", rustix::mount::mount_bind_recursive(behind(&there), &*path))?;
            }
        }
        self.laid(Path::new("/dev"), flags);
        Ok(Answer::Worked)
    }

    /// A new `/proc` over the old one.
    pub(super) fn proc(&mut self, options: &str) -> Step<Answer> {
        fresh_proc(data(options).as_deref())?;
        Ok(Answer::Worked)
    }

    /// Something else lies at a path now.
    fn laid(&mut self, real: &Path, flags: MountFlags) {
        for (at, _) in self.below(real) {
            self.known.remove(&at);
        }
        self.made += 1;
        self.known.insert(real.to_owned(), Mounted { flags, automatic: false });
    }
}

fn no_place() -> Answer {
    Answer::NotTried("systemd would make the directory that it is mounted on, and a trial writes nothing".into())
}

fn remount(flag: Flag) -> &'static str {
    match flag {
        Flag::ReadOnly => "mount(MS_REMOUNT|MS_BIND|MS_RDONLY)",
        Flag::NoExec => "mount(MS_REMOUNT|MS_BIND|MS_NOEXEC)",
        Flag::Writable | Flag::Exec => "mount(MS_REMOUNT|MS_BIND)",
    }
}

/// Mounts `/proc` anew.
pub(super) fn fresh_proc(options: Option<&CStr>) -> Step<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    fails("mount(proc)", rustix::mount::mount("proc", "/proc", "proc", flags, options))
}

/// The same, and away with it again.
pub(super) fn fresh_proc_for_a_moment() -> Step<()> {
    fresh_proc(None)?;
    fails("umount()", rustix::mount::unmount("/proc", UnmountFlags::DETACH))
}

/// An empty directory and an empty file, in a file system that lies below what was there before.
fn empty() -> Step<(OwnedFd, OwnedFd)> {
    let is_directory = |fd: &OwnedFd| kind_of(fd).is_ok_and(|k| k == FileType::Directory);
    let places = ["/tmp", "/run", "/var", "/usr"].iter().filter_map(|at| Some((at, look(at).ok()?)));
    let (at, _) = places.into_iter().find(|(_, fd)| is_directory(fd)).ok_or((NO_PLACE, Errno::NOENT))?;
    // what is there is copied before something lies over it, and laid over that again
    let copied = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let old = fails(NO_PLACE, rustix::mount::open_tree(CWD, *at, copied))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let options = c"mode=0755,size=64k,nr_inodes=8";
    fails("mount(tmpfs)", rustix::mount::mount("tmpfs", *at, "tmpfs", flags, options))?;
    let top = fails("open(O_PATH)", look(at))?;
    let none = Mode::empty();
    fails("mkdir()", rustix::fs::mkdirat(top.as_fd(), "directory", none))?;
    fails("mknod()", rustix::fs::mknodat(top.as_fd(), "file", FileType::RegularFile, none, 0))?;
    let of = |name: &str| rustix::fs::openat(top.as_fd(), name, OFlags::PATH | OFlags::CLOEXEC, none);
    let both = (fails("open(O_PATH)", of("directory"))?, fails("open(O_PATH)", of("file"))?);
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    fails(NO_PLACE, rustix::mount::move_mount(old.as_fd(), "", CWD, *at, flags))?;
    Ok(both)
}

/// A line of `/proc/self/mountinfo`.
fn mounted(line: &str) -> Option<(PathBuf, Mounted)> {
    let mut fields = line.split(' ').skip(4);
    let (at, options) = (unescaped(fields.next()?), fields.next()?);
    let kind = fields.skip_while(|f| *f != "-").nth(1)?;
    let mut flags = MountFlags::empty();
    for option in options.split(',') {
        flags |= match option {
            "ro" => MountFlags::RDONLY,
            "nosuid" => MountFlags::NOSUID,
            "nodev" => MountFlags::NODEV,
            "noexec" => MountFlags::NOEXEC,
            "noatime" => MountFlags::NOATIME,
            "nodiratime" => MountFlags::NODIRATIME,
            "relatime" => MountFlags::RELATIME,
            _ => MountFlags::empty(),
        };
    }
    Some((PathBuf::from(at), Mounted { flags, automatic: kind == "autofs" }))
}

/// `\040` and the like.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|o| u8::from_str_radix(o, 8).ok()) {
            Some(byte) => {
                out.push(char::from(byte));
                out.push_str(&part[3..]);
            }
            None => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    out
}

/// Whether a path is a namespace: told by its file system, not by opening it.
pub(super) fn is_namespace(path: &str) -> rustix::io::Result<bool> {
    const NSFS: u64 = 0x6e73_6673;
    let _ = rustix::fs::statat(CWD, path, AtFlags::empty())?;
    let kind = rustix::fs::statfs(path)?.f_type;
    Ok(u64::try_from(kind).is_ok_and(|k| k == NSFS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_mounts_is_read() {
        let line = "36 35 98:0 /a /mnt\\040b ro,nosuid,relatime shared:1 - autofs systemd-1 rw";
        let (at, mounted) = mounted(line).unwrap();
        assert_eq!(at, Path::new("/mnt b"));
        assert!(mounted.automatic && mounted.flags.contains(MountFlags::RDONLY | MountFlags::NOSUID));
        assert_eq!(unescaped("a\\134b\\x"), "a\\b\\x");
    }

    #[test]
    fn without_a_namespace_nothing_is_mounted() {
        let mut mounts = Mounts::default();
        assert!(matches!(mounts.attempt(|_| panic!("it was tried")), Answer::NotTried(_)));
        let failed = Answer::Failed("unshare(CLONE_NEWNS)".into(), 1);
        mounts.take(Err(failed.clone()));
        assert_eq!(mounts.attempt(|_| panic!("it was tried")), failed);
    }
}
