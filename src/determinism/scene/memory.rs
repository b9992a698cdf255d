//! A folder in memory, where a folder lists its files by their age and not by a hash of their names.

use crate::container::clear_area;
use crate::dapp::WorkArea;
use rustix::fs::{FsWord, statfs};
use std::path::{Path, PathBuf};

const PLACE: &str = "/dev/shm";
/// The kernel's name for a file system in memory, see statfs(2).
const IN_MEMORY: FsWord = 0x0102_1994;

/// A folder in memory, removed with all that is in it.
#[derive(Debug)]
pub(super) struct Memory(PathBuf);

impl Memory {
    /// Makes one; none where this host has no such place for us.
    pub(super) fn new() -> Option<Self> {
        let place = statfs(PLACE).ok().filter(|found| found.f_type == IN_MEMORY);
        place?;
        let made = tempfile::Builder::new().prefix("poco-check-").tempdir_in(PLACE).ok()?;
        Some(Self(made.keep()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // What dapps left may be closed to whoever walks it by names.
        if let Err(error) = clear_area(&WorkArea::new(&self.0)) {
            tracing::warn!(path = %self.0.display(), %error, "a folder in memory stays");
        }
    }
}
