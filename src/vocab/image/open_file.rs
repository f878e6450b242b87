//! `OpenFile=` (systemd.service(5), `open-file.c`).

use super::names::is_fd_name;
use crate::vocab::words::{Cursor, Split};

/// A file that the manager opens for a service.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OpenFile {
    /// what is opened
    pub path: String,
    /// its name among the descriptors
    pub name: String,
    /// `read-only`
    pub read_only: bool,
    /// `append`
    pub append: bool,
    /// `truncate`
    pub truncate: bool,
    /// `graceful`
    pub graceful: bool,
}

/// `OpenFile=` (`open_file_parse()`): `PATH[:NAME[:OPTION,...]]`.
pub fn open_file(text: &str) -> Option<OpenFile> {
    let mut parts = Cursor::new(text);
    let mut part = || parts.next(Split::EVERY_FIELD).map(|p| p.map(|p| p.text.into_owned()));
    let (path, name, options) = (part().ok()??, part().ok()?, part().ok()?);
    if !parts.is_empty() {
        return None;
    }
    let mut file = OpenFile::default();
    let mut words = Cursor::new(options.as_deref().unwrap_or(""));
    while let Some(option) = words.next(Split::COLONS.at(b",")).ok()? {
        let flag = match &*option.text {
            "read-only" => &mut file.read_only,
            "append" => &mut file.append,
            "truncate" => &mut file.truncate,
            "graceful" => &mut file.graceful,
            _ => return None,
        };
        if std::mem::replace(flag, true) {
            return None;
        }
    }
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    file.name = name.filter(|n| !n.is_empty()).unwrap_or_else(|| last.to_owned());
    let whole = path.starts_with('/') && path.len() < 4096 && path.split('/').all(|p| p.len() <= 255);
    let modes = u8::from(file.read_only) + u8::from(file.append) + u8::from(file.truncate);
    let good = whole && !file.name.is_empty() && is_fd_name(&file.name) && modes <= 1;
    good.then_some(OpenFile { path, ..file })
}
