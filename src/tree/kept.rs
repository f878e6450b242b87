//! What was seen of another tree, so that it is asked once: an editor looks at the same files at every keystroke. Whoever
//! keeps it has to say when something changed.

use super::{Entry, MAX_FILE, Stat, Tree};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Larger files are read anew each time.
const LARGE: u64 = 1 << 20;
/// With more bytes than these in all, everything is forgotten.
const MOST: usize = 256 << 20;

type Seen<T> = Result<T, (ErrorKind, Option<i32>)>;

/// A tree of which is kept what was seen.
#[derive(Debug, Default)]
pub struct Kept<T> {
    below: T,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    files: BTreeMap<PathBuf, Seen<Arc<[u8]>>>,
    lists: BTreeMap<PathBuf, Seen<Arc<[Entry]>>>,
    links: BTreeMap<PathBuf, Seen<PathBuf>>,
    stats: BTreeMap<PathBuf, Seen<Stat>>,
    bytes: usize,
}

impl<T> Kept<T> {
    /// Nothing seen yet.
    pub fn new(below: T) -> Self {
        Self { below, memory: Mutex::default() }
    }

    /// Forgets everything.
    pub fn forget(&self) {
        *self.memory() = Memory::default();
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seen<V>(of: io::Result<V>) -> Seen<V> {
    of.map_err(|e| (e.kind(), e.raw_os_error()))
}

fn told<V>(seen: Seen<V>) -> io::Result<V> {
    seen.map_err(|(kind, number)| number.map_or_else(|| kind.into(), io::Error::from_raw_os_error))
}

/// What is kept of a path, or what is found there now.
macro_rules! once {
    ($self:ident, $map:ident, $path:ident, $ask:expr) => {{
        if let Some(known) = $self.memory().$map.get($path) {
            return told(known.clone());
        }
        let found = seen($ask);
        $self.memory().$map.insert($path.to_owned(), found.clone());
        told(found)
    }};
}

impl<T: Tree> Kept<T> {
    fn bytes(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        if let Some(known) = self.memory().files.get(path) {
            return told(known.clone());
        }
        let found = seen(self.below.read(path).map(Arc::from));
        let size = found.as_ref().map_or(0, |bytes: &Arc<[u8]>| bytes.len());
        if size as u64 <= LARGE {
            let mut memory = self.memory();
            if memory.bytes + size > MOST {
                *memory = Memory::default();
            }
            memory.bytes += size;
            memory.files.insert(path.to_owned(), found.clone());
        }
        told(found)
    }

    fn entries(&self, path: &Path) -> io::Result<Arc<[Entry]>> {
        once!(self, lists, path, self.below.list(path).map(Arc::from))
    }
}

impl<T: Tree + Send> Tree for Kept<T> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.bytes(path).map(|bytes| bytes.to_vec())
    }

    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        debug_assert!(most as u64 <= MAX_FILE);
        self.below.head(path, most)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.entries(path).map(|entries| entries.to_vec())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        once!(self, links, path, self.below.read_link(path))
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        once!(self, stats, path, self.below.stat(path))
    }

    fn capabilities(&self, path: &Path) -> u64 {
        self.below.capabilities(path)
    }

    fn may_walk(&self, seen: usize) -> bool {
        self.below.may_walk(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Memory as Files;

    #[test]
    fn what_was_seen_stays_until_it_is_forgotten() {
        let now = Mutex::new(Files::new().file("/a", "1"));
        struct Changing<'m>(&'m Mutex<Files>);
        impl Tree for Changing<'_> {
            fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
                self.0.lock().unwrap().read(path)
            }
            fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
                self.0.lock().unwrap().list(path)
            }
            fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
                self.0.lock().unwrap().read_link(path)
            }
            fn stat(&self, path: &Path) -> io::Result<Stat> {
                self.0.lock().unwrap().stat(path)
            }
        }
        let kept = Kept::new(Changing(&now));
        let look = || (kept.read(Path::new("/a")).ok(), kept.stat(Path::new("/b")).is_ok());
        assert_eq!(look(), (Some(b"1".to_vec()), false));
        *now.lock().unwrap() = Files::new().file("/a", "2").file("/b", "");
        assert_eq!(look(), (Some(b"1".to_vec()), false));
        assert_eq!(kept.stat(Path::new("/b")).unwrap_err().kind(), ErrorKind::NotFound);
        kept.forget();
        assert_eq!(look(), (Some(b"2".to_vec()), true));
    }
}
