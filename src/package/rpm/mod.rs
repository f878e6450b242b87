//! An .rpm: a lead that nobody reads, signatures, a header that describes everything, and the content of the files.

mod header;
mod scripts;

use super::Package;
use super::account::{Account, Ended};
use super::cpio::{self, Archive, Member};
use super::intake::{Entry, Intake, What};
use super::problem::{ProblemKind, shown};
use super::unpack::{Packing, sniff, unpack};
use header::Header;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What every package begins with.
pub(super) const MAGIC: &[u8] = &[0xed, 0xab, 0xee, 0xdb];

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const ARCH: u32 = 1022;
const OLD_FILE_NAMES: u32 = 1027;
const FILE_SIZES: u32 = 1028;
const FILE_MODES: u32 = 1030;
const FILE_LINK_TOS: u32 = 1036;
const FILE_FLAGS: u32 = 1037;
const FILE_USER_NAME: u32 = 1039;
const FILE_GROUP_NAME: u32 = 1040;
const SOURCE_RPM: u32 = 1044;
const FILE_DEVICES: u32 = 1095;
const FILE_INODES: u32 = 1096;
const REQUIRES: u32 = 1049;
const SOURCE_PACKAGE: u32 = 1106;
const DIR_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIR_NAMES: u32 = 1118;
const LONG_FILE_SIZES: u32 = 5008;

/// Texts that are kept as they are.
const FIELDS: &[(&str, u32)] = &[
    ("summary", 1004),
    ("distribution", 1010),
    ("vendor", 1011),
    ("license", 1014),
    ("packager", 1015),
    ("group", 1016),
    ("url", 1020),
];

const FLAG_CONFIG: u64 = 1;
const FLAG_GHOST: u64 = 1 << 6;

/// The owner of what is not root's: names have no numbers before the package is installed.
const NOT_ROOT: u32 = 65534;

/// A file as the header describes it.
#[derive(Default)]
struct File {
    /// without the first slash
    name: Vec<u8>,
    mode: u32,
    size: u64,
    target: Vec<u8>,
    flags: u64,
    uid: u32,
    gid: u32,
    /// device and inode of the machine that built it
    inode: (u64, u64),
    seen: bool,
}

/// Reads what follows the magic of the lead.
pub(super) fn read(from: &mut dyn Read, account: &Account<'_>, package: &mut Package) -> Result<(), Ended> {
    let skip = |from: &mut dyn Read, n: u64| match io::copy(&mut from.take(n), &mut io::sink()) {
        Ok(read) if read == n => Ok(()),
        Ok(_) => Err(account.broken(None, &io::ErrorKind::UnexpectedEof.into())),
        Err(e) => Err(account.broken(None, &e)),
    };
    skip(from, 96 - MAGIC.len() as u64)?;
    let signatures = Header::read(from, account)?;
    skip(from, signatures.length.wrapping_neg() % 8)?;
    let header = Header::read(from, account)?;
    describe(&header, package);
    package.scripts = scripts::all(&header, &package.root);
    let mut files = files(&header, account)?;
    for file in &files {
        let path = || Path::new("/").join(OsStr::from_bytes(&file.name));
        if file.flags & FLAG_CONFIG != 0 {
            package.conffiles.push(path());
        }
        if file.flags & FLAG_GHOST != 0 {
            package.ghosts.push(path());
        }
    }
    drop(header);
    let mut intake = Intake::new(account);
    let told = payload(from, account, &mut files, &mut intake);
    package.contents = intake.contents;
    told?;
    for file in files.iter().filter(|f| !f.seen && f.flags & FLAG_GHOST == 0) {
        account.tell(ProblemKind::Mismatch, Some(&file.name), "the header lists it, and its content is not there");
    }
    Ok(())
}

fn describe(header: &Header, package: &mut Package) {
    package.name = header.text(NAME).unwrap_or_else(|| package.name.clone());
    let epoch = header.numbers(EPOCH).first().map(|e| format!("{e}:")).unwrap_or_default();
    let (version, release) = (header.text(VERSION), header.text(RELEASE));
    package.version =
        version.map(|v| format!("{epoch}{v}{}", release.map(|r| format!("-{r}")).unwrap_or_default()).into());
    let source = header.has(SOURCE_PACKAGE) || !header.has(SOURCE_RPM);
    package.architecture = if source { Some("src".into()) } else { header.text(ARCH) };
    // `name-version-release.src.rpm`
    package.source = header.text(SOURCE_RPM).and_then(|s| {
        let mut parts = s.rsplitn(3, '-');
        parts.nth(2).map(Box::from)
    });
    package.fields = FIELDS.iter().filter_map(|(key, tag)| Some(((*key).into(), header.text(*tag)?))).collect();
    let requires: Vec<_> = header.texts(REQUIRES).map(String::from_utf8_lossy).collect();
    if !requires.is_empty() {
        package.fields.insert("requires".into(), requires.join(", ").into());
    }
}

