//! What a step printed: a file that only grows, masked and bounded.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::mask::Mask;

/// A step's log.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    mask: Mask,
    /// Bytes that may still be written.
    room: u64,
    /// Bytes that were left out.
    left_out: u64,
}

impl Log {
    pub(crate) fn open(path: &Path, mask: Mask, room: u64) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self { file, mask, room, left_out: 0 })
    }

    /// Adds what was printed.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let safe = self.mask.push(bytes);
        self.write(&safe)
    }

    /// Adds what was held back, and says what was left out.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let rest = self.mask.finish();
        self.write(&rest)?;
        if self.left_out > 0 {
            writeln!(
                self.file,
                "\n[the log is full: {} bytes more were printed and are left out]",
                self.left_out
            )?;
        }
        self.file.sync_data()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let kept = usize::try_from(length.min(self.room)).unwrap_or(usize::MAX);
        let (kept, rest) = bytes.split_at_checked(kept).unwrap_or((bytes, &[]));
        self.file.write_all(kept)?;
        self.room = self.room.saturating_sub(length);
        self.left_out = self.left_out.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}
