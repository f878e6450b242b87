//! The files of an .rpm: archives of cpio in its newest form, and the one of rpm's own whose members say only which file of
//! the header they are.

use super::account::{Account, Ended};
use super::problem::ProblemKind;
use std::io::{self, Read};

/// What the header of a member says.
pub(super) enum Header {
    /// the whole description
    Full(Member),
    /// the number of a file in the header of the package
    Stripped(u32),
}

/// The description of a member.
#[derive(Default)]
pub(super) struct Member {
    pub name: Vec<u8>,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub links: u32,
    pub size: u64,
    /// only its number was there; the header of the package says the rest
    pub is_stripped: bool,
}

/// Reads members, each with its data.
pub(super) struct Archive<'a, R> {
    from: R,
    account: &'a Account<'a>,
    /// bytes read, since members begin at multiples of four
    at: u64,
}

impl<'a, R: Read> Archive<'a, R> {
    pub(super) fn new(from: R, account: &'a Account<'a>) -> Self {
        Self { from, account, at: 0 }
    }

    fn bytes(&mut self, n: u64) -> Result<Vec<u8>, Ended> {
        let mut bytes = Vec::new();
        self.from.by_ref().take(n).read_to_end(&mut bytes).map_err(|e| self.account.broken(None, &e))?;
        self.at += bytes.len() as u64;
        if (bytes.len() as u64) < n {
            return Err(self.account.broken(None, &io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(bytes)
    }

    fn align(&mut self) -> Result<(), Ended> {
        self.bytes(self.at.wrapping_neg() % 4).map(|_| ())
    }

    /// The next header; `None` at the end of the archive.
    pub(super) fn next(&mut self) -> Result<Option<Header>, Ended> {
        self.align()?;
        let damaged = |account: &Account<'_>, what: &str| account.end(ProblemKind::Damaged, None, what);
        let magic = self.bytes(6)?;
        let numbers = match &magic[..] {
            b"070701" | b"070702" => 13,
            b"07070X" => 1,
            _ => return Err(damaged(self.account, "no header of cpio where one should be")),
        };
        let text = self.bytes(8 * numbers)?;
        let number = |i: usize| {
            let digits = std::str::from_utf8(&text[8 * i..8 * i + 8]).ok()?;
            // a sign is no digit
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let numbers: Option<Vec<u32>> = (0..numbers as usize).map(number).collect();
        let Some(numbers) = numbers else {
            return Err(damaged(self.account, "a header of cpio with something else than numbers"));
        };
        if let [index] = numbers[..] {
            self.align()?;
            return Ok(Some(Header::Stripped(index)));
        }
        let (size, length) = (numbers[6], numbers[11]);
        if length == 0 || length as usize > self.account.limits.path + 1 {
            let what = format!("a name of {length} bytes; {} are read", self.account.limits.path);
            return Err(self.account.end(ProblemKind::LongName, None, what));
        }
        let mut name = self.bytes(length.into())?;
        if name.pop() != Some(0) {
            return Err(damaged(self.account, "a name without its end"));
        }
        self.align()?;
        if name == b"TRAILER!!!" {
            return Ok(None);
        }
        Ok(Some(Header::Full(Member {
            name,
            mode: numbers[1],
            uid: numbers[2],
            gid: numbers[3],
            links: numbers[4],
            size: size.into(),
            is_stripped: false,
        })))
    }

    /// Shows the data of a member and passes over what is left of it.
    pub(super) fn data<T>(
        &mut self,
        name: &[u8],
        size: u64,
        read: impl FnOnce(&mut dyn Read) -> Result<T, Ended>,
    ) -> Result<T, Ended> {
        let mut data = self.from.by_ref().take(size);
        let out = read(&mut data)?;
        io::copy(&mut data, &mut io::sink()).map_err(|e| self.account.broken(Some(name), &e))?;
        if data.limit() > 0 {
            return Err(self.account.broken(Some(name), &io::ErrorKind::UnexpectedEof.into()));
        }
        self.at += size;
        Ok(out)
    }

    /// Behind the last member there is nothing but zeros.
    pub(super) fn end(mut self) -> Result<(), Ended> {
        let (mut rest, mut garbage) = ([0; 4096], false);
        loop {
            match self.from.read(&mut rest) {
                Ok(0) => return Ok(()),
                Ok(n) => {
                    if !garbage && rest[..n].iter().any(|b| *b != 0) {
                        garbage = true;
                        self.account.tell(ProblemKind::Trailing, None, "bytes follow the end of the archive");
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.account.broken(None, &e)),
            }
        }
    }
}
