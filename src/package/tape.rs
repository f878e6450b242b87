//! Archives of tar: a stream of members with their long names, pax records and holes. Nothing is expanded, nothing is kept
//! but what the member's name and description say.

use super::account::{Account, Ended};
use super::intake::{Entry, What};
use super::problem::ProblemKind;
use std::io::{self, Read};
use tar::{EntryType, Header};

const BLOCK: usize = 512;

/// Descriptions of members are a few records.
const DESCRIPTION: u64 = 1 << 20;

/// What precedes a member and says more of it than its header can.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    /// the size with its holes
    real_size: Option<u64>,
    is_sparse: bool,
    /// it said something that is not read; the member has another name than its header says
    unknown: bool,
}

/// The content of a member; what is not read of it is passed over.
pub(super) struct Data<'r> {
    from: &'r mut dyn Read,
    left: u64,
}

impl Read for Data<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let n = self.from.read(&mut buffer[..most])?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= n as u64;
        Ok(n)
    }
}

impl Data<'_> {
    /// Goes to the next header.
    fn skip(mut self, padding: u64) -> io::Result<()> {
        self.left += padding;
        io::copy(&mut self, &mut io::sink()).map(|_| ())
    }
}

/// What of a block was there.
enum Block {
    Whole,
    Nothing,
}

