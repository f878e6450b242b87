//! What reading a package may cost, and what it has cost: every stream is counted here, and every problem is told here.

use super::problem::{Problem, ProblemKind, Weight, shown};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read};

/// How much of a package is looked at. What is beyond is left out and told.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// members of all archives in the file
    pub entries: usize,
    /// bytes of a path, or of what a link says
    pub path: usize,
    /// directories above a member
    pub depth: usize,
    /// bytes of one file whose content is kept
    pub kept_file: u64,
    /// bytes of all content that is kept
    pub kept: u64,
    /// bytes that are unpacked
    pub unpacked: u64,
    /// how many times larger it may become
    pub ratio: u64,
    /// bytes that the window of a decompressor may have
    pub window: u32,
    /// indexes of images within indexes
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 500_000,
            // PATH_MAX
            path: 4096,
            depth: 128,
            kept_file: 1 << 20,
            kept: 32 << 20,
            unpacked: 32 << 30,
            ratio: 250,
            // what xz -9 asks for, and zstd -21; dpkg and rpm ask for 8 MiB
            window: 64 << 20,
            nesting: 4,
        }
    }
}

/// Below this nothing is called a bomb: a file of zeros is packed a thousand times smaller.
const SMALL: u64 = 256 << 20;

/// So many problems of a sort are kept; the rest are counted.
const NAMED: usize = 20;

/// Reading ended, and what ended it is told.
#[derive(Debug)]
pub(super) struct Ended;

