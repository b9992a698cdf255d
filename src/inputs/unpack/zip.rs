//! The zip format: two passes over the directory at the archive's end.
//!
//! The first looks at every entry and refuses, the second writes. What an entry says of its size and its checksum
//! is a claim that the second pass checks. An entry whose own header says otherwise than the directory is
//! refused: a reader that goes by the one would see another archive than a reader that goes by the other.

use super::content::{self, Whole};
use super::header::{self, LOCAL_HEADER_BYTES};
use super::path::EntryPath;
use super::{Entry, Kind, Root, Tree, Unpacked, Unpacking, mode_of};
use crate::inputs::reader::At;
use crate::inputs::{EntryFault, InputError};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::result::{ZipError, ZipResult};
use zip::unstable::read::{ZipIterable, ZipIterableFiles};

/// The part of a mode that says what kind of thing it is.
const KIND_MASK: u32 = 0o170_000;
/// How many entries a thread takes at once, and how many bytes of them.
const BATCH_ENTRIES: usize = 64;
const BATCH_BYTES: u64 = 256 * 1024;
/// More threads than this wait for the disk.
const MAX_THREADS: usize = 8;

/// A zip on its way into a folder.
pub(super) struct Zip<'a> {
    pub(super) unpacking: &'a Unpacking<'a>,
    pub(super) archive: &'a File,
    pub(super) root: Root,
}

/// What the threads of the second pass share.
struct Share<'a, 'f> {
    /// The entries that nobody has taken.
    entries: Mutex<&'a mut ZipIterableFiles<At<'f>>>,
    /// One of them failed: the others need not go on.
    failed: AtomicBool,
}

impl Share<'_, '_> {
    /// The next entries, neighbours as a rule: so few and so short that no thread is left with much at the end.
    fn take(&self) -> ZipResult<Vec<ZipFileEntry<'static>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut batch, mut bytes) = (Vec::new(), 0_u64);
        while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
            let Some(entry) = entries.next().transpose()? else { break };
            bytes = bytes.saturating_add(entry.size());
            batch.push(entry);
        }
        Ok(batch)
    }
}