fn files(header: &Header, account: &Account<'_>) -> Result<Vec<File>, Ended> {
    let names: Vec<Vec<u8>> = if header.has(BASE_NAMES) {
        let dirs: Vec<&[u8]> = header.texts(DIR_NAMES).collect();
        let dir = |i: u64| usize::try_from(i).ok().and_then(|i| dirs.get(i)).copied().unwrap_or(b"/");
        let indexes = header.numbers(DIR_INDEXES).into_iter().chain(std::iter::repeat(u64::MAX));
        header.texts(BASE_NAMES).zip(indexes).map(|(base, i)| [dir(i), base].concat()).collect()
    } else {
        header.texts(OLD_FILE_NAMES).map(<[u8]>::to_vec).collect()
    };
    let sizes = if header.has(LONG_FILE_SIZES) { LONG_FILE_SIZES } else { FILE_SIZES };
    let (modes, sizes, flags) = (header.numbers(FILE_MODES), header.numbers(sizes), header.numbers(FILE_FLAGS));
    let (devices, inodes) = (header.numbers(FILE_DEVICES), header.numbers(FILE_INODES));
    let texts = |tag| header.texts(tag).collect::<Vec<_>>();
    let (targets, users, groups) = (texts(FILE_LINK_TOS), texts(FILE_USER_NAME), texts(FILE_GROUP_NAME));
    let owner = |names: &[&[u8]], i: usize| match names.get(i) {
        Some(name) if *name != b"root" => NOT_ROOT,
        _ => 0,
    };
    let mut out = Vec::with_capacity(names.len());
    for (i, name) in names.into_iter().enumerate() {
        let number = |of: &[u64]| of.get(i).copied().unwrap_or_default();
        let name = name.strip_prefix(b"/").unwrap_or(&name).to_vec();
        account.entry(&name)?;
        out.push(File {
            name,
            mode: number(&modes) as u32,
            size: number(&sizes),
            target: targets.get(i).map(|t| t.to_vec()).unwrap_or_default(),
            flags: number(&flags),
            uid: owner(&users, i),
            gid: owner(&groups, i),
            inode: (number(&devices), number(&inodes)),
            seen: false,
        });
    }
    Ok(out)
}

fn payload(
    from: &mut dyn Read,
    account: &Account<'_>,
    files: &mut [File],
    intake: &mut Intake<'_>,
) -> Result<(), Ended> {
    let broken = |e: &io::Error| account.broken(None, e);
    let (head, from) = sniff(from, 512).map_err(|e| broken(&e))?;
    if head.is_empty() {
        return Err(broken(&io::ErrorKind::UnexpectedEof.into()));
    }
    let packing = Packing::of(&head);
    if packing == Packing::Plain && !head.starts_with(b"07070") {
        return Err(account.end(
            ProblemKind::UnknownCompression,
            None,
            "the content of its files is compressed with something that is not known here",
        ));
    }
    let unpacked = unpack(from, packing, account).map_err(|e| broken(&e))?;
    let mut archive = Archive::new(unpacked, account);
    let links = Links::of(files);
    let index: BTreeMap<Vec<u8>, usize> = files.iter().enumerate().map(|(i, f)| (f.name.clone(), i)).collect();
    while let Some(member) = archive.next()? {
        let (i, member) = match member {
            cpio::Header::Full(member) => {
                // `./usr/bin/x`, and in old packages `/usr/bin/x`
                let plain = member.name.strip_prefix(b".").filter(|n| n.starts_with(b"/")).unwrap_or(&member.name);
                (index.get(plain.strip_prefix(b"/").unwrap_or(plain)).copied(), member)
            }
            cpio::Header::Stripped(i) => {
                let i = i as usize;
                let Some(file) = files.get(i) else {
                    return Err(account.end(
                        ProblemKind::Damaged,
                        None,
                        format!("content of file {i}, which the header does not have"),
                    ));
                };
                let size = if has_data(file.mode) && links.carries(files, i) { file.size } else { 0 };
                (
                    Some(i),
                    Member { name: file.name.clone(), mode: file.mode, size, is_stripped: true, ..Member::default() },
                )
            }
        };
        match i.and_then(|i| files.get_mut(i)) {
            Some(file) => file.seen = true,
            None => {
                account.entry(&member.name)?;
                account.tell(
                    ProblemKind::Mismatch,
                    Some(&member.name),
                    "its content is there, and the header does not list it",
                );
            }
        }
        take(&mut archive, account, i.and_then(|i| files.get(i)), &member, intake)?;
        if let Some(i) = i {
            links.share(i, &member, files, intake);
        }
    }
    archive.end()
}

