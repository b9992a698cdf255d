//! A zip into a folder of its own, or nothing at all.
//!
//! Two passes over the archive's directory: the first looks at every entry and refuses, the second writes. Paths
//! are built component by component from checked names, files are made with `create_new`, links are never made,
//! so nothing can be written outside of the staging folder. Entries are streamed; what an entry says of its size
//! is a claim that the second pass checks.

use super::place::{FILE_MODE, set_mode};
use super::{EntryFault, InputError, Limits};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use tokio_util::sync::CancellationToken;
use url::Url;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// Mode of a folder that came without one.
const FOLDER_MODE: u32 = 0o755;
/// The part of a mode that says what kind of thing it is.
const KIND_MASK: u32 = 0o170_000;
/// Size of a local header, to which at least the name is added.
const LOCAL_HEADER_BYTES: u64 = 30;
const COPY_BUFFER_BYTES: usize = 128 * 1024;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    parts: Vec<String>,
    kind: Kind,
    mode: u32,
    bytes: u64,
}

impl Unpacking<'_> {
    /// Unpacks `archive` into the empty folder `staging`. After an error the folder may hold a part.
    ///
    /// # Errors
    /// The archive errors of [`InputError`], [`InputError::Disk`] and [`InputError::Cancelled`].
    pub(super) fn run(&self, archive: &File, staging: &Path) -> Result<Unpacked, InputError> {
        let archive_bytes = archive.metadata().map_err(|e| self.disk(staging, e))?.len();
        let mut zip = ZipIterable::try_new(archive, Config::default()).map_err(|e| self.damaged(e))?;
        let planned = self.survey(&mut zip, archive_bytes)?;
        self.write_all(&mut zip, archive, staging)?;
        Ok(planned)
    }

    /// The first pass: every entry is looked at, nothing is written.
    fn survey(&self, zip: &mut ZipIterable<&File>, archive_bytes: u64) -> Result<Unpacked, InputError> {
        let limits = self.limits;
        if zip.len() > limits.max_entries {
            return Err(InputError::TooManyEntries { url: self.url.clone(), limit: limits.max_entries });
        }
        let mut taken: HashMap<String, (Kind, bool)> = HashMap::new();
        let mut spans: Vec<(u64, u64, String)> = Vec::new();
        let mut total = Unpacked { entries: 0, bytes: 0 };
        for found in zip.files().map_err(|e| self.damaged(e))? {
            let found = found.map_err(|e| self.damaged(e))?;
            let entry = self.check(&found)?;
            self.claim(&mut taken, &entry)?;
            let start = found.header_start();
            let end = start
                .saturating_add(LOCAL_HEADER_BYTES + found.name_raw().len() as u64)
                .saturating_add(found.compressed_size());
            spans.push((start, end, entry.parts.join("/")));
            total.entries += 1;
            total.bytes = total.bytes.saturating_add(entry.bytes);
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if let [(_, end, _), (start, _, name)] = pair
                && end > start
            {
                return Err(self.entry(name, EntryFault::Overlaps));
            }
        }
        if total.bytes > limits.max_unpacked_bytes {
            let limit_bytes = limits.max_unpacked_bytes;
            return Err(InputError::UnpacksTooLarge { url: self.url.clone(), limit_bytes });
        }
        if total.bytes > limits.ratio_free_bytes && total.bytes / archive_bytes.max(1) >= limits.max_ratio {
            return Err(InputError::Ratio { url: self.url.clone(), limit: limits.max_ratio });
        }
        Ok(total)
    }

    /// Whether one entry, taken by itself, may be written.
    fn check(&self, found: &ZipFileEntry<'_>) -> Result<Entry, InputError> {
        let raw = String::from_utf8_lossy(found.name_raw()).into_owned();
        let name = found.name().map_err(|_| self.entry(&raw, EntryFault::Nameless))?;
        let refuse = |fault| self.entry(&name, fault);
        if found.encrypted() {
            return Err(refuse(EntryFault::Encrypted));
        }
        if !matches!(found.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(refuse(EntryFault::Method));
        }
        let parts = checked_parts(&name, self.limits).map_err(refuse)?;
        let mode = found.unix_mode();
        let slash = name.ends_with('/');
        let kind = match mode.unwrap_or(0) & KIND_MASK {
            0 if slash => Kind::Folder,
            0 | 0o100_000 if !slash => Kind::File,
            0o040_000 => Kind::Folder,
            0o120_000 => return Err(refuse(EntryFault::Link)),
            _ => return Err(refuse(EntryFault::Special)),
        };
        if kind == Kind::Folder && found.size() > 0 {
            return Err(refuse(EntryFault::Special));
        }
        // Its owner can always read, write and enter, or the dapp could not use it and we could not remove it.
        let mode = match (kind, mode) {
            (Kind::File, Some(mode)) if mode & 0o777 != 0 => (mode & 0o777) | 0o600,
            (Kind::File, _) => FILE_MODE,
            (Kind::Folder, Some(mode)) if mode & 0o777 != 0 => (mode & 0o777) | 0o700,
            (Kind::Folder, _) => FOLDER_MODE,
        };
        Ok(Entry { parts, kind, mode, bytes: found.size() })
    }

    /// Notes the entry's path and the folders above it; the flag tells a path that an entry of its own names.
    fn claim(&self, taken: &mut HashMap<String, (Kind, bool)>, entry: &Entry) -> Result<(), InputError> {
        let path = entry.parts.join("/");
        for (at, _) in path.match_indices('/') {
            let above = path.get(..at).unwrap_or_default();
            match taken.get(above) {
                Some((Kind::Folder, _)) => {}
                Some((Kind::File, _)) => return Err(self.entry(&path, EntryFault::Twice)),
                None => {
                    taken.insert(above.to_owned(), (Kind::Folder, false));
                }
            }
        }
        match taken.get(&path) {
            None => {}
            Some((Kind::Folder, false)) if entry.kind == Kind::Folder => {}
            Some(_) => return Err(self.entry(&path, EntryFault::Twice)),
        }
        taken.insert(path, (entry.kind, true));
        Ok(())
    }

    /// The second pass. The directory's reader and the entries' share one file offset, which is safe because both
    /// seek before they read.
    fn write_all(
        &self,
        zip: &mut ZipIterable<&File>,
        archive: &File,
        staging: &Path,
    ) -> Result<(), InputError> {
        let mut buffer = vec![0; COPY_BUFFER_BYTES];
        for found in zip.files().map_err(|e| self.damaged(e))? {
            let found = found.map_err(|e| self.damaged(e))?;
            let entry = self.check(&found)?;
            let path = self.make_folders(staging, &entry)?;
            if entry.kind == Kind::File {
                let mut bytes = archive;
                let name = entry.parts.join("/");
                let reader = found
                    .with_reader(&mut bytes, ZipReadOptions::new())
                    .map_err(|_| self.entry(&name, EntryFault::Damaged))?;
                self.write(reader, &path, &name, entry.bytes, &mut buffer)?;
            }
            set_mode(&path, entry.mode)?;
        }
        Ok(())
    }

    /// Makes the folders down to an entry, and the entry itself when it is one; returns its path.
    fn make_folders(&self, staging: &Path, entry: &Entry) -> Result<std::path::PathBuf, InputError> {
        let mut path = staging.to_path_buf();
        let mut left = entry.parts.len();
        for part in &entry.parts {
            path.push(part);
            left -= 1;
            if left == 0 && entry.kind == Kind::File {
                break;
            }
            match fs::create_dir(&path) {
                Ok(()) => set_mode(&path, FOLDER_MODE)?,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.disk(&path, error)),
            }
        }
        Ok(path)
    }

    fn write(
        &self,
        mut from: impl Read,
        to: &Path,
        name: &str,
        promised: u64,
        buffer: &mut [u8],
    ) -> Result<(), InputError> {
        let mut file = File::create_new(to).map_err(|e| self.disk(to, e))?;
        let mut written: u64 = 0;
        loop {
            if self.cancel.is_cancelled() {
                return Err(InputError::Cancelled);
            }
            let count = from.read(buffer).map_err(|_| self.entry(name, EntryFault::Damaged))?;
            written = written.saturating_add(count as u64);
            if written > promised {
                return Err(self.entry(name, EntryFault::Damaged));
            }
            if count == 0 {
                break;
            }
            let chunk = buffer.get(..count).unwrap_or_default();
            file.write_all(chunk).map_err(|e| self.disk(to, e))?;
        }
        if written == promised { Ok(()) } else { Err(self.entry(name, EntryFault::Damaged)) }
    }

    fn entry(&self, name: &str, fault: EntryFault) -> InputError {
        InputError::Entry { url: self.url.clone(), entry: name.escape_debug().to_string().into(), fault }
    }

    fn damaged(&self, source: ZipError) -> InputError {
        InputError::Damaged { url: self.url.clone(), source: source.into() }
    }

    fn disk(&self, path: &Path, source: std::io::Error) -> InputError {
        InputError::Disk { path: path.to_path_buf(), source }
    }
}

