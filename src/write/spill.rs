//! Bytes that are written out later: a few are kept in memory, more in a file without a name.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// So many bytes are kept in memory.
const ROOM: usize = 3 << 19;

/// Bytes on their way.
#[derive(Debug, Default)]
pub struct Spill {
    memory: Vec<Vec<u8>>,
    /// how many bytes that are
    size: usize,
    /// what was written before that
    file: Option<File>,
    /// where a file may be; without such a place all is kept in memory
    home: Option<PathBuf>,
}

impl Spill {
    /// Into a file in this directory, if one can be made there.
    pub fn to(home: PathBuf) -> Self {
        Self { home: Some(home), ..Self::default() }
    }

    /// Writes all of it into `out`.
    ///
    /// # Errors
    /// Of the file and of the writer.
    pub fn pour(self, out: &mut impl Write) -> io::Result<()> {
        if let Some(mut file) = self.file {
            file.rewind()?;
            let mut buffer = vec![0; 1 << 16];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    n => out.write_all(&buffer[..n])?,
                }
            }
        }
        self.memory.iter().try_for_each(|piece| out.write_all(piece))
    }
}

impl Write for Spill {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.size + bytes.len() > ROOM {
            if self.file.is_none() {
                self.file = self.home.take().and_then(|home| nameless(&home));
            }
            if let Some(file) = &mut self.file {
                self.memory.drain(..).try_for_each(|piece| file.write_all(&piece))?;
                self.size = 0;
            }
        }
        self.memory.push(bytes.to_vec());
        self.size += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that nobody else can see and that is gone with the program (`O_TMPFILE`).
#[allow(clippy::disallowed_methods, reason = "the one place that writes")]
fn nameless(home: &Path) -> Option<File> {
    let flags = rustix::fs::OFlags::TMPFILE.bits() as i32;
    OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(flags).open(home).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for (home, in_file) in [("/tmp", true), ("/nowhere", false)] {
            let (mut spill, mut all) = (Spill::to(home.into()), Vec::new());
            for n in 0..40_u8 {
                let piece = vec![n; (1 << 19) + usize::from(n)];
                spill.write_all(&piece).unwrap();
                all.extend(piece);
            }
            assert_eq!(in_file, spill.size <= ROOM, "{}", spill.size);
            let mut out = Vec::new();
            spill.pour(&mut out).unwrap();
            assert!(out == all);
        }
        let mut out = Vec::new();
        Spill::default().pour(&mut out).unwrap();
        assert_eq!(out, b"");
    }
}
