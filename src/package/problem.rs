//! What can be wrong with a package as a package: knows why it matters and what to do; nothing of formats.

use crate::text::steers;
use std::fmt;

/// Something about a package that its reader has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// what sort it is
    pub kind: ProblemKind,
    /// the archive within the package that it is in, fit to be shown
    pub part: Option<Box<str>>,
    /// the member that it is about, fit to be shown; nothing where it is about the package
    pub member: Option<Box<str>>,
    /// what was seen
    pub what: Box<str>,
    /// how many members it is about; only the first is named
    pub times: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for member in self.part.iter().chain(&self.member) {
            write!(f, "{member}: ")?;
        }
        f.write_str(&self.what)?;
        if self.times > 1 {
            write!(f, " (and {} more like it)", self.times - 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// it is strange, and all of the package was read
    Odd,
    /// it would lead a careless reader astray
    Trick,
    /// something was left out, because it is more than is looked at
    Limit,
    /// reading ended there
    Broken,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $id:literal $weight:ident $why:literal $advice:literal;)*) => {
        /// The sorts of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemKind {
            $($(#[$doc])* $kind,)*
        }

        impl ProblemKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// A name for machines.
            pub fn id(self) -> &'static str {
                match self { $(Self::$kind => $id,)* }
            }

            /// How much it weighs.
            pub fn weight(self) -> Weight {
                match self { $(Self::$kind => Weight::$weight,)* }
            }

            /// Why it matters.
            pub fn why(self) -> &'static str {
                match self { $(Self::$kind => $why,)* }
            }

            /// What to do.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$kind => $advice,)* }
            }
        }
    };
}

kinds! {
    /// the system does not give it
    Unreadable "unreadable" Broken
        "what could not be read was not looked at"
        "see whether the file is there and may be read";
    /// nothing that is read here
    UnknownFormat "unknown-format" Broken
        "nothing of it was looked at"
        "name a .deb, an .rpm, a tar archive, an OCI layout, or a directory; unpack anything else first";
    /// a compression that is not read here
    UnknownCompression "unknown-compression" Broken
        "what it holds was not looked at"
        "compress it with gzip, xz, zstd, bzip2 or lzma";
    /// it ends before its end
    Truncated "truncated" Broken
        "what would follow was not looked at, and installing it fails half-way"
        "fetch or build it again";
    /// it does not follow its format
    Damaged "damaged" Broken
        "what follows cannot be told and was not looked at"
        "fetch or build it again";
    /// a part that its format asks for is not there
    Incomplete "incomplete" Broken
        "what should be in it was not looked at, and it cannot be installed"
        "fetch or build it again";
    /// more members than are looked at
    TooMany "too-many" Limit
        "what follows was not looked at, so that no archive can take all memory"
        "look at its parts one by one";
    /// more bytes than are unpacked
    TooLarge "too-large" Limit
        "what follows was not looked at, so that no archive can take all time"
        "unpack it where there is room, and name the directory";
    /// it becomes much more than it is
    Bomb "bomb" Limit
        "a small file that becomes a very large one fills the disk of whoever unpacks it; what follows was not looked at"
        "do not unpack it; if it is honest, unpack it within limits and name the directory";
    /// unpacking takes more memory than is given
    Window "window" Limit
        "what it holds was not looked at: unpacking would take more memory than small machines have"
        "compress it with a smaller window (xz -9, zstd -19 --long=26 or less)";
    /// content that counts is larger than is kept
    LargeFile "large-file" Limit
        "its content was not looked at, so that nothing is known of what it does"
        "keep what systemd reads small: no unit or setting needs a mebibyte";
    /// a name, a target or a description of a member that is longer than is read
    LongName "long-name" Limit
        "no Linux system can open such a path; the member was left out"
        "shorten it";
    /// images in indexes in indexes
    Nested "nested" Limit
        "the images further down were not looked at"
        "name the images themselves";
    /// `..` in a name
    Climbs "climbs" Trick
        "a careless unpacker writes it outside of the directory that it unpacks to; the member was left out"
        "do not unpack it; build it again without .. in names";
    /// a name that lies below something that is no directory
    Misplaced "misplaced" Trick
        "a careless unpacker writes it to where the link leads; the member was left out"
        "do not unpack it; ship the file under the path that it really has";
    /// a name that no file can have, or that does something to a terminal
    StrangeName "strange-name" Trick
        "it hides what it is from who reads a list of files, and breaks scripts that read names by lines"
        "rename it, with plain characters in UTF-8";
    /// a hard link to what is not in the package
    HardLink "hard-link" Trick
        "it would become another name of a file of the system that the package does not own"
        "do not unpack it; ship the file itself";
    /// a device, pipe or socket where configuration is read
    SpecialFile "special-file" Trick
        "a program that reads it waits for ever, or talks to a device"
        "ship a regular file";
    /// one name twice
    Duplicate "duplicate" Trick
        "the last one counts; who looks at the first sees something else than is installed"
        "build it again with each file once";
    /// parts that only some programs read
    Extra "extra" Trick
        "programs differ in which of them they read, so that what is checked is not what is installed"
        "build it again with one of each";
    /// two places that say different things
    Mismatch "mismatch" Trick
        "programs that trust one of them see another package than those that trust the other"
        "build it again with its own tools";
    /// something is named that is elsewhere
    Absent "absent" Odd
        "it was not looked at"
        "nothing, if it was left out on purpose, as the images for other machines are";
    /// bytes behind the end
    Trailing "trailing" Odd
        "no program reads them, and they may hide something"
        "build it again, or cut them off";
    /// a file with holes
    Sparse "sparse" Odd
        "it takes far more room unpacked than its archive tells; its content was not looked at"
        "ship it without holes, or have it made when it is needed";
    /// a name with a root
    Absolute "absolute" Odd
        "a careless unpacker writes it to the running system; it was taken as if it began without /"
        "build it again with names that begin with ./";
}

/// Bytes of a name as text that does nothing to a terminal.
pub(super) fn shown(name: &[u8]) -> Box<str> {
    const MOST: usize = 200;
    let text = String::from_utf8_lossy(name);
    let mut out = String::with_capacity(text.len().min(MOST));
    for c in text.chars() {
        if out.len() >= MOST {
            out.push('…');
            break;
        }
        if steers(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_single() {
        let mut ids: Vec<_> = ProblemKind::ALL.iter().map(|k| k.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ProblemKind::ALL.len());
    }

    #[test]
    fn names_are_shown_harmless() {
        assert_eq!(&*shown(b"a\x1b[2J\n\xff"), "a\\u{1b}[2J\\n\u{fffd}");
        assert!(shown(&[b'a'; 5000]).len() < 210);
    }
}