/// The bits of a mode that tell what it is.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

fn has_data(mode: u32) -> bool {
    matches!(mode & KIND, REGULAR | LINK)
}

/// Takes a member in as its header describes it, or else as the archive does.
fn take<R: Read>(
    archive: &mut Archive<'_, R>,
    account: &Account<'_>,
    file: Option<&File>,
    member: &Member,
    intake: &mut Intake<'_>,
) -> Result<(), Ended> {
    let mode = file.map_or(member.mode, |f| f.mode);
    let what = match mode & KIND {
        0o040_000 => What::Directory,
        REGULAR => What::File,
        LINK => What::Link,
        0o020_000 | 0o060_000 => What::Device,
        _ => What::Other,
    };
    archive.data(&member.name, member.size, |data| {
        let mut target = Vec::new();
        if what == What::Link && member.size > 0 {
            let most = account.limits.path as u64 + 1;
            data.take(most).read_to_end(&mut target).map_err(|e| account.broken(Some(&member.name), &e))?;
        }
        if let Some(file) = file.filter(|_| !member.is_stripped) {
            let other_size = what == What::File && member.size != file.size && (member.size > 0 || member.links < 2);
            if (file.mode ^ member.mode) & KIND != 0 || other_size {
                let what = "the header describes it as another kind or size than it is";
                account.tell(ProblemKind::Mismatch, Some(&member.name), what);
            } else if what == What::Link && target != file.target {
                let what =
                    format!("a link to {} in the header, to {} in the archive", shown(&file.target), shown(&target));
                account.tell(ProblemKind::Mismatch, Some(&member.name), what);
            }
        }
        let entry = Entry {
            name: file.map_or(&member.name, |f| &f.name),
            what,
            target: &target,
            size: member.size,
            is_sparse: false,
            mode,
            uid: file.map_or(member.uid, |f| f.uid),
            gid: file.map_or(member.gid, |f| f.gid),
        };
        intake.take(&entry, data)
    })
}

/// Files that are one: the last of them carries the data.
struct Links {
    sets: BTreeMap<(u64, u64), Vec<usize>>,
}

impl Links {
    fn of(files: &[File]) -> Self {
        let mut sets: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
        for (i, file) in files.iter().enumerate() {
            if file.mode & KIND == REGULAR && file.flags & FLAG_GHOST == 0 {
                sets.entry(file.inode).or_default().push(i);
            }
        }
        sets.retain(|_, set| set.len() > 1);
        Self { sets }
    }

    /// The files that are one with this.
    fn set(&self, files: &[File], i: usize) -> Option<&[usize]> {
        let set = self.sets.get(&files.get(i)?.inode)?;
        set.binary_search(&i).is_ok().then_some(set)
    }

    /// Whether a file has data of its own.
    fn carries(&self, files: &[File], i: usize) -> bool {
        self.set(files, i).is_none_or(|set| set.last() == Some(&i))
    }

    /// Gives what came with one name to the others.
    fn share(&self, i: usize, member: &Member, files: &[File], intake: &mut Intake<'_>) {
        let Some(set) = self.set(files, i).filter(|_| member.size > 0) else { return };
        let parts = |i: usize| files[i].name.split(|b| *b == b'/').filter(|p| !p.is_empty()).collect::<Vec<_>>();
        let Some((what, size)) = intake.contents.at(&parts(i)).map(|n| (n.what.clone(), n.size)) else { return };
        for other in set.iter().filter(|o| **o != i) {
            if let Some(node) = intake.contents.at_mut(&parts(*other)) {
                (node.what, node.size) = (what.clone(), size);
            }
        }
    }
}