/// The account of reading one file.
pub(super) struct Account<'l> {
    pub limits: &'l Limits,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    entries: Cell<usize>,
    kept: Cell<u64>,
    /// the file itself came to its end
    dry: Cell<bool>,
    /// the limit that a stream ran into
    over: Cell<Option<ProblemKind>>,
    /// a limit ended all reading
    ended: Cell<bool>,
    /// the archive within the package that is read
    part: RefCell<Option<Box<str>>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'l> Account<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            packed: Cell::default(),
            unpacked: Cell::default(),
            entries: Cell::default(),
            kept: Cell::default(),
            dry: Cell::default(),
            over: Cell::default(),
            ended: Cell::default(),
            part: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// What was told so far.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.problems.borrow().clone()
    }

    /// The same, and forgets it.
    pub(super) fn take_problems(&self) -> Vec<Problem> {
        self.problems.take()
    }

    /// What is told meanwhile is about an archive within the package.
    pub(super) fn within<T>(&self, part: &str, read: impl FnOnce() -> T) -> T {
        let before = self.part.replace(Some(shown(part.as_bytes())));
        let out = read();
        self.part.replace(before);
        out
    }

    /// Whether a limit ended all reading.
    pub(super) fn is_over(&self) -> bool {
        self.ended.get()
    }

    /// Tells of a problem.
    pub(super) fn tell(&self, kind: ProblemKind, member: Option<&[u8]>, what: impl Into<Box<str>>) {
        let mut problems = self.problems.borrow_mut();
        let same = problems.iter().filter(|p| p.kind == kind).count();
        if same >= NAMED
            && let Some(last) = problems.iter_mut().rfind(|p| p.kind == kind)
        {
            last.times += 1;
            return;
        }
        let part = self.part.borrow().clone();
        problems.push(Problem { kind, part, member: member.map(shown), what: what.into(), times: 1 });
    }

    /// Tells of a problem that ends reading.
    pub(super) fn end(&self, kind: ProblemKind, member: Option<&[u8]>, what: impl Into<Box<str>>) -> Ended {
        self.tell(kind, member, what);
        if kind.weight() == Weight::Limit {
            self.ended.set(true);
        }
        Ended
    }

    /// Tells what an error of a stream means.
    pub(super) fn broken(&self, member: Option<&[u8]>, e: &io::Error) -> Ended {
        let limits = self.limits;
        if let Some(kind) = self.over.take() {
            let what = match kind {
                ProblemKind::Bomb => {
                    let (from, to) = (size(self.packed.get()), size(self.unpacked.get()));
                    format!("{from} became {to}, more than {} times as much", limits.ratio)
                }
                _ => format!("more than {} when unpacked", size(limits.unpacked)),
            };
            return self.end(kind, member, what);
        }
        match e.kind() {
            // what decoders for which a window is too large say
            ErrorKind::OutOfMemory => {
                let what = format!("unpacking it takes a window of more than {}", size(limits.window.into()));
                self.end(ProblemKind::Window, member, what)
            }
            ErrorKind::UnexpectedEof => self.end(ProblemKind::Truncated, member, "it ends in the middle"),
            // some decoders cannot tell the end of the file from a mistake in it
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other | ErrorKind::Unsupported => {
                if self.dry.get() && e.kind() != ErrorKind::Unsupported {
                    return self.end(ProblemKind::Truncated, member, "it ends in the middle");
                }
                self.end(ProblemKind::Damaged, member, format!("it is damaged: {}", shown(e.to_string().as_bytes())))
            }
            _ => self.end(ProblemKind::Unreadable, member, e.to_string()),
        }
    }

    /// One member more.
    pub(super) fn entry(&self, member: &[u8]) -> Result<(), Ended> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > self.limits.entries {
            return Err(self.end(
                ProblemKind::TooMany,
                Some(member),
                format!("more than {} members", self.limits.entries),
            ));
        }
        Ok(())
    }

    /// Whether so many bytes of a member may be kept; if not, that is told.
    pub(super) fn keep(&self, member: &[u8], bytes: u64) -> bool {
        let what = if bytes > self.limits.kept_file {
            format!("{} where at most {} are read", size(bytes), size(self.limits.kept_file))
        } else if self.kept.get() + bytes > self.limits.kept {
            format!("all that is read of the package would be more than {}", size(self.limits.kept))
        } else {
            self.kept.set(self.kept.get() + bytes);
            return true;
        };
        self.tell(ProblemKind::LargeFile, Some(member), what);
        false
    }

    /// Whether so many bytes may be kept that nobody misses.
    pub(super) fn keep_quietly(&self, bytes: u64) -> bool {
        let fits = self.kept.get() + bytes <= self.limits.kept;
        if fits {
            self.kept.set(self.kept.get() + bytes);
        }
        fits
    }

    fn unpack(&self, bytes: usize) -> io::Result<()> {
        let unpacked = self.unpacked.get() + bytes as u64;
        self.unpacked.set(unpacked);
        if unpacked > self.limits.unpacked {
            self.over.set(Some(ProblemKind::TooLarge));
        } else if unpacked > SMALL && unpacked / self.limits.ratio > self.packed.get() {
            self.over.set(Some(ProblemKind::Bomb));
        } else {
            return Ok(());
        }
        Err(io::Error::other("a limit"))
    }
}

/// `10.0 GiB`
pub(super) fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let step = (bytes.max(1).ilog2() / 10) as usize;
    match step {
        0 => format!("{bytes} bytes"),
        _ if bytes.is_multiple_of(1 << (10 * step)) => format!("{} {}", bytes >> (10 * step), units[step]),
        _ => format!("{:.1} {}", bytes as f64 / (1_u64 << (10 * step)) as f64, units[step]),
    }
}

/// The bytes of the file itself.
pub(super) struct Packed<'a, R> {
    pub from: R,
    pub account: &'a Account<'a>,
}

impl<R: Read> Read for Packed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.account.packed.set(self.account.packed.get() + n as u64);
        if n == 0 && !buffer.is_empty() {
            self.account.dry.set(true);
        }
        Ok(n)
    }
}

/// What comes out of a decompressor.
pub(super) struct Unpacked<'a, R> {
    pub from: R,
    pub account: &'a Account<'a>,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.account.unpack(n)?;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(
            [size(0), size(1023), size(1 << 20), size(10_800_000_000)],
            ["0 bytes", "1023 bytes", "1 MiB", "10.1 GiB"]
        );
    }
}
