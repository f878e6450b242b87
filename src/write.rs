//! All writing of files: atomic, with the mode that the file had, never through a link, never a vendor's file of the
//! running system.

mod spill;

use crate::tree::{Disk, Tree};
pub use spill::Spill;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where the packages of the running system put their units: what is changed there is lost with the next update.
const VENDOR: [&str; 2] = ["/usr/lib/systemd", "/lib/systemd"];

/// Whether a file belongs to a package of the running system.
pub fn is_vendor(path: &Path) -> bool {
    VENDOR.iter().any(|dir| path.starts_with(dir))
}

fn no_vendors(path: &Path) -> io::Result<()> {
    let why = "a package's file of the running system; write a drop-in in /etc/systemd/system instead";
    if is_vendor(path) { Err(io::Error::new(io::ErrorKind::PermissionDenied, why)) } else { Ok(()) }
}

/// Puts `after` in the place of `before`: all of it or nothing.
///
/// # Errors
/// As the system gives them; `InvalidInput` for what is no regular file any more, `ResourceBusy` when the file has changed
/// since it was read, `PermissionDenied` for a vendor's file.
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
pub fn replace(path: &Path, before: &[u8], after: &[u8]) -> io::Result<()> {
    no_vendors(path)?;
    let meta = std::fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if std::fs::read(path)? != before {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "it has changed meanwhile"));
    }
    let (file, beside) = create_beside(path, 0o600)?;
    put_in_place(file, &beside, path, after, |file| {
        file.set_permissions(std::fs::Permissions::from_mode(meta.permissions().mode()))?;
        // who owns the file stays its owner where we may say so
        let _ = std::os::unix::fs::fchown(file, Some(meta.uid()), Some(meta.gid()));
        Ok(())
    })
}

/// Makes a file that the user named, or puts other bytes into it: all of them or none. Nothing is done when they are there
/// already. `may_replace` is asked about what would be lost.
///
/// # Errors
/// As the system gives them; as [`replace`]; `AlreadyExists` for what may not be replaced.
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
pub fn create_or_replace(path: &Path, bytes: &[u8], may_replace: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    let wrong = |kind, why: &str| Err(io::Error::new(kind, why));
    let meta = match std::fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            no_vendors(path)?;
            let (file, beside) = create_beside(path, 0o666)?;
            return put_in_place(file, &beside, path, bytes, |_| Ok(()));
        }
        meta => meta?,
    };
    if meta.is_symlink() {
        return wrong(io::ErrorKind::InvalidInput, "this is a link; name the file itself");
    }
    if !meta.is_file() {
        return wrong(io::ErrorKind::InvalidInput, "this is no regular file");
    }
    let before = Disk.read(path)?;
    if before == bytes {
        return Ok(());
    }
    if !may_replace(&before) {
        return wrong(io::ErrorKind::AlreadyExists, "this is another file, and stays as it is");
    }
    replace(path, &before, bytes)
}

/// The same in directories that are made where they are missing: for a drop-in. `top` is made too; no link below it may lead
/// out of it, since what lies there may be somebody else's.
///
/// # Errors
/// As [`create_or_replace`]; `PermissionDenied` for a link that leads out.
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
pub fn create_below(top: &Path, path: &Path, bytes: &[u8], may_replace: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
    no_vendors(path)?;
    let top = if top.as_os_str().is_empty() { Path::new(".") } else { top };
    std::fs::create_dir_all(top)?;
    if let Some(dir) = path.parent() {
        let there = dir.ancestors().find(|dir| std::fs::symlink_metadata(dir).is_ok()).unwrap_or(top);
        let (there, top) = (std::fs::canonicalize(there)?, std::fs::canonicalize(top)?);
        if !there.starts_with(&top) {
            let why = "a link on the way leads somewhere else, and nothing is written there";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        std::fs::create_dir_all(dir)?;
    }
    create_or_replace(path, bytes, may_replace)
}

/// Removes a file, what an interrupted writing of it has left, and the directories up to `top` that are empty then. What is
/// not there is no error.
///
/// # Errors
/// As the system gives them; as [`replace`].
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
pub fn remove(path: &Path, top: &Path) -> io::Result<()> {
    no_vendors(path)?;
    for gone in [beside(path, 0), path.to_owned()] {
        match std::fs::remove_file(gone) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    let dirs = path.ancestors().skip(1).take_while(|dir| dir.starts_with(top) && *dir != top);
    for dir in dirs {
        if std::fs::remove_dir(dir).is_err() {
            break;
        }
    }
    Ok(())
}

/// Holds a directory for one run of this program, as long as what it gives is kept. Nothing is written.
///
/// # Errors
/// As the system gives them; `WouldBlock` when another run holds it.
#[allow(clippy::disallowed_methods, reason = "a lock is no reading")]
pub fn hold(dir: &Path) -> io::Result<File> {
    let held = File::open(dir)?;
    rustix::fs::flock(&held, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    Ok(held)
}

/// Fills a new file and moves it to where it belongs, or leaves nothing behind.
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
fn put_in_place(
    mut file: File,
    beside: &Path,
    path: &Path,
    bytes: &[u8],
    finish: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let written = (|| {
        file.write_all(bytes)?;
        finish(&file)?;
        file.sync_all()?;
        std::fs::rename(beside, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(beside);
    }
    written
}

/// A new file in the same directory, under a hidden name that no unit has.
fn create_beside(path: &Path, mode: u32) -> io::Result<(File, PathBuf)> {
    for n in 0..100 {
        let beside = beside(path, n);
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside) {
            // somebody else is at it, or was interrupted
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => return Ok((other?, beside)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn beside(path: &Path, n: u32) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".#{name}.unitlint{n}"))
}
