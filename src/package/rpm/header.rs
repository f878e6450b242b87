//! The headers of an .rpm: tags with values, as they are stored. Knows no tag.

use super::super::account::{Account, Ended, size};
use super::super::problem::ProblemKind;
use std::collections::BTreeMap;
use std::io::{self, Read};

const MAGIC: &[u8] = &[0x8e, 0xad, 0xe8, 1];

/// rpm takes more; the largest packages of distributions need a tenth of this.
const LARGEST: u32 = 32 << 20;
const MOST_TAGS: u32 = 4096;

/// Where a value is.
#[derive(Clone, Copy)]
struct Place {
    kind: u32,
    offset: usize,
    count: usize,
}

/// Tags and their values.
pub(super) struct Header {
    tags: BTreeMap<u32, Place>,
    store: Vec<u8>,
    /// how long it was
    pub length: u64,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl Header {
    pub(super) fn read(from: &mut dyn Read, account: &Account<'_>) -> Result<Self, Ended> {
        let damaged = |what: &str| account.end(ProblemKind::Damaged, None, what);
        let mut exact = |n: u32| {
            let mut bytes = Vec::new();
            let read = from.take(n.into()).read_to_end(&mut bytes);
            match read {
                Ok(read) if read as u64 == u64::from(n) => Ok(bytes),
                Ok(_) => Err(account.broken(None, &io::ErrorKind::UnexpectedEof.into())),
                Err(e) => Err(account.broken(None, &e)),
            }
        };
        let intro = exact(16)?;
        let (true, Some(tags), Some(bytes)) = (intro.starts_with(MAGIC), word(&intro, 8), word(&intro, 12)) else {
            return Err(damaged("no header of rpm where one should be"));
        };
        if tags > MOST_TAGS || bytes > LARGEST {
            let what = format!(
                "a header with {tags} tags and {}; at most {MOST_TAGS} and {} are read",
                size(bytes.into()),
                size(LARGEST.into())
            );
            return Err(account.end(ProblemKind::LargeFile, None, what));
        }
        let index = exact(16 * tags)?;
        let store = exact(bytes)?;
        let mut places = BTreeMap::new();
        for entry in index.chunks_exact(16) {
            let field = |i: usize| word(entry, 4 * i).unwrap_or_default();
            let place = Place { kind: field(1), offset: field(2) as usize, count: field(3) as usize };
            if place.offset > store.len() {
                return Err(damaged("a value of the header lies outside of it"));
            }
            places.insert(field(0), place);
        }
        Ok(Self { tags: places, store, length: 16 + 16 * u64::from(tags) + u64::from(bytes) })
    }

    /// The texts of a tag, one or many.
    pub(super) fn texts(&self, tag: u32) -> impl Iterator<Item = &[u8]> {
        let place = self.tags.get(&tag).filter(|p| matches!(p.kind, 6 | 8 | 9));
        let mut rest = place.map_or(&[][..], |p| &self.store[p.offset..]);
        let most = place.map_or(0, |p| if p.kind == 6 { 1 } else { p.count });
        std::iter::from_fn(move || {
            let end = rest.iter().position(|b| *b == 0)?;
            let text = &rest[..end];
            rest = &rest[end + 1..];
            Some(text)
        })
        .take(most)
    }

    /// The text of a tag.
    pub(super) fn text(&self, tag: u32) -> Option<Box<str>> {
        self.texts(tag).next().map(|t| String::from_utf8_lossy(t).into())
    }

    /// The numbers of a tag, whatever their size.
    pub(super) fn numbers(&self, tag: u32) -> Vec<u64> {
        let Some(place) = self.tags.get(&tag) else { return Vec::new() };
        let width = match place.kind {
            1 | 2 => 1,
            3 => 2,
            4 => 4,
            5 => 8,
            _ => return Vec::new(),
        };
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n: u64, b| n << 8 | u64::from(*b));
        self.store[place.offset..].chunks_exact(width).take(place.count).map(number).collect()
    }

    pub(super) fn has(&self, tag: u32) -> bool {
        self.tags.contains_key(&tag)
    }
}
