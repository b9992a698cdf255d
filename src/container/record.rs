//! What is written down of a run in the task's own folder, outside of what the dapp sees, so that a worker that was
//! killed knows what it started and how that ended.
//!
//! ```text
//! none ─▶ started (before the container is) ─▶ ended (before the container is removed)
//! ```
//!
//! Without a record the folders are as they were prepared. With one and without its container they are not: a dapp may
//! have written there, and must not find that again.

use super::{ContainerError, Outcome};
use crate::dapp::WorkArea;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The record of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What may lie in the writable folders at most.
    pub(super) limit_bytes: u64,
    /// How it ended.
    pub(super) outcome: Option<Outcome>,
}

impl Record {
    /// What is written of the run in `area`. A record that means nothing is one of a run that was started.
    pub(super) fn read(area: &WorkArea) -> Result<Option<Self>, ContainerError> {
        let path = path(area);
        match fs::read(&path) {
            Ok(bytes) => {
                let unknown = Self { limit_bytes: u64::MAX, outcome: None };
                Ok(Some(serde_json::from_slice(&bytes).unwrap_or(unknown)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ContainerError::Disk { path, source }),
        }
    }

    /// Writes it, whole or not at all.
    pub(super) async fn write(&self, area: &WorkArea) -> Result<(), ContainerError> {
        let path = path(area);
        let bytes = serde_json::to_vec(self);
        let place = path.clone();
        let writing = tokio::task::spawn_blocking(move || replace(&place, &bytes?));
        let written = writing.await.map_err(std::io::Error::other).flatten();
        written.map_err(|source| ContainerError::Disk { path, source })
    }

    /// Forgets a run of which nothing came.
    pub(super) fn forget(area: &WorkArea) -> Result<(), ContainerError> {
        let path = path(area);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(ContainerError::Disk { path, source }),
            _ => Ok(()),
        }
    }
}

fn path(area: &WorkArea) -> PathBuf {
    area.root().join("run.json")
}

/// A kill leaves the old content or the new. A power cut may spoil it, which is a run that was started: nothing of it is
/// believed. So the disk is not waited for, while its journal keeps the record before what the dapp writes.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::super::Exit;
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_record_is_read_as_it_was_written_and_garbage_is_a_run_that_was_started() {
        let dir = tempfile::tempdir().unwrap();
        let area = WorkArea::new(dir.path());
        assert_eq!(Record::read(&area).unwrap(), None);
        let outcome = Outcome {
            exit: Exit::Exited(3),
            duration: Duration::from_millis(1500),
            stdout_truncated: true,
            stderr_truncated: false,
            removed: false,
            peak_memory: Some(4096),
            refused: vec!["example.org:443".into()],
        };
        let record = Record { limit_bytes: 7, outcome: Some(outcome) };
        record.write(&area).await.unwrap();
        assert_eq!(Record::read(&area).unwrap(), Some(record));
        for spoilt in ["{", "", "\0\0"] {
            fs::write(path(&area), spoilt).unwrap();
            let started = Record { limit_bytes: u64::MAX, outcome: None };
            assert_eq!(Record::read(&area).unwrap(), Some(started));
        }
        Record::forget(&area).unwrap();
        Record::forget(&area).unwrap();
        assert_eq!(Record::read(&area).unwrap(), None);
    }
}
