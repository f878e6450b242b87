//! What a system calls itself: its os-release file.

use crate::tree::{self, Tree};
use ini::Ini;
use std::path::Path;

/// The name of a system, and which of its releases it is.
pub(super) struct Release {
    pub name: Box<str>,
    pub version: Option<Box<str>>,
}

/// Where it is: what an administrator wrote counts before what came with the system.
const PLACES: &[&str] = &["etc/os-release", "usr/lib/os-release", "etc/initrd-release"];

/// Theirs are a few lines.
const LARGEST: u64 = 64 * 1024;

/// What the system at a root says of itself.
pub(super) fn of(tree: &dyn Tree, root: &Path) -> Option<Release> {
    PLACES.iter().find_map(|place| {
        let real = tree::resolve(tree, root, &root.join(place)).ok()?;
        tree.stat(&real).ok().filter(|s| s.size <= LARGEST)?;
        let text = String::from_utf8(tree.read(&real).ok()?).ok()?;
        let ini = Ini::load_from_str(&text).ok()?;
        let get = |key| ini.general_section().get(key).filter(|v| !v.is_empty()).map(Box::from);
        Some(Release { name: get("ID")?, version: get("VERSION_ID").or_else(|| get("BUILD_ID")) })
    })
}