impl Zip<'_> {
    /// Unpacks it.
    pub(super) fn run(&self) -> Result<Unpacked, InputError> {
        let unpacking = self.unpacking;
        let source = |source| self.damaged(source);
        let archive_bytes = self.archive.metadata().map_err(|e| source(e.into()))?.len();
        let listed = At::new(self.archive, archive_bytes);
        let mut zip = ZipIterable::try_new(listed, Config::default()).map_err(source)?;
        let (tree, planned) = self.survey(&mut zip, archive_bytes)?;
        unpacking.make_folders(&self.root, &tree, 0)?;
        drop(tree);

        let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(zip.len());
        let share =
            Share { entries: Mutex::new(zip.files().map_err(source)?), failed: AtomicBool::new(false) };
        thread::scope(|scope| {
            let work = || {
                let done = self.write_share(archive_bytes, &share);
                if done.is_err() {
                    share.failed.store(true, Ordering::Relaxed);
                }
                done
            };
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let ends = threads.into_iter().map(|thread| match thread.join() {
                Ok(end) => end,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            ends.collect::<Vec<_>>().into_iter().collect::<Result<(), InputError>>()
        })?;
        Ok(planned)
    }

    /// The first pass: every entry is looked at, nothing is written.
    fn survey(
        &self,
        zip: &mut ZipIterable<At<'_>>,
        archive_bytes: u64,
    ) -> Result<(Tree, Unpacked), InputError> {
        let unpacking = self.unpacking;
        let (mut tree, mut total) = (Tree::default(), Unpacked::default());
        let mut spans: Vec<(u64, u64, usize)> = Vec::new();
        for found in zip.files().map_err(|e| self.damaged(e))? {
            let found = found.map_err(|e| self.damaged(e))?;
            if unpacking.cancel.is_cancelled() {
                return Err(InputError::Cancelled);
            }
            let entry = self.check(&found)?;
            let place = tree.claim(&entry).map_err(|fault| unpacking.refuse(entry.path.as_str(), fault))?;
            total.entries += 1;
            total.bytes = total.bytes.saturating_add(entry.bytes);
            unpacking.weigh(&tree, total, archive_bytes)?;
            let start = found.header_start();
            let end = start
                .saturating_add(LOCAL_HEADER_BYTES + found.name_raw().len() as u64)
                .saturating_add(found.compressed_size());
            spans.push((start, end, place));
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if let [(_, end, _), (start, _, place)] = pair
                && end > start
            {
                let name = tree.path(*place);
                let name = name.as_ref().map_or("", EntryPath::as_str);
                return Err(unpacking.refuse(name, EntryFault::Overlaps));
            }
        }
        Ok((tree, total))
    }

    /// Whether one entry, taken by itself, may be written.
    fn check(&self, found: &ZipFileEntry<'_>) -> Result<Entry, InputError> {
        let raw = String::from_utf8_lossy(found.name_raw());
        let name = found.name().map_err(|_| self.unpacking.refuse(&raw, EntryFault::Nameless))?;
        let refuse = |fault| self.unpacking.refuse(&name, fault);
        if found.encrypted() {
            return Err(refuse(EntryFault::Encrypted));
        }
        if !matches!(found.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(refuse(EntryFault::Method));
        }
        let path = EntryPath::read(&name, self.unpacking.limits).map_err(refuse)?;
        let slash = name.ends_with('/');
        let kind = match found.unix_mode().unwrap_or(0) & KIND_MASK {
            0 if slash => Kind::Folder,
            0 | 0o100_000 if !slash => Kind::File,
            0o040_000 => Kind::Folder,
            0o120_000 => return Err(refuse(EntryFault::Link)),
            _ => return Err(refuse(EntryFault::Special)),
        };
        if kind == Kind::Folder && found.size() > 0 {
            return Err(refuse(EntryFault::Special));
        }
        Ok(Entry { path, kind, mode: mode_of(kind, found.unix_mode()), bytes: found.size() })
    }

    /// The second pass: writes the entries that no other thread has taken.
    fn write_share(&self, archive_bytes: u64, share: &Share<'_, '_>) -> Result<(), InputError> {
        let (mut own, mut directory) =
            (At::new(self.archive, archive_bytes), At::new(self.archive, archive_bytes));
        let mut whole = Whole::new();
        loop {
            let batch = share.take().map_err(|e| self.damaged(e))?;
            if batch.is_empty() {
                return Ok(());
            }
            for found in batch {
                if share.failed.load(Ordering::Relaxed) {
                    return Ok(());
                }
                self.write_entry(&found, &mut own, &mut directory, &mut whole)?;
            }
        }
    }

    fn write_entry(
        &self,
        found: &ZipFileEntry<'_>,
        own: &mut At<'_>,
        directory: &mut At<'_>,
        whole: &mut Whole,
    ) -> Result<(), InputError> {
        if self.unpacking.cancel.is_cancelled() {
            return Err(InputError::Cancelled);
        }
        let entry = self.check(found)?;
        let damaged = |_| self.unpacking.refuse(entry.path.as_str(), EntryFault::Damaged);
        let start = header::data_start(found, own, directory).map_err(damaged)?;
        let start = start.ok_or_else(|| damaged(io::ErrorKind::InvalidData.into()))?;
        if entry.kind == Kind::Folder {
            return Ok(());
        }
        match whole.read(found, start, own).map_err(damaged)? {
            Some(content) => self.unpacking.write_whole(&self.root, &entry, content),
            None => {
                let stream = content::stream(found, start, own).map_err(damaged)?;
                self.unpacking.write(&self.root, &entry, stream)
            }
        }
    }

    fn damaged(&self, source: ZipError) -> InputError {
        InputError::Damaged { url: self.unpacking.url.clone(), source: source.into() }
    }
}
