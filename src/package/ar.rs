//! Archives of ar, as far as .deb files are ones: members with short names, one behind the other.

use super::account::{Account, Ended};
use super::problem::ProblemKind;
use std::io::{self, Read};

/// What every archive begins with.
pub(super) const MAGIC: &[u8] = b"!<arch>\n";

/// A stream of members; the magic is already read.
pub(super) struct Members<'a, R> {
    pub from: R,
    pub account: &'a Account<'a>,
}

impl<R: Read> Members<'_, R> {
    /// Shows each member, until `visit` says that it has seen enough.
    pub(super) fn each(
        &mut self,
        visit: &mut dyn FnMut(&str, &mut dyn Read) -> Result<bool, Ended>,
    ) -> Result<(), Ended> {
        let account = self.account;
        loop {
            let mut header = Vec::with_capacity(60);
            self.from.by_ref().take(60).read_to_end(&mut header).map_err(|e| account.broken(None, &e))?;
            if header.is_empty() {
                return Ok(());
            }
            if header.len() < 60 {
                return Err(account.broken(None, &io::ErrorKind::UnexpectedEof.into()));
            }
            let text = |range: std::ops::Range<usize>| std::str::from_utf8(&header[range]).ok().map(str::trim_end);
            let field = (text(0..16), text(48..58).and_then(|t| t.parse::<u64>().ok()), &header[58..60]);
            let (Some(name), Some(size), b"`\n") = field else {
                return Err(account.end(ProblemKind::Damaged, None, "the header of a member of ar is damaged"));
            };
            account.entry(name.as_bytes())?;
            if name.starts_with("#1/") || name.starts_with('/') {
                let what = "a long name as GNU or BSD write it; dpkg reads none";
                return Err(account.end(ProblemKind::Damaged, Some(name.as_bytes()), what));
            }
            let name = name.strip_suffix('/').unwrap_or(name);
            let mut data = self.from.by_ref().take(size);
            let more = visit(name, &mut data)?;
            let skipped = io::copy(&mut data, &mut io::sink());
            skipped.map_err(|e| account.broken(Some(name.as_bytes()), &e))?;
            if data.limit() > 0 || size % 2 == 1 && !self.pad(name)? {
                return Err(account.broken(Some(name.as_bytes()), &io::ErrorKind::UnexpectedEof.into()));
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Members begin at even places.
    fn pad(&mut self, name: &str) -> Result<bool, Ended> {
        let read = io::copy(&mut self.from.by_ref().take(1), &mut io::sink());
        read.map(|n| n == 1).map_err(|e| self.account.broken(Some(name.as_bytes()), &e))
    }
}
