//! Machines by their names: profiles, files of facts, and this one.

use super::hosts;
use crate::host::Hosts;
use crate::host::file::{PROFILES, Profile};
use crate::suggest;
use crate::tree::{self, Disk, Tree};
use std::path::Path;

/// This machine.
pub const THIS: &str = "this";

/// The machine of some names, each of which counts over those before it, and sentences about facts that mean nothing;
/// `root` is the system that is looked at where this machine is meant. Without a name there is none.
///
/// # Errors
/// A sentence for the user.
pub fn named(names: &[String], root: Option<&Path>) -> Result<Option<(Hosts, Vec<String>)>, String> {
    match names {
        [] => return Ok(None),
        [name] if name == THIS => return Ok(Some((hosts(root.unwrap_or(Path::new("/"))), Vec::new()))),
        _ => {}
    }
    let mut profile = Profile::default();
    for name in names {
        let known = PROFILES.iter().find(|(known, _)| known == name);
        let text = match known {
            Some((_, text)) => text.as_bytes().to_vec(),
            None if name == THIS => return Err("this: this machine goes with no other".into()),
            None => read(name)?,
        };
        profile.add(name, &text).map_err(|what| format!("{name}: {what}"))?;
    }
    let all = names.join(",");
    let (hosts, strange) = profile.read().map_err(|what| format!("{all}: {what}"))?;
    let strange = strange.into_iter().map(|fact| format!("{all}: {fact} means nothing here and is left out")).collect();
    Ok(Some((hosts, strange)))
}

fn read(name: &str) -> Result<Vec<u8>, String> {
    let path = Path::new(name);
    if !name.contains('/') && Disk.stat(path).is_err() {
        let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        let meant = suggest::nearest(name, names.iter().copied()).map_or(String::new(), |n| format!("; {n} is near"));
        return Err(format!("{name}: there is no such file; known are this, {}{meant}", names.join(", ")));
    }
    tree::read_named(path).map_err(|e| format!("{name}: {e}"))
}