/// The components of an entry's path. `.` and doubled slashes say nothing and are dropped.
fn checked_parts(name: &str, limits: &Limits) -> Result<Vec<String>, EntryFault> {
    let mut letters = name.bytes();
    if name.starts_with('/') {
        return Err(EntryFault::Absolute);
    }
    if name.contains('\\') {
        return Err(EntryFault::Backslash);
    }
    if name.contains(char::is_control) {
        return Err(EntryFault::Control);
    }
    if letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.next() == Some(b':') {
        return Err(EntryFault::Drive);
    }
    let parts: Vec<String> =
        name.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
    if parts.iter().any(|part| part == "..") {
        return Err(EntryFault::Climbs);
    }
    if parts.is_empty() {
        return Err(EntryFault::Nameless);
    }
    let long = name.len() > limits.max_path_bytes
        || parts.len() > limits.max_depth
        || parts.iter().any(|part| part.len() > 255);
    if long { Err(EntryFault::Long) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_that_leave_or_trick_are_refused() {
        let limits = Limits::default();
        for (name, fault) in [
            ("/etc/passwd", EntryFault::Absolute),
            ("../x", EntryFault::Climbs),
            ("a/../../x", EntryFault::Climbs),
            ("a/..", EntryFault::Climbs),
            ("..\\x", EntryFault::Backslash),
            ("C:/x", EntryFault::Drive),
            ("c:x", EntryFault::Drive),
            ("a\0b", EntryFault::Control),
            ("a\nb", EntryFault::Control),
            ("", EntryFault::Nameless),
            ("./", EntryFault::Nameless),
        ] {
            assert_eq!(checked_parts(name, &limits), Err(fault), "{name:?}");
        }
        assert_eq!(checked_parts(&"x/".repeat(65), &limits), Err(EntryFault::Long));
        assert_eq!(checked_parts(&"x".repeat(256), &limits), Err(EntryFault::Long));
        assert_eq!(checked_parts("./a//b c/", &limits), Ok(vec!["a".into(), "b c".into()]));
    }

    proptest! {
        #[test]
        fn parts_are_plain_components(name in "[a-c./\\\\:\u{0}]{0,20}") {
            if let Ok(parts) = checked_parts(&name, &Limits::default()) {
                for part in parts {
                    let mut components = Path::new(&part).components();
                    prop_assert!(matches!(components.next(), Some(std::path::Component::Normal(_))));
                    prop_assert!(components.next().is_none());
                }
            }
        }
    }
}
