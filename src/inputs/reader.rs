//! Reads a file at its own place, so that several threads share one open file.
//!
//! A small window is kept, because a zip's directory and headers are read a few bytes at a time, here and there:
//! the standard buffer throws away what it has at each seek. Large reads go past it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

const WINDOW_BYTES: usize = 32 * 1024;

/// A reader of its own over a shared file of known length.
pub(super) struct At<'a> {
    file: &'a File,
    len: u64,
    at: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl<'a> At<'a> {
    pub(super) fn new(file: &'a File, len: u64) -> Self {
        Self { file, len, at: 0, window: Vec::new(), window_at: 0 }
    }

    /// What the window has from here on.
    fn in_window(&self) -> Option<&[u8]> {
        let skip = usize::try_from(self.at.checked_sub(self.window_at)?).ok()?;
        self.window.get(skip..).filter(|rest| !rest.is_empty())
    }
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.in_window().is_none() {
            if buffer.len() >= WINDOW_BYTES {
                let count = self.file.read_at(buffer, self.at)?;
                self.at += count as u64;
                return Ok(count);
            }
            self.window.resize(WINDOW_BYTES, 0);
            let read = self.file.read_at(&mut self.window, self.at);
            self.window.truncate(*read.as_ref().unwrap_or(&0));
            self.window_at = self.at;
            read?;
        }
        let Some(rest) = self.in_window() else { return Ok(0) };
        let count = rest.len().min(buffer.len());
        let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for At<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};

    proptest! {
        /// The standard cursor over the same bytes is the model.
        #[test]
        fn it_reads_what_a_cursor_reads(
            len in 0_usize..100_000,
            steps in prop::collection::vec((0_u64..110_000, 0_usize..70_000), 1..12),
        ) {
            let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let (mut at, mut model) = (At::new(&file, len as u64), Cursor::new(&bytes));
            for (place, count) in steps {
                at.seek(SeekFrom::Start(place)).unwrap();
                model.seek(SeekFrom::Start(place)).unwrap();
                let (mut found, mut wanted) = (Vec::new(), Vec::new());
                (&mut at).take(count as u64).read_to_end(&mut found).unwrap();
                (&mut model).take(count as u64).read_to_end(&mut wanted).unwrap();
                prop_assert_eq!(found, wanted);
                prop_assert_eq!(at.stream_position().unwrap(), model.position());
            }
        }
    }
}
