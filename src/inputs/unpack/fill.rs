//! Fills an entry's file with exactly the bytes that the archive promised. Who makes the bytes writes them too: they are in
//! the nearest caches of the processor then, and another thread would have to fetch them from there.

use super::{Entry, Root, Unpacking};
use crate::inputs::{EntryFault, InputError};
use std::fs::File;
use std::io::{Read, Write};

/// How much is made before it is written.
const PIECE_BYTES: usize = 128 * 1024;

impl Unpacking<'_> {
    /// Makes an entry's file and fills it with `content`, which is whole.
    pub(super) fn write_whole(&self, root: &Root, entry: &Entry, content: &[u8]) -> Result<(), InputError> {
        self.make(root, entry)?.write_all(content).map_err(|source| root.disk(&entry.path, source))
    }

    /// Makes an entry's file and fills it from `from`.
    pub(super) fn write(&self, root: &Root, entry: &Entry, mut from: impl Read) -> Result<(), InputError> {
        let damaged = || self.refuse(entry.path.as_str(), EntryFault::Damaged);
        let mut file = self.make(root, entry)?;
        // A byte more than promised, so that a short file and what is longer both show at once.
        let piece = usize::try_from(entry.bytes).map_or(PIECE_BYTES, |bytes| bytes.min(PIECE_BYTES - 1) + 1);
        let mut buffer = vec![0; piece];
        let mut written: u64 = 0;
        loop {
            if self.cancel.is_cancelled() {
                return Err(InputError::Cancelled);
            }
            let count = from.read(&mut buffer).map_err(|_| damaged())?;
            written = written.saturating_add(count as u64);
            if written > entry.bytes {
                return Err(damaged());
            }
            if count == 0 {
                break;
            }
            let chunk = buffer.get(..count).unwrap_or_default();
            file.write_all(chunk).map_err(|source| root.disk(&entry.path, source))?;
        }
        if written == entry.bytes { Ok(()) } else { Err(damaged()) }
    }

    fn make(&self, root: &Root, entry: &Entry) -> Result<File, InputError> {
        self.made(root, &entry.path, root.make_file(&entry.path, entry.mode))
    }
}
