//! Files as they were in a revision of a git repository: knows objects, and how a path leads to one. What lies outside of the
//! checkout is what it is on the disk now.
//!
//! Objects come from `git cat-file --batch`, each when it is asked for: no index, no filter, no hook, no other program of the
//! repository has a part in that, and nothing is fetched.

use super::{Disk, Entry, MAX_FILE, NodeKind, Stat, Tree, Unresolved, resolve};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Larger files are not kept after they were read.
const KEPT: usize = 1 << 20;
/// No revision has more directories; what is made up may have any number, since equal ones are one object.
const DIRECTORIES: usize = 1 << 18;
/// The links on the way to a file; the system's own limit.
const LINKS: usize = 40;

/// What an entry of a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File {
        executable: bool,
    },
    Link,
    Directory,
    /// a submodule, which is in no object of this repository
    Module,
}

/// An object, as its directory names it.
#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    /// in hexadecimal digits
    id: Box<str>,
}

/// A directory by name.
type Listing = BTreeMap<OsString, Node>;

/// Where a path leads.
enum Place {
    Inside(Node),
    Outside(PathBuf),
}

/// The process that reads objects, and what it has read.
struct Reader {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    listings: BTreeMap<Box<str>, Arc<Listing>>,
    blobs: BTreeMap<Box<str>, Arc<[u8]>>,
    /// why an object could not be read: the repository is not whole
    trouble: Option<String>,
}

/// A revision as a tree; paths are those of its checkout.
pub struct Git {
    /// as it was named
    revision: String,
    /// the top of the checkout, without links
    top: PathBuf,
    /// where relative paths begin
    here: PathBuf,
    root: Node,
    reader: Mutex<Reader>,
}

/// What is to be run, so that nothing asks, waits, fetches or writes.
fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory).stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    let quiet = [("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_LAZY_FETCH", "1")];
    // older ones fetch what a partial clone lacks, unless they know no way
    command.envs(quiet).env("GIT_ALLOW_PROTOCOL", "").env("LC_ALL", "C");
    command
}

fn cannot_run(e: &io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound => "git is needed for that, and there is none in the search path of programs".into(),
        _ => format!("git: {e}"),
    }
}

/// What a command of git prints, or what it complains of.
fn ask(directory: &Path, words: &[&str]) -> Result<Vec<u8>, String> {
    let out = git(directory).args(words).output().map_err(|e| cannot_run(&e))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let first = said.lines().map(|l| l.trim_start_matches("fatal: ").trim()).find(|l| !l.is_empty());
    // whose repository it is, is for the user to say
    let trust = said.lines().map(str::trim).find(|l| l.starts_with("git config --global --add safe.directory "));
    let hint = trust.map_or(String::new(), |command| format!("; `{command}` trusts it"));
    Err(format!("{}{hint}", first.unwrap_or("git failed without a word")))
}

/// The top of the checkout around a directory, without links.
///
/// # Errors
/// A sentence for the user: no git, no repository.
pub fn checkout(directory: &Path) -> Result<PathBuf, String> {
    let mut out = ask(directory, &["rev-parse", "--show-toplevel"])?;
    if out.last() == Some(&b'\n') {
        out.pop();
    }
    match out.is_empty() {
        true => Err("this repository has no checkout".into()),
        false => Ok(OsString::from_vec(out).into()),
    }
}

/// Why a name leads to no revision; a clone may lack what its origin has.
fn unknown(top: &Path, revision: &str) -> String {
    let shallow = ask(top, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|out| out.starts_with(b"true"));
    let hint =
        if shallow { "; this clone is shallow: `git fetch --unshallow` gets the rest of its history" } else { "" };
    format!("no revision of {} is called {revision}{hint}", top.display())
}