fn block(from: &mut dyn Read, block: &mut [u8; BLOCK]) -> io::Result<Block> {
    let mut filled = 0;
    while filled < BLOCK {
        match from.read(&mut block[filled..]) {
            Ok(0) if filled == 0 => return Ok(Block::Nothing),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(Block::Whole)
}

/// Whether a block is the header of a member.
pub(super) fn is_header(bytes: &[u8]) -> bool {
    bytes.get(..BLOCK).is_some_and(|b| is_sound(Header::from_byte_slice(b)))
}

fn is_sound(header: &Header) -> bool {
    let sum = |field: u32, b: &u8| field + u32::from(*b);
    let bytes = header.as_bytes();
    let is = bytes[..148].iter().chain(&bytes[156..]).fold(8 * u32::from(b' '), sum);
    header.cksum().is_ok_and(|told| told == is)
}

/// Reads an archive to its end and shows each member.
pub(super) fn read<'a>(
    from: &mut dyn Read,
    account: &'a Account<'a>,
    visit: &mut dyn FnMut(Entry<'_>, &mut dyn Read) -> Result<(), Ended>,
) -> Result<(), Ended> {
    let broken = |name: Option<&[u8]>, e: &io::Error| account.broken(name, e);
    let mut header = Header::new_old();
    let mut ahead = Ahead::default();
    loop {
        match block(from, header.as_mut_bytes()).map_err(|e| broken(None, &e))? {
            Block::Whole => {}
            Block::Nothing => {
                return Err(account.end(ProblemKind::Truncated, None, "the archive has no end mark"));
            }
        }
        if header.as_bytes().iter().all(|b| *b == 0) {
            return end(from, account);
        }
        let header_name = header.path_bytes().into_owned();
        let shown = ahead.name.as_deref().unwrap_or(&header_name).to_vec();
        let bad = |what: &str| account.end(ProblemKind::Damaged, Some(&shown), what);
        if !is_sound(&header) {
            return Err(bad("the checksum of its header is wrong"));
        }
        let kind = header.entry_type();
        account.entry(&shown)?;
        let own = header.entry_size().map_err(|_| bad("its size is no number"))?;
        let (description, has_data) = (is_description(kind), has_data(kind));
        let size = if has_data { if description { own } else { ahead.size.unwrap_or(own) } } else { 0 };
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        if description {
            let mut data = Data { from, left: size };
            describe(kind, &mut data, account, &mut ahead).map_err(|e| broken(Some(&shown), &e))?;
            data.skip(padding).map_err(|e| broken(Some(&shown), &e))?;
            continue;
        }
        let said = std::mem::take(&mut ahead);
        let mut real = said.real_size.unwrap_or(size);
        let mut is_sparse = said.is_sparse;
        if kind == EntryType::GNUSparse {
            is_sparse = true;
            if let Some(gnu) = header.as_gnu() {
                real = gnu.real_size().map_err(|_| bad("its size is no number"))?;
                let mut more = gnu.is_extended();
                while more {
                    let mut map = [0; BLOCK];
                    match block(from, &mut map).map_err(|e| broken(Some(&shown), &e))? {
                        Block::Whole => more = map[504] != 0,
                        Block::Nothing => return Err(broken(Some(&shown), &io::ErrorKind::UnexpectedEof.into())),
                    }
                }
            }
        }
        // whoever writes an archive and has no owner in mind leaves the field blank, which tar reads as root
        let number = |said: Option<u64>, own: io::Result<u64>, field: &[u8]| {
            let own = if field.iter().all(|b| matches!(b, 0 | b' ')) { Ok(0) } else { own };
            let n = said.map_or(own, Ok).map_err(|_| bad("its owner is no number"))?;
            Ok(u32::try_from(n).unwrap_or(u32::MAX))
        };
        let mut data = Data { from, left: size };
        if !said.unknown
            && let Some(what) = what(kind, said.name.as_deref().unwrap_or(&header_name))
        {
            let target = said.target.or_else(|| header.link_name_bytes().map(|t| t.into_owned())).unwrap_or_default();
            let entry = Entry {
                name: said.name.as_deref().unwrap_or(&header_name),
                what,
                target: &target,
                size: if has_data { real } else { 0 },
                is_sparse,
                mode: header.mode().map_err(|_| bad("its mode is no number"))?,
                uid: number(said.uid, header.uid(), &header.as_old().uid)?,
                gid: number(said.gid, header.gid(), &header.as_old().gid)?,
            };
            visit(entry, &mut data)?;
        }
        data.skip(padding).map_err(|e| broken(Some(&shown), &e))?;
    }
}

/// What says more of the member behind it.
fn is_description(kind: EntryType) -> bool {
    matches!(kind, EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader)
        || kind.as_byte() == b'X'
}

/// Links, devices and directories have none, whatever their size says.
fn has_data(kind: EntryType) -> bool {
    !matches!(kind.as_byte(), b'1'..=b'6')
}

fn what(kind: EntryType, name: &[u8]) -> Option<What> {
    Some(match kind {
        EntryType::Directory => What::Directory,
        // older than types
        EntryType::Regular if name.ends_with(b"/") => What::Directory,
        EntryType::Link => What::HardLink,
        EntryType::Symlink => What::Link,
        EntryType::Char | EntryType::Block => What::Device,
        EntryType::Fifo => What::Other,
        _ => match kind.as_byte() {
            // a directory with its list, the name of a volume, the rest of a member of another volume
            b'D' => What::Directory,
            b'V' | b'M' | b'N' => return None,
            _ => What::File,
        },
    })
}

/// Reads what is said of the next member.
fn describe(kind: EntryType, data: &mut Data<'_>, account: &Account<'_>, ahead: &mut Ahead) -> io::Result<()> {
    let most = match kind {
        // of the archive as a whole: nothing that counts
        EntryType::XGlobalHeader => return Ok(()),
        EntryType::GNULongName | EntryType::GNULongLink => account.limits.path as u64 + 1,
        _ => DESCRIPTION,
    };
    if data.left > most {
        let what = format!("its name or description has {} bytes; {most} are read", data.left);
        account.tell(ProblemKind::LongName, ahead.name.as_deref(), what);
        ahead.unknown = true;
        return Ok(());
    }
    let mut text = Vec::new();
    data.read_to_end(&mut text)?;
    match kind {
        EntryType::GNULongName | EntryType::GNULongLink => {
            let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
            text.truncate(end);
            *(if kind == EntryType::GNULongName { &mut ahead.name } else { &mut ahead.target }) = Some(text);
        }
        _ => {
            if records(&text, ahead).is_none() {
                account.tell(
                    ProblemKind::Mismatch,
                    ahead.name.as_deref(),
                    "a pax record has another length than it says",
                );
                ahead.unknown = true;
            }
        }
    }
    Ok(())
}

/// `LENGTH KEY=VALUE\n`, where the length counts all of it; `None` when one does not.
fn records(mut text: &[u8], ahead: &mut Ahead) -> Option<()> {
    while !text.is_empty() {
        let space = text.iter().position(|b| *b == b' ')?;
        let length: usize = std::str::from_utf8(&text[..space]).ok()?.parse().ok()?;
        let (record, rest) = text.split_at_checked(length)?;
        text = rest;
        let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|b| *b == b'=')?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let number = || std::str::from_utf8(value).ok()?.parse::<u64>().ok();
        match key {
            b"path" if !ahead.is_sparse || ahead.name.is_none() => ahead.name = Some(value.to_vec()),
            b"linkpath" => ahead.target = Some(value.to_vec()),
            b"size" => ahead.size = Some(number()?),
            b"uid" => ahead.uid = Some(number()?),
            b"gid" => ahead.gid = Some(number()?),
            b"GNU.sparse.name" => {
                ahead.name = Some(value.to_vec());
                ahead.is_sparse = true;
            }
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                ahead.real_size = Some(number()?);
                ahead.is_sparse = true;
            }
            _ => {}
        }
    }
    Some(())
}

/// Behind the first block of zeros: one more, then nothing but zeros.
fn end(from: &mut dyn Read, account: &Account<'_>) -> Result<(), Ended> {
    let mut rest = [0; 8192];
    let (mut zeros, mut garbage) = (0_u64, false);
    loop {
        match from.read(&mut rest) {
            Ok(0) => break,
            Ok(n) => {
                zeros += n as u64;
                if !garbage && rest[..n].iter().any(|b| *b != 0) {
                    garbage = true;
                    account.tell(ProblemKind::Trailing, None, "bytes follow the end of the archive");
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(account.broken(None, &e)),
        }
    }
    if zeros < BLOCK as u64 {
        account.tell(ProblemKind::Truncated, None, "the end mark of the archive is cut off");
    }
    Ok(())
}
