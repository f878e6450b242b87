//! The disk: what is read of it is read here.

use super::{Entry, MAX_FILE, NodeKind, Stat, Tree};
use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

fn kind(t: std::fs::FileType) -> NodeKind {
    if t.is_file() {
        NodeKind::File
    } else if t.is_dir() {
        NodeKind::Directory
    } else if t.is_symlink() {
        NodeKind::Link
    } else if t.is_char_device() || t.is_block_device() {
        NodeKind::Device
    } else {
        NodeKind::Other
    }
}

fn stat(meta: &std::fs::Metadata) -> Stat {
    Stat {
        kind: kind(meta.file_type()),
        size: meta.len(),
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
    }
}

/// A link planted behind our back is not followed, a pipe does not hang.
const OPEN_FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).bits() as i32;

#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
impl Tree for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_known(path).map(|(bytes, _)| bytes)
    }

    fn read_known(&self, path: &Path) -> io::Result<(Vec<u8>, Option<Stat>)> {
        let file = OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        if meta.len() > MAX_FILE {
            return Err(ErrorKind::FileTooLarge.into());
        }
        // no further than the size: that saves a read that would only say that the end is there
        let mut bytes = Vec::with_capacity(meta.len() as usize);
        (&file).take(meta.len()).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            // a file of the kernel's has no size before it is read
            (&file).take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > MAX_FILE {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok((bytes, Some(stat(&meta))))
    }

    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        let file = OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::with_capacity(meta.len().min(most as u64) as usize);
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            entries.push(Entry { kind: kind(entry.file_type()?), name: entry.file_name() });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        std::fs::symlink_metadata(path).map(|meta| stat(&meta))
    }

    fn capabilities(&self, path: &Path) -> u64 {
        let mut value = [0; 24];
        let length = rustix::fs::lgetxattr(path, "security.capability", &mut value).unwrap_or_default();
        permitted(value.get(..length).unwrap_or_default())
    }
}

/// The permitted capabilities of `struct vfs_cap_data` (linux/capability.h): the number of its revision and flags, then permitted
/// and inheritable ones in words of 32 bits, the lower words first.
fn permitted(value: &[u8]) -> u64 {
    let word = |at: usize| value.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    u64::from(word(4)) | u64::from(word(12)) << 32
}

/// Reads a file that the user names: links are followed, and a pipe is read to its end.
///
/// # Errors
/// As the system gives them; `FileTooLarge` above [`MAX_FILE`].
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn read_named(path: &Path) -> io::Result<Vec<u8>> {
    read_to_end(std::fs::File::open(path)?)
}

/// The regular files below a directory, sorted; links are not followed.
///
/// # Errors
/// As the system gives them, with the place.
pub fn files_below(top: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(top).follow_links(false).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(e) => {
                let path = e.path().unwrap_or(top).to_owned();
                // what the system said, as it is said elsewhere
                return Err((path, e.into_io_error().unwrap_or_else(|| ErrorKind::InvalidInput.into())));
            }
        }
    }
    Ok(files)
}

/// What a file that the user names is: links are followed.
///
/// # Errors
/// As the system gives them.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn stat_named(path: &Path) -> io::Result<Stat> {
    std::fs::metadata(path).map(|meta| stat(&meta))
}

/// A file that the user names, to be read as a stream: links are followed.
///
/// # Errors
/// As the system gives them.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn stream_named(path: &Path) -> io::Result<impl Read + Send + use<>> {
    std::fs::File::open(path)
}

/// Reads a stream to its end.
///
/// # Errors
/// As the system gives them; `FileTooLarge` above [`MAX_FILE`].
pub fn read_to_end(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Whether a path names an open descriptor, which a shell makes of `<(command)`.
pub fn is_descriptor(path: &Path) -> bool {
    let in_dir = |dir: &str| path.starts_with(dir) && path.parent() == Some(Path::new(dir));
    path == Path::new("/dev/stdin") || in_dir("/dev/fd") || in_dir("/proc/self/fd")
}

/// Whether a path leads to a pipe or to an open descriptor.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn is_stream(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.file_type().is_fifo() || is_descriptor(path) && !m.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_of_files() {
        // what setcap(8) writes for cap_net_raw=ep, of the second and third revision, and for cap_checkpoint_restore=p
        let raw = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(permitted(&raw), 1 << 13);
        assert_eq!(permitted(&[&raw[..], &[0; 4]].concat()), 1 << 13);
        let high = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        assert_eq!(permitted(&high), 1 << 40);
        assert_eq!((permitted(&[]), permitted(&raw[..6])), (0, 0));
    }
}
