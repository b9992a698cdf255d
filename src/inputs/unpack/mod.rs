//! An archive into a folder of its own, or nothing at all.
//!
//! ```text
//! zip ──▶ survey: every entry looked at, nothing written ──▶ folders ──▶ files, on all cores
//! tar ──▶ entry by entry: looked at, written
//! ```
//!
//! | part | what it sees to |
//! |---|---|
//! | [`path`] | one entry's path: relative, plain, short |
//! | [`tree`] | all paths together: no two for one place, bounded memory |
//! | [`root`] | the folder that is written to: nothing can be made outside of it |
//! | [`fill`] | a file gets exactly its bytes |
//! | [`zip`], [`tar`] | the formats |
//! | [`header`], [`content`] | an entry of a zip: its two headers, its data |
//!
//! Links are never made. After an error the folder may hold a part: whoever made it removes it.

mod content;
mod fill;
mod header;
mod path;
mod root;
mod tar;
mod tree;
mod zip;

use super::{EntryFault, InputError, Limits};
use path::EntryPath;
use root::Root;
use std::fs::File;
use std::path::Path;
use tokio_util::sync::CancellationToken;
use tree::Tree;
use url::Url;

/// Mode of a file that came without one.
pub(super) const FILE_MODE: u32 = 0o644;
/// Mode of a folder that came without one.
const FOLDER_MODE: u32 = 0o755;

/// An archive on its way into a folder.
pub(super) struct Unpacking<'a> {
    /// Where it came from, for messages.
    pub(super) url: &'a Url,
    /// What it may cost.
    pub(super) limits: &'a Limits,
    /// Looked at between any two chunks.
    pub(super) cancel: &'a CancellationToken,
}

/// What was unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// Number of entries, folders included.
    pub(super) entries: u64,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

/// An entry that may be written.
struct Entry {
    path: EntryPath,
    kind: Kind,
    mode: u32,
    bytes: u64,
}

impl Unpacking<'_> {
    /// Unpacks a zip into the empty folder `staging`.
    ///
    /// # Errors
    /// The archive errors of [`InputError`], [`InputError::Disk`] and [`InputError::Cancelled`].
    pub(super) fn zip(&self, archive: &File, staging: &Path) -> Result<Unpacked, InputError> {
        zip::Zip { unpacking: self, archive, root: Root::open(staging)? }.run()
    }

    /// Unpacks a tar packed by gzip into the empty folder `staging`.
    ///
    /// # Errors
    /// As [`Self::zip`].
    pub(super) fn tar(&self, archive: &File, staging: &Path) -> Result<Unpacked, InputError> {
        tar::Tar { unpacking: self, archive, root: Root::open(staging)? }.run()
    }

    /// Refuses what has too many entries, or comes to too many bytes, by itself or beside the archive's own.
    fn weigh(&self, tree: &Tree, total: Unpacked, archive_bytes: u64) -> Result<(), InputError> {
        let (limits, url) = (self.limits, || self.url.clone());
        let too_many = total.entries > limits.max_entries as u64 || tree.len() > limits.max_entries;
        if too_many || tree.name_bytes() > limits.max_name_bytes {
            let (limit, limit_bytes) = (limits.max_entries, limits.max_name_bytes);
            return Err(InputError::TooManyEntries { url: url(), limit, limit_bytes });
        }
        if total.bytes > limits.max_unpacked_bytes {
            return Err(InputError::UnpacksTooLarge { url: url(), limit_bytes: limits.max_unpacked_bytes });
        }
        if total.bytes > limits.ratio_free_bytes && total.bytes / archive_bytes.max(1) >= limits.max_ratio {
            return Err(InputError::Ratio { url: url(), limit: limits.max_ratio });
        }
        Ok(())
    }

    /// Makes the folders of `tree` from the given node on. The nodes above a node stand before it.
    fn make_folders(&self, root: &Root, tree: &Tree, from: usize) -> Result<(), InputError> {
        for (path, mode) in tree.folders(from) {
            self.made(root, &path, root.make_folder(&path, mode))?;
        }
        Ok(())
    }

    /// Every path is made once, so one that is there already means that the file system takes two for the same:
    /// by case, or by normalisation.
    fn made<T>(&self, root: &Root, path: &EntryPath, made: std::io::Result<T>) -> Result<T, InputError> {
        made.map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => self.refuse(path.as_str(), EntryFault::Twice),
            _ => root.disk(path, source),
        })
    }

    fn refuse(&self, name: &str, fault: EntryFault) -> InputError {
        InputError::Entry { url: self.url.clone(), entry: name.escape_debug().to_string().into(), fault }
    }
}

/// The mode that an entry gets: what was given without its special bits; none when nothing was. Its owner can
/// always read, write and enter, or the dapp could not use it and we could not remove it.
fn mode_of(kind: Kind, given: Option<u32>) -> u32 {
    let given = given.map(|mode| mode & 0o777).filter(|mode| *mode != 0);
    match kind {
        Kind::File => given.map_or(FILE_MODE, |mode| mode | 0o600),
        Kind::Folder => given.map_or(FOLDER_MODE, |mode| mode | 0o700),
    }
}
