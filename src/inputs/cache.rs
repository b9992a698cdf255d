//! What was downloaded before, by its checksum.
//!
//! Only an input that was promised a sha-256 is kept and found here, so a stranger's bytes are never served for
//! another's URL: whoever asks for a checksum gets what has it, wherever it came from, and it is hashed again each
//! time. Files are named by their checksum; what was used longest ago goes when the room is needed. A cache that
//! cannot be read or written costs time and never a task, so its own failures are not told.

use super::InputError;
use super::checksum::Checksum;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of files by checksum. Several processes may share it.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    max_bytes: u64,
}

impl Cache {
    /// A cache in `folder`, which is made when it is needed.
    pub(super) fn new(folder: PathBuf, max_bytes: u64) -> Self {
        Self { folder, max_bytes }
    }

    /// Copies the file with this checksum to `to`, and tells whether there was one.
    ///
    /// # Errors
    /// [`InputError::Disk`] when `to` cannot be written.
    pub(super) fn take(&self, sum: Checksum, to: &Path) -> Result<bool, InputError> {
        let kept = self.place(sum);
        let Ok(mut from) = File::open(&kept) else { return Ok(false) };
        let disk = |source| InputError::Disk { path: to.to_path_buf(), source };
        let mut copy = File::create(to).map_err(disk)?;
        if Checksum::of(&mut from, &mut copy).map_err(disk)? != sum {
            // It was changed on the disk. The copy is written over by the download.
            let _ = fs::remove_file(&kept);
            return Ok(false);
        }
        let _ = used(&from);
        Ok(true)
    }

    /// Keeps a copy of `file`, which has this checksum.
    pub(super) fn keep(&self, sum: Checksum, file: &Path) {
        let _ = self.try_keep(sum, file);
    }

    fn try_keep(&self, sum: Checksum, file: &Path) -> io::Result<()> {
        let bytes = fs::metadata(file)?.len();
        if bytes > self.max_bytes {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        self.make_room(bytes)?;
        // Under another name until it is whole. One that a kill leaves is the oldest of all some day.
        let copy = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::copy(file, copy.path())?;
        used(copy.as_file())?;
        copy.persist(self.place(sum))?;
        Ok(())
    }

    /// Removes what was used longest ago until so many bytes fit.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        let mut kept: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // Another process may have removed it.
            let Ok(file) = entry.metadata() else { continue };
            kept.push((file.modified()?, file.len(), entry.path()));
        }
        kept.sort_unstable();
        let mut sum: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, freed, path) in kept {
            if sum.saturating_add(bytes) <= self.max_bytes {
                break;
            }
            if fs::remove_file(path).is_ok() {
                sum -= freed;
            }
        }
        Ok(())
    }

    fn place(&self, sum: Checksum) -> PathBuf {
        self.folder.join(sum.to_string())
    }
}

/// The time of the last change serves as that of the last use.
fn used(file: &File) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    Ok(futimens(file, &Timestamps { last_access: now, last_modification: now })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(max_bytes: u64, texts: &[&str]) -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("cache"), max_bytes);
        for (age, text) in texts.iter().enumerate() {
            let file = dir.path().join("file");
            fs::write(&file, text).unwrap();
            cache.keep(sum(text), &file);
            // The clock of a file system is coarse: the ages are set.
            let day = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(86_400 * age as u64);
            if let Ok(kept) = File::options().append(true).open(cache.place(sum(text))) {
                kept.set_modified(day).unwrap();
            }
        }
        (dir, cache)
    }

    fn sum(text: &str) -> Checksum {
        Checksum::of(&mut text.as_bytes(), &mut io::sink()).unwrap()
    }

    #[test]
    fn what_is_kept_is_found_by_its_checksum_alone() {
        let (dir, cache) = filled(100, &["hello"]);
        let to = dir.path().join("to");
        assert!(cache.take(sum("hello"), &to).unwrap());
        assert_eq!(fs::read(&to).unwrap(), b"hello");
        assert!(!cache.take(sum("other"), &to).unwrap());
    }

    #[test]
    fn what_was_changed_on_the_disk_is_removed_and_not_served() {
        let (dir, cache) = filled(100, &["hello"]);
        fs::write(cache.place(sum("hello")), "evil!").unwrap();
        assert!(!cache.take(sum("hello"), &dir.path().join("to")).unwrap());
        assert!(!cache.place(sum("hello")).exists());
    }

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let (dir, cache) = filled(10, &["aaaa", "bbbb"]);
        assert!(cache.take(sum("aaaa"), &dir.path().join("to")).unwrap());
        fs::write(dir.path().join("file"), "cccc").unwrap();
        cache.keep(sum("cccc"), &dir.path().join("file"));
        let there = ["aaaa", "bbbb", "cccc"].map(|text| cache.place(sum(text)).exists());
        assert_eq!(there, [true, false, true]);
    }

    #[test]
    fn what_is_larger_than_the_cache_is_not_kept_and_removes_nothing() {
        let (dir, cache) = filled(10, &["aaaa"]);
        fs::write(dir.path().join("file"), "x".repeat(11)).unwrap();
        cache.keep(sum(&"x".repeat(11)), &dir.path().join("file"));
        assert!(cache.place(sum("aaaa")).exists());
        assert_eq!(fs::read_dir(dir.path().join("cache")).unwrap().count(), 1);
    }
}
