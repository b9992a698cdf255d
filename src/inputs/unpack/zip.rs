//! The zip format: two passes over the directory at the archive's end.
//!
//! The first looks at every entry and refuses, the second writes. What an entry says of its size and its checksum
//! is a claim that the second pass checks. An entry whose own header says otherwise than the directory is
//! refused: a reader that goes by the one would see another archive than a reader that goes by the other.

use super::path::EntryPath;
use super::reader::At;
use super::{COPY_BUFFER_BYTES, Entry, Kind, Root, Tree, Unpacked, Unpacking, mode_of};
use crate::inputs::{EntryFault, InputError};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// The part of a mode that says what kind of thing it is.
const KIND_MASK: u32 = 0o170_000;
/// Size of a local header, to which at least the name is added.
const LOCAL_HEADER_BYTES: u64 = 30;
/// Size of an entry's header in the directory, up to its name.
const LISTED_HEADER_BYTES: usize = 46;
const ENCRYPTED_FLAG: u8 = 1;
const DESCRIPTOR_FLAG: u8 = 8;
/// More threads than this wait for the disk.
const MAX_THREADS: usize = 8;

/// A zip on its way into a folder.
pub(super) struct Zip<'a> {
    pub(super) unpacking: &'a Unpacking<'a>,
    pub(super) archive: &'a File,
    pub(super) root: Root,
}

/// What the threads of the second pass share.
struct Share {
    /// The next entry that nobody has taken.
    next: AtomicUsize,
    /// One of them failed: the others need not go on.
    failed: AtomicBool,
}

impl Zip<'_> {
    /// Unpacks it.
    pub(super) fn run(&self) -> Result<Unpacked, InputError> {
        let unpacking = self.unpacking;
        let source = |source| self.damaged(source);
        let archive_bytes = self.archive.metadata().map_err(|e| source(e.into()))?.len();
        let open =
            || ZipIterable::try_new(At::new(self.archive, archive_bytes), Config::default()).map_err(source);
        let mut first = open()?;
        let (tree, planned) = self.survey(&mut first, archive_bytes)?;
        unpacking.make_folders(&self.root, &tree, 0)?;
        drop(tree);

        let cores = thread::available_parallelism().map_or(1, usize::from);
        let share = Share { next: AtomicUsize::new(0), failed: AtomicBool::new(false) };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..cores.min(MAX_THREADS).min(first.len()))
                .map(|_| scope.spawn(|| self.write_share(&mut open()?, archive_bytes, &share)))
                .collect();
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

    /// The second pass: writes the files that no other thread has taken.
    fn write_share(
        &self,
        zip: &mut ZipIterable<At<'_>>,
        archive_bytes: u64,
        share: &Share,
    ) -> Result<(), InputError> {
        let done = self.write_files(zip, archive_bytes, share);
        if done.is_err() {
            share.failed.store(true, Ordering::Relaxed);
        }
        done
    }

    fn write_files(
        &self,
        zip: &mut ZipIterable<At<'_>>,
        archive_bytes: u64,
        share: &Share,
    ) -> Result<(), InputError> {
        let mut buffer = vec![0; COPY_BUFFER_BYTES];
        let mut bytes = At::new(self.archive, archive_bytes);
        let mut mine = share.next.fetch_add(1, Ordering::Relaxed);
        for (at, found) in zip.files().map_err(|e| self.damaged(e))?.enumerate() {
            let found = found.map_err(|e| self.damaged(e))?;
            if at < mine {
                continue;
            }
            if share.failed.load(Ordering::Relaxed) {
                return Ok(());
            }
            mine = share.next.fetch_add(1, Ordering::Relaxed);
            let entry = self.check(&found)?;
            let damaged = || self.unpacking.refuse(entry.path.as_str(), EntryFault::Damaged);
            if !headers_agree(&found, &mut bytes).map_err(|_| damaged())? {
                return Err(damaged());
            }
            if entry.kind == Kind::File {
                let options = ZipReadOptions::new();
                let reader = found.with_reader(&mut bytes, options).map_err(|_| damaged())?;
                self.unpacking.write(&self.root, &entry, reader, &mut buffer)?;
            }
        }
        Ok(())
    }

    fn damaged(&self, source: ZipError) -> InputError {
        InputError::Damaged { url: self.unpacking.url.clone(), source: source.into() }
    }
}

/// Whether an entry's own header says what the directory says of it. Sizes and checksum may be left to a descriptor
/// behind the data, and the sizes to a field of zip64: then nobody reads them in the header.
fn headers_agree(found: &ZipFileEntry<'_>, bytes: &mut At<'_>) -> io::Result<bool> {
    bytes.seek(SeekFrom::Start(found.header_start()))?;
    let mut own = [0; LOCAL_HEADER_BYTES as usize];
    bytes.read_exact(&mut own)?;
    let [b'P', b'K', 3, 4, _, _, flags, _, m0, m1, _, _, _, _, c0, c1, c2, c3, sizes @ .., n0, n1, _, _] =
        own
    else {
        return Ok(false);
    };
    let name = read_bytes(bytes, u16::from_le_bytes([n0, n1]))?;
    let method = match found.compression() {
        CompressionMethod::Deflated => 8,
        _ => 0,
    };
    let [p0, p1, p2, p3, s0, s1, s2, s3] = sizes;
    let fits = |told: [u8; 4], size: u64| match u32::from_le_bytes(told) {
        u32::MAX => true,
        told => u64::from(told) == size,
    };
    let measured = flags & DESCRIPTOR_FLAG != 0
        || u32::from_le_bytes([c0, c1, c2, c3]) == found.crc32()
            && fits([p0, p1, p2, p3], found.compressed_size())
            && fits([s0, s1, s2, s3], found.size());
    let same = flags & ENCRYPTED_FLAG == 0 && u16::from_le_bytes([m0, m1]) == method && measured;
    Ok(same && name == listed_name(found, bytes)?)
}

/// The name in the directory as it stands there: an extra field may have given the entry another one.
fn listed_name(found: &ZipFileEntry<'_>, bytes: &mut At<'_>) -> io::Result<Vec<u8>> {
    bytes.seek(SeekFrom::Start(found.central_header_start()))?;
    let mut listed = [0; LISTED_HEADER_BYTES];
    bytes.read_exact(&mut listed)?;
    let [.., n0, n1, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = listed;
    read_bytes(bytes, u16::from_le_bytes([n0, n1]))
}

fn read_bytes(from: &mut impl Read, count: u16) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(count)];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