impl Git {
    /// The state of a revision of the checkout at `top`; `REV...` is where the current branch left REV. Relative paths begin
    /// at `here`, which has no links in it.
    ///
    /// # Errors
    /// A sentence for the user: no git, no such revision, a clone that lacks it.
    pub fn open(top: PathBuf, here: &Path, revision: &str) -> Result<Self, String> {
        if revision.is_empty() || revision.starts_with('-') || revision.contains(['\n', '\0']) {
            return Err("the name of a revision is needed, such as main, HEAD~1 or v1.0".into());
        }
        let name = match revision.strip_suffix("...") {
            Some(name) => match ask(&top, &["merge-base", name, "HEAD"]) {
                Ok(id) => String::from_utf8_lossy(&id).trim().to_owned(),
                Err(_) => return Err(format!("{}, or HEAD has no history in common with it", unknown(&top, name))),
            },
            None => revision.to_owned(),
        };
        let mut command = git(&top);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| cannot_run(&e))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("git: no pipe".into());
        };
        let from = BufReader::new(from);
        let (listings, blobs) = (BTreeMap::new(), BTreeMap::new());
        let mut reader = Reader { child, to, from, listings, blobs, trouble: None };
        let found = reader.object(&format!("{name}^{{tree}}")).map_err(|e| cannot_run(&e))?;
        let Some((id, bytes)) = found else { return Err(unknown(&top, revision.trim_end_matches("..."))) };
        reader.listings.insert(id.clone(), Arc::new(listing(&bytes, id.len() / 2)));
        let root = Node { kind: Kind::Directory, id };
        Ok(Self { revision: revision.to_owned(), top, here: here.to_owned(), root, reader: Mutex::new(reader) })
    }

    /// Whether a path is one of the checkout, whatever is there.
    pub fn holds(&self, path: &Path) -> bool {
        self.whole(path).starts_with(&self.top)
    }

    /// The top of the checkout.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// Whether every object that was asked for was there.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn sound(&self) -> Result<(), String> {
        match &self.reader().trouble {
            None => Ok(()),
            Some(why) => Err(format!("{} cannot be read: {why}", self.revision)),
        }
    }

    fn reader(&self) -> MutexGuard<'_, Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path from the root of the file system on; one that leads into the checkout by links on the disk is that of the
    /// checkout.
    fn whole(&self, path: &Path) -> PathBuf {
        let whole = plain(&self.here.join(path));
        if whole.starts_with(&self.top) { whole } else { real(&whole) }
    }

    /// Follows the links on the way, and the last one if that is wanted.
    fn find(&self, path: &Path, follow: bool) -> io::Result<Place> {
        let whole = self.whole(path);
        let Ok(below) = whole.strip_prefix(&self.top) else { return Ok(Place::Outside(whole)) };
        let mut left: Vec<OsString> = Vec::new();
        push(&mut left, below);
        let mut at: Vec<(OsString, Node)> = Vec::new();
        let mut links = 0;
        while let Some(name) = left.pop() {
            let here = || at.iter().fold(self.top.clone(), |path, (name, _)| path.join(name));
            let rest = |path: PathBuf, left: &[OsString]| left.iter().rev().fold(path, |path, name| path.join(name));
            if name == ".." {
                if at.pop().is_none() {
                    return self.find(&rest(parent(&self.top), &left), follow);
                }
                continue;
            }
            let directory = at.last().map_or(&self.root, |(_, node)| node);
            match directory.kind {
                Kind::Directory => {}
                Kind::Module => return Ok(Place::Outside(rest(here().join(name), &left))),
                Kind::File { .. } | Kind::Link => return Err(ErrorKind::NotADirectory.into()),
            }
            let listing = self.reader().listing(&directory.id)?;
            let node = listing.get(&name).ok_or(ErrorKind::NotFound)?;
            if node.kind != Kind::Link || left.is_empty() && !follow {
                at.push((name, node.clone()));
                continue;
            }
            links += 1;
            if links > LINKS {
                // ELOOP
                return Err(io::Error::from_raw_os_error(40));
            }
            let target = PathBuf::from(OsStr::from_bytes(&self.reader().blob(&node.id)?));
            if target.is_absolute() {
                let whole = plain(&target);
                let Ok(below) = whole.strip_prefix(&self.top) else {
                    return Ok(Place::Outside(rest(whole, &left)));
                };
                at.clear();
                push(&mut left, below);
            } else {
                push(&mut left, &target);
            }
        }
        Ok(match at.pop() {
            Some((name, node)) if node.kind == Kind::Module => {
                Place::Outside(at.iter().fold(self.top.clone(), |path, (name, _)| path.join(name)).join(name))
            }
            Some((_, node)) => Place::Inside(node),
            None => Place::Inside(self.root.clone()),
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // all that it was asked has been answered
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reader {
    /// An object with its number; `None` where there is none of that name.
    fn object(&mut self, name: &str) -> io::Result<Option<(Box<str>, Vec<u8>)>> {
        writeln!(self.to, "{name}")?;
        self.to.flush()?;
        let mut head = String::new();
        self.from.read_line(&mut head)?;
        let broken = || io::Error::from(ErrorKind::UnexpectedEof);
        if head.is_empty() {
            return Err(broken());
        }
        let words: Vec<&str> = head.trim_end().rsplitn(3, ' ').collect();
        let [size, _, id] = words[..] else { return Ok(None) };
        let Ok(size) = size.parse::<u64>() else { return Ok(None) };
        if size > MAX_FILE {
            io::copy(&mut (&mut self.from).take(size + 1), &mut io::sink())?;
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        (&mut self.from).take(size + 1).read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
            return Err(broken());
        }
        Ok(Some((id.into(), bytes)))
    }

    /// An object that has to be there.
    fn needed(&mut self, id: &str) -> io::Result<Vec<u8>> {
        let why = match self.object(id) {
            Ok(Some((_, bytes))) => return Ok(bytes),
            Err(e) if e.kind() == ErrorKind::FileTooLarge => return Err(e),
            Ok(None) => format!("this clone lacks object {id}; fetch again without --filter"),
            Err(_) => "git cat-file ended before its time".to_owned(),
        };
        self.trouble.get_or_insert(why.clone());
        Err(io::Error::other(why))
    }

    fn listing(&mut self, id: &str) -> io::Result<Arc<Listing>> {
        if let Some(known) = self.listings.get(id) {
            return Ok(known.clone());
        }
        let found = Arc::new(listing(&self.needed(id)?, id.len() / 2));
        self.listings.insert(id.into(), found.clone());
        Ok(found)
    }

    fn blob(&mut self, id: &str) -> io::Result<Arc<[u8]>> {
        if let Some(known) = self.blobs.get(id) {
            return Ok(known.clone());
        }
        let found: Arc<[u8]> = self.needed(id)?.into();
        if found.len() <= KEPT {
            self.blobs.insert(id.into(), found.clone());
        }
        Ok(found)
    }
}

/// A directory as git keeps it: `MODE NAME`, a zero byte, the bytes of a number, and so on. Names that no file can have are
/// left out.
fn listing(mut bytes: &[u8], number: usize) -> Listing {
    let mut out = Listing::new();
    while let (Some(blank), Some(end)) = (memchr::memchr(b' ', bytes), memchr::memchr(0, bytes)) {
        let Some(raw) = bytes.get(end + 1..end + 1 + number).filter(|_| blank < end) else { break };
        let (mode, name) = (&bytes[..blank], &bytes[blank + 1..end]);
        let kind = match mode {
            b"40000" | b"040000" => Kind::Directory,
            b"120000" => Kind::Link,
            b"160000" => Kind::Module,
            _ => Kind::File { executable: mode.ends_with(b"755") },
        };
        if !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') {
            let id: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
            out.insert(OsStr::from_bytes(name).to_owned(), Node { kind, id: id.into() });
        }
        bytes = &bytes[end + 1 + number..];
    }
    out
}

/// Puts the names of a path on the others, so that they come off in their order.
fn push(left: &mut Vec<OsString>, path: &Path) {
    left.extend(path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    }));
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

/// An absolute path without `.` and `..`, by the text alone.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
        out
    })
}

