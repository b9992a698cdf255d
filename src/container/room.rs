//! How much room the disk has on which a task works. A disk that fills while a dapp runs spoils what it writes, whatever the
//! dapp says of it in the end: such a run is nobody's result.

use super::{ContainerError, Limits};
use rustix::io::Errno;
use std::io;
use std::path::Path;
use std::time::Duration;

/// With less than this the disk counts as full.
const FULL_BYTES: u64 = 64 << 20;
const PERIOD: Duration = Duration::from_millis(500);

impl Limits {
    /// What a run may add to the disk.
    pub fn disk_bytes(&self) -> u64 {
        self.output_bytes.saturating_add(self.log_bytes.saturating_mul(2))
    }
}

/// What is free for us on the disk of `path`; none while there is no such folder.
///
/// # Errors
/// Whatever the system says of it.
pub fn free_bytes(path: &Path) -> io::Result<Option<u64>> {
    match rustix::fs::statvfs(path) {
        Ok(found) => Ok(Some(found.f_bavail.saturating_mul(found.f_frsize))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An error while the disk of `path` is full.
pub(super) fn check(path: &Path) -> Result<(), ContainerError> {
    let failed = |source| ContainerError::Disk { path: path.to_path_buf(), source };
    match free_bytes(path).map_err(failed)? {
        Some(free) if free < FULL_BYTES => Err(failed(io::ErrorKind::StorageFull.into())),
        _ => Ok(()),
    }
}

/// Comes back once the disk of `path` is full, if ever.
pub(super) async fn full(path: &Path) -> ContainerError {
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(error) = check(path) {
            return error;
        }
    }
}
