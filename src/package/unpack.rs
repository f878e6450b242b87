//! What packages are compressed with: told by the first bytes, decoded as a stream, never with a larger window than the
//! limits give. Knows nothing of what is inside.

use super::account::{Account, Unpacked};
use super::problem::ProblemKind;
use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder, errors};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// A stream that was not unpacked.
pub(super) type Source<'a> = BufReader<Box<dyn Read + 'a>>;

/// So much is asked of the file at once.
const PIECE: usize = 64 << 10;

/// A stream with a buffer before it.
pub(super) fn source<'a>(from: impl Read + 'a) -> Source<'a> {
    BufReader::with_capacity(PIECE, Box::new(from))
}

/// The first bytes of a stream, and the stream with them.
pub(super) fn sniff<'a>(mut from: impl Read + 'a, most: u64) -> io::Result<(Vec<u8>, Source<'a>)> {
    let mut head = Vec::new();
    from.by_ref().take(most).read_to_end(&mut head)?;
    Ok((head.clone(), source(io::Cursor::new(head).chain(from))))
}

/// What a stream is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Lzma,
}

impl Packing {
    /// By its first bytes; [`Packing::Plain`] for anything that none of them begins with.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // the last byte of the magic number of a frame that is skipped may be any of sixteen
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            // no magic: the usual properties, a dictionary of whole pages, and a size that is one or is not known
            [0x5d, 0, 0, _, _, a, b, c, d, e, f, g, h, ..] => {
                let size = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
                if size == u64::MAX || size < 1 << 40 { Self::Lzma } else { Self::Plain }
            }
            _ => Self::Plain,
        }
    }

    /// As its files are called.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Xz => ".xz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
            Self::Lzma => ".lzma",
        }
    }
}

/// What a stream holds when it is unpacked, counted.
pub(super) fn unpack<'a>(
    from: Source<'a>,
    packing: Packing,
    account: &'a Account<'a>,
) -> io::Result<impl Read + use<'a>> {
    let decoder = Some(Decoder::new(from, packing, account.limits.window)?);
    Ok(Unpacked { from: Chain { decoder, packing, account }, account })
}

enum Decoder<'a> {
    Plain(Source<'a>),
    Gzip(Box<GzDecoder<Source<'a>>>),
    Xz(Box<XzReader<Source<'a>>>),
    Zstd(Box<Frame<'a>>),
    Bzip2(BzDecoder<Source<'a>>),
    Lzma(Box<LzmaReader<Source<'a>>>),
}

impl<'a> Decoder<'a> {
    fn new(from: Source<'a>, packing: Packing, window: u32) -> io::Result<Self> {
        // beside the window a decoder has some tables
        let kib = window / 1024 + 1024;
        Ok(match packing {
            Packing::Plain => Self::Plain(from),
            Packing::Gzip => Self::Gzip(Box::new(GzDecoder::new(from))),
            Packing::Xz => Self::Xz(Box::new(XzReader::new_mem_limit(from, false, kib))),
            Packing::Zstd => Self::Zstd(Box::new(Frame::new(from, window)?)),
            Packing::Bzip2 => Self::Bzip2(BzDecoder::new(from)),
            Packing::Lzma => Self::Lzma(Box::new(LzmaReader::new_mem_limit(from, kib, None)?)),
        })
    }

    fn into_inner(self) -> Source<'a> {
        match self {
            Self::Plain(from) => from,
            Self::Gzip(d) => d.into_inner(),
            Self::Xz(d) => d.into_inner(),
            Self::Zstd(d) => d.from,
            Self::Bzip2(d) => d.into_inner(),
            Self::Lzma(d) => d.into_inner(),
        }
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(from) => from.read(buffer),
            Self::Gzip(d) => d.read(buffer),
            Self::Xz(d) => d.read(buffer),
            Self::Zstd(d) => d.read(buffer),
            Self::Bzip2(d) => d.read(buffer),
            Self::Lzma(d) => d.read(buffer),
        }
    }
}

/// Several streams one behind the other are one, as all the programs have it.
struct Chain<'a> {
    /// nothing when all is read
    decoder: Option<Decoder<'a>>,
    packing: Packing,
    account: &'a Account<'a>,
}

impl Read for Chain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty()
            && let Some(decoder) = &mut self.decoder
        {
            let n = decoder.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            self.next()?;
        }
        Ok(0)
    }
}

impl Chain<'_> {
    /// The stream behind the one that ended.
    fn next(&mut self) -> io::Result<()> {
        let Some(mut from) = self.decoder.take().map(Decoder::into_inner) else { return Ok(()) };
        // xz pads with zeros, and tapes do
        loop {
            let left = from.fill_buf()?;
            let zeros = left.iter().take_while(|b| **b == 0).count();
            if zeros == 0 {
                break;
            }
            from.consume(zeros);
        }
        let head = from.buffer();
        if head.is_empty() {
            return Ok(());
        }
        if Packing::of(head) == self.packing && self.packing != Packing::Lzma {
            self.decoder = Some(Decoder::new(from, self.packing, self.account.limits.window)?);
            return Ok(());
        }
        self.account.tell(ProblemKind::Trailing, None, "bytes follow the end of what is compressed");
        Ok(())
    }
}

/// A frame of zstd, and those that are skipped before it.
struct Frame<'a> {
    from: Source<'a>,
    decoder: FrameDecoder,
    /// nothing but skipped frames was there
    empty: bool,
}

impl<'a> Frame<'a> {
    fn new(mut from: Source<'a>, window: u32) -> io::Result<Self> {
        use errors::{FrameDecoderError as E, ReadFrameHeaderError as H};
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(window.into());
        loop {
            match decoder.init(&mut from) {
                Ok(()) => return Ok(Self { from, decoder, empty: false }),
                Err(E::ReadFrameHeaderError(H::SkipFrame { length, .. })) => {
                    let skipped = io::copy(&mut (&mut from).take(length.into()), &mut io::sink())?;
                    if skipped < u64::from(length) {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    if from.fill_buf()?.is_empty() {
                        return Ok(Self { from, decoder, empty: true });
                    }
                }
                Err(e @ E::WindowSizeTooBig { .. }) => return Err(io::Error::new(ErrorKind::OutOfMemory, e)),
                Err(e) => return Err(zstd_error(&mut from, e)),
            }
        }
    }
}

/// The decoder hides whether the stream ended.
fn zstd_error(from: &mut Source<'_>, e: errors::FrameDecoderError) -> io::Error {
    match from.fill_buf() {
        Err(e) => e,
        Ok([]) => ErrorKind::UnexpectedEof.into(),
        Ok(_) => io::Error::new(ErrorKind::InvalidData, e),
    }
}

impl Read for Frame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.empty {
            return Ok(0);
        }
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let step = self.decoder.decode_blocks(&mut self.from, BlockDecodingStrategy::UptoBlocks(1));
            step.map_err(|e| zstd_error(&mut self.from, e))?;
        }
        let n = self.decoder.read(buffer)?;
        if n == 0
            && let Some(told) = self.decoder.get_checksum_from_data()
            && self.decoder.get_calculated_checksum().is_some_and(|is| is != told)
        {
            return Err(io::Error::new(ErrorKind::InvalidData, "the checksum of a frame is wrong"));
        }
        Ok(n)
    }
}
