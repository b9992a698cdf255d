//! The format tar, packed by gzip: one pass, because there is no directory to look at first.
//!
//! What is refused has been written in part by then, below a folder that is removed. Names of GNU and of POSIX
//! that do not fit a header are read; what else such a header may change, a size above all, is refused rather than
//! read another way than others would.

use super::path::EntryPath;
use super::{Entry, Kind, Root, Tree, Unpacked, Unpacking, mode_of};
use crate::inputs::reader::At;
use crate::inputs::{EntryFault, InputError};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use tar::{Archive, EntryType};

/// No name is longer, and neither is a header with a name in it.
const MAX_HEADER_BYTES: u64 = 64 * 1024;
/// How much of the archive is read at once.
const READ_BYTES: usize = 128 * 1024;
/// What an entry takes besides its bytes: its header, headers for a long name, and filling.
const ENTRY_BYTES: u64 = 4 * 512 + MAX_HEADER_BYTES;

/// A tar on its way into a folder.
pub(super) struct Tar<'a> {
    pub(super) unpacking: &'a Unpacking<'a>,
    pub(super) archive: &'a File,
    pub(super) root: Root,
}

/// What the headers before an entry say of it.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    /// Their kinds.
    seen: Vec<EntryType>,
    /// They say something that is not followed, or one thing twice.
    strange: bool,
}

impl Tar<'_> {
    /// Unpacks it.
    pub(super) fn run(&self) -> Result<Unpacked, InputError> {
        let unpacking = self.unpacking;
        let damaged =
            |source: io::Error| InputError::Damaged { url: unpacking.url.clone(), source: source.into() };
        let archive_bytes = self.archive.metadata().map_err(damaged)?.len();
        let limits = unpacking.limits;
        // Nothing that is not weighed below may go on for ever.
        let most = limits.max_unpacked_bytes.saturating_add(limits.max_entries as u64 * ENTRY_BYTES);
        // Whoever looked at the file before may have left it anywhere.
        let packed = BufReader::with_capacity(READ_BYTES, At::new(self.archive, archive_bytes));
        let mut tar = Archive::new(MultiGzDecoder::new(packed).take(most));
        let (mut tree, mut total, mut ahead) = (Tree::default(), Unpacked::default(), Ahead::default());
        for found in tar.entries().map_err(damaged)?.raw(true) {
            let mut found = found.map_err(damaged)?;
            if unpacking.cancel.is_cancelled() {
                return Err(InputError::Cancelled);
            }
            let header = found.header();
            // The oldest headers know of no such kinds, and readers differ in what they then take them for.
            let marked = header.as_gnu().is_some() || header.as_ustar().is_some();
            let kind = if marked { header.entry_type() } else { EntryType::Regular };
            if kind.is_gnu_longname() {
                let mut name = small(&mut found).map_err(damaged)?;
                // One ends it; what stands behind that is a part of the name to some readers.
                ahead.strange |= name.iter().rev().skip(1).any(|byte| *byte == 0);
                if name.last() == Some(&0) {
                    name.pop();
                }
                ahead.see(kind);
                ahead.name(name);
                continue;
            }
            if kind.is_pax_local_extensions() {
                ahead.see(kind);
            }
            if kind.is_pax_local_extensions() || kind.is_pax_global_extensions() {
                ahead.read(&small(&mut found).map_err(damaged)?, kind.is_pax_local_extensions());
                continue;
            }
            if kind.is_gnu_longlink() {
                ahead.see(kind);
                continue;
            }
            let ahead = std::mem::take(&mut ahead);
            let Some(entry) = self.check(&ahead, found.header())? else { continue };
            let before = tree.len();
            let refuse = |fault| unpacking.refuse(entry.path.as_str(), fault);
            let place = tree.claim(&entry).map_err(refuse)?;
            total.entries += 1;
            total.bytes = total.bytes.saturating_add(entry.bytes);
            unpacking.weigh(&tree, total, archive_bytes)?;
            unpacking.make_folders(&self.root, &tree, before)?;
            match entry.kind {
                Kind::File => unpacking.write(&self.root, &entry, found)?,
                // It was made for what lies below it, before its own entry came.
                Kind::Folder if place < before => self
                    .root
                    .set_mode(&entry.path, entry.mode)
                    .map_err(|source| self.root.disk(&entry.path, source))?,
                Kind::Folder => {}
            }
        }
        if !ahead.seen.is_empty() {
            return Err(damaged(io::ErrorKind::UnexpectedEof.into()));
        }
        // The checksum of the whole stands at its end.
        io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(damaged)?;
        Ok(total)
    }

    /// Whether one entry, taken by itself, may be written; none for the folder that all are in.
    fn check(&self, ahead: &Ahead, header: &tar::Header) -> Result<Option<Entry>, InputError> {
        let raw = ahead.name.clone().unwrap_or_else(|| header.path_bytes().into_owned());
        let name = String::from_utf8_lossy(&raw);
        let refuse = |fault| self.unpacking.refuse(&name, fault);
        let kind = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous => Kind::File,
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => return Err(refuse(EntryFault::Link)),
            EntryType::Link => return Err(refuse(EntryFault::HardLink)),
            _ => return Err(refuse(EntryFault::Special)),
        };
        let bytes = header.entry_size().map_err(|_| refuse(EntryFault::Damaged))?;
        let invalid = std::str::from_utf8(&raw).is_err();
        if ahead.strange || invalid || kind == Kind::Folder && bytes > 0 {
            return Err(refuse(EntryFault::Special));
        }
        if kind == Kind::Folder && matches!(raw.as_slice(), b"." | b"./") {
            return Ok(None);
        }
        let path = EntryPath::read(&name, self.unpacking.limits).map_err(refuse)?;
        if kind == Kind::File && name.ends_with('/') {
            return Err(refuse(EntryFault::Special));
        }
        let mode = mode_of(kind, header.mode().ok());
        Ok(Some(Entry { path, kind, mode, bytes }))
    }
}

impl Ahead {
    fn see(&mut self, kind: EntryType) {
        if self.seen.contains(&kind) {
            self.strange = true;
        } else {
            self.seen.push(kind);
        }
    }

    fn name(&mut self, name: Vec<u8>) {
        self.strange |= self.name.replace(name).is_some();
    }

    /// Reads the records of POSIX, `<length> <key>=<value>\n` each.
    fn read(&mut self, records: &[u8], local: bool) {
        for record in tar::PaxExtensions::new(records) {
            let Ok(record) = record else {
                self.strange = true;
                return;
            };
            match record.key_bytes() {
                b"path" if local => self.name(record.value_bytes().to_vec()),
                b"path" | b"size" => self.strange = true,
                key if key.starts_with(b"GNU.sparse") => self.strange = true,
                // Owners, times and comments.
                _ => {}
            }
        }
    }
}

/// A header that is a file of its own.
fn small(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_HEADER_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_HEADER_BYTES { Err(io::ErrorKind::InvalidData.into()) } else { Ok(bytes) }
}
