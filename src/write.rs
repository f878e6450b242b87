//! All writing of files: atomic, with the mode that the file had, never through a link, never a vendor's file of the
//! running system.

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

/// Puts `after` in the place of `before`: all of it or nothing.
///
/// # Errors
/// As the system gives them; `InvalidInput` for what is no regular file any more, `ResourceBusy` when the file has changed
/// since it was read, `PermissionDenied` for a vendor's file.
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
pub fn replace(path: &Path, before: &[u8], after: &[u8]) -> io::Result<()> {
    if is_vendor(path) {
        let why = "a package's file of the running system; write a drop-in in /etc/systemd/system instead";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let meta = std::fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if std::fs::read(path)? != before {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "it has changed meanwhile"));
    }
    let (mut file, beside) = create_beside(path)?;
    let written = (|| {
        file.write_all(after)?;
        file.set_permissions(std::fs::Permissions::from_mode(meta.permissions().mode()))?;
        // who owns the file stays its owner where we may say so
        let _ = std::os::unix::fs::fchown(&file, Some(meta.uid()), Some(meta.gid()));
        file.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A new file in the same directory, under a hidden name that no unit has.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for n in 0..100 {
        let beside = path.with_file_name(format!(".#{name}.unitlint{n}"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside) {
            // somebody else is at it, or was interrupted
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => return Ok((other?, beside)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
