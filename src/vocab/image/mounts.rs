//! Disk images and their mount options: `MountImages=`, `ExtensionImages=`, `RootImageOptions=` (systemd.exec(5)).

use super::Expand;
use super::entries::{Bad, Entries, Judged};
use super::paths::{expanded, off_api_vfs};
use crate::vocab::Model;
use crate::vocab::words::{BadSyntax, Cursor, Split, Word};
use std::ops::Range;

/// The partitions of a disk image that a unit can name (`partition_designator_from_string()`).
pub(super) const PARTITIONS: [&str; 13] = [
    "root",
    "usr",
    "home",
    "srv",
    "esp",
    "xbootldr",
    "swap",
    "root-verity",
    "usr-verity",
    "root-verity-sig",
    "usr-verity-sig",
    "tmp",
    "var",
];

/// Those of other architectures, which 252 knew.
const FOREIGN_PARTITIONS: [&str; 12] = [
    "root-secondary",
    "root-other",
    "usr-secondary",
    "usr-other",
    "root-secondary-verity",
    "root-other-verity",
    "usr-secondary-verity",
    "usr-other-verity",
    "root-secondary-verity-sig",
    "root-other-verity-sig",
    "usr-secondary-verity-sig",
    "usr-other-verity-sig",
];

/// The partition of that name, if this release knows it.
pub fn partition(name: &str, model: Model) -> Option<&'static str> {
    let foreign: &[&'static str] = if model.number() < 257 { &FOREIGN_PARTITIONS } else { &[] };
    PARTITIONS.iter().chain(foreign).find(|p| **p == name).copied()
}

/// Mount options for one partition of an image.
pub type PartitionOptions = (&'static str, String);

/// A disk image to mount or to extend the unit's view with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// the file or device
    pub source: String,
    /// where it is mounted; empty for an extension
    pub destination: String,
    /// options, where there are any
    pub options: Vec<PartitionOptions>,
    /// `-`: may be missing
    pub optional: bool,
}

/// `MountImages=` (`config_parse_mount_images()`).
pub fn mount_images(text: &str, model: Model, expand: Expand<'_>) -> Entries<Image> {
    images(text, true, model, expand)
}

/// `ExtensionImages=` (`config_parse_extension_images()`).
pub fn extension_images(text: &str, model: Model, expand: Expand<'_>) -> Entries<Image> {
    images(text, false, model, expand)
}

/// The images of a line, with a place for each if `mounted`.
fn images(text: &str, mounted: bool, model: Model, expand: Expand<'_>) -> Entries<Image> {
    Entries::read_words(text, |all, word| image(all, word, mounted, model, expand))
}

/// `SOURCE[:DESTINATION][:[PARTITION:]OPTIONS]...`; an option that is not understood is passed over.
fn image(
    all: &mut Entries<Image>,
    word: &Word<'_>,
    mounted: bool,
    model: Model,
    expand: Expand<'_>,
) -> Result<(), BadSyntax> {
    let at = &word.at;
    let mut parts = Cursor::new(&word.text);
    let Some(first) = parts.next(Split::FIELDS)? else { return Ok(()) };
    let second = if mounted { parts.next(Split::FIELDS)? } else { None };
    let (optional, source) = first.text.strip_prefix('-').map_or((false, &*first.text), |r| (true, r));
    let Some(source) = all.good(off_api_vfs(source, mounted, model, expand), at) else { return Ok(()) };
    let mut image = Image { source, destination: String::new(), options: Vec::new(), optional };
    if mounted {
        let Some(second) = second.filter(|s| !s.text.is_empty()) else {
            all.problem(Bad::NoDestination, &word.text, at);
            return Ok(());
        };
        let Some(destination) = all.good(off_api_vfs(&second.text, true, model, expand), at) else { return Ok(()) };
        image.destination = destination;
    }
    while let Some((first, second)) = pair(&mut parts)? {
        image.options.extend(all.good(options(&first, second.as_deref(), model, expand), at));
    }
    all.items.push(image);
    Ok(())
}

/// The next one or two fields, which [`options`] tells apart.
fn pair(parts: &mut Cursor<'_>) -> Result<Option<(String, Option<String>)>, BadSyntax> {
    let Some(first) = parts.next(Split::FIELDS)? else { return Ok(None) };
    Ok(Some((first.text.into_owned(), parts.next(Split::FIELDS)?.map(|second| second.text.into_owned()))))
}

/// `PARTITION` and `OPTIONS`; a single field is options for the root partition.
fn options(first: &str, second: Option<&str>, model: Model, expand: Expand<'_>) -> Judged<PartitionOptions> {
    let (name, options) = second.map_or(("root", first), |second| (first, second));
    let name = partition(name, model).ok_or_else(|| (Bad::Partition, name.to_owned()))?;
    Ok((name, expanded(options, expand)?))
}

/// `RootImageOptions=`: `[PARTITION:]OPTIONS`, blank separated (`config_parse_root_image_options()`). Bad syntax
/// anywhere spoils the line.
pub fn root_image_options(text: &str, model: Model, expand: Expand<'_>) -> Entries<PartitionOptions> {
    let mut all = Entries::new();
    match option_pairs(text) {
        Ok(pairs) => {
            for (at, first, second) in pairs {
                all.keep(options(&first, second.as_deref(), model, expand), &at);
            }
        }
        Err(BadSyntax) => all.problem(Bad::Syntax, text, &(0..text.len())),
    }
    all
}

/// A word of one or two fields.
type Pair = (Range<usize>, String, Option<String>);

/// `strv_split_colon_pairs()`
fn option_pairs(text: &str) -> Result<Vec<Pair>, BadSyntax> {
    let (mut pairs, mut words) = (Vec::new(), Cursor::new(text));
    while let Some(word) = words.next(Split::UNQUOTE_RAW)? {
        let mut parts = Cursor::new(&word.text);
        let Some((first, second)) = pair(&mut parts)? else { continue };
        if !parts.is_empty() {
            return Err(BadSyntax);
        }
        pairs.push((word.at, first, second));
    }
    Ok(pairs)
}