/// A path whose directories are no links, as far as they are there; the last name is left as it is.
fn real(path: &Path) -> PathBuf {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    match resolve(&Disk, Path::new("/"), above) {
        Ok(above) => above.join(name),
        Err(Unresolved::Missing) => real(above).join(name),
        Err(_) => path.to_owned(),
    }
}

impl Tree for Git {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.find(path, false)? {
            Place::Outside(path) => Disk.read(&path),
            Place::Inside(Node { kind: Kind::File { .. }, id }) => Ok(self.reader().blob(&id)?.to_vec()),
            Place::Inside(_) => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let id = match self.find(path, true)? {
            Place::Outside(path) => return Disk.list(&path),
            Place::Inside(Node { kind: Kind::Directory, id }) => id,
            Place::Inside(_) => return Err(ErrorKind::NotADirectory.into()),
        };
        let listing = self.reader().listing(&id)?;
        let entry = |(name, node): (&OsString, &Node)| Entry { name: name.clone(), kind: node.kind.into() };
        Ok(listing.iter().map(entry).collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self.find(path, false)? {
            Place::Outside(path) => Disk.read_link(&path),
            Place::Inside(Node { kind: Kind::Link, id }) => Ok(OsStr::from_bytes(&self.reader().blob(&id)?).into()),
            Place::Inside(_) => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let Node { kind, id } = match self.find(path, false)? {
            Place::Outside(path) => return Disk.stat(&path),
            Place::Inside(node) => node,
        };
        let size = match kind {
            Kind::File { .. } => self.reader().blob(&id)?.len() as u64,
            Kind::Link | Kind::Directory | Kind::Module => 0,
        };
        let mode = match kind {
            Kind::File { executable: false } => 0o644,
            Kind::Link => 0o777,
            Kind::File { .. } | Kind::Directory | Kind::Module => 0o755,
        };
        Ok(Stat { kind: kind.into(), size, mode, uid: 0, gid: 0 })
    }

    fn may_walk(&self, seen: usize) -> bool {
        if seen == DIRECTORIES {
            self.reader().trouble.get_or_insert_with(|| "it has too many directories".into());
        }
        seen < DIRECTORIES
    }
}

impl From<Kind> for NodeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::File { .. } => Self::File,
            Kind::Link => Self::Link,
            Kind::Directory | Kind::Module => Self::Directory,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_read_as_git_keeps_them() {
        let mut bytes = Vec::new();
        for (mode, name) in [
            ("100644", "a.service"),
            ("100755", "run"),
            ("120000", "b.service"),
            ("40000", "a.service.d"),
            ("160000", "module"),
            ("100644", ".."),
            ("100644", "../up"),
        ] {
            bytes.extend(format!("{mode} {name}\0").bytes().chain([0xab; 20]));
        }
        bytes.extend(b"100644 cut\0abc");
        let found = listing(&bytes, 20);
        let kind = |name: &str| found.get(OsStr::new(name)).map(|node| node.kind);
        assert_eq!(kind("a.service"), Some(Kind::File { executable: false }));
        assert_eq!(kind("run"), Some(Kind::File { executable: true }));
        assert_eq!((kind("b.service"), kind("a.service.d")), (Some(Kind::Link), Some(Kind::Directory)));
        assert_eq!((kind("module"), found.len()), (Some(Kind::Module), 5));
        assert_eq!(found[OsStr::new("run")].id, "ab".repeat(20).into());
    }
}
