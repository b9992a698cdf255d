//! The store of results: one folder, one archive a task, written whole or not at all, and removed when it is old.
//!
//! A result of a task that is not over stays, and any result stays for a day: whoever paid for it must be able to fetch it.

use super::PoolError;
use crate::poco::TaskId;
use alloy::primitives::B256;
use axum::body::Body;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::io::AsyncWriteExt;

/// No result is removed sooner after it came.
const LEAST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long results are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// After they came.
    pub time: Duration,
    /// What all of them may take, in bytes; over it the oldest go first.
    pub bytes: u64,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { time: Duration::from_secs(30 * 24 * 60 * 60), bytes: 50 << 30 }
    }
}

/// What a look at the folder came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tidied {
    /// Files removed.
    pub(super) removed: usize,
    /// Their bytes.
    pub(super) removed_bytes: u64,
    /// The bytes of what is left.
    pub(super) left_bytes: u64,
}

/// The folder of results.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    folder: PathBuf,
    max_bytes: u64,
}

impl Keep {
    /// Opens the folder, creating it if need be.
    pub(super) fn open(folder: PathBuf, max_bytes: u64) -> Result<Self, PoolError> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, max_bytes })
    }

    /// Where a task's archive lies.
    pub(super) fn archive(&self, task: TaskId) -> PathBuf {
        self.folder.join(format!("{task}.zip"))
    }

    /// Where the bytes for a task's callback lie.
    pub(super) fn callback(&self, task: TaskId) -> PathBuf {
        self.folder.join(format!("{task}.callback"))
    }

    /// Whether a task's result is here.
    pub(super) fn has(&self, task: TaskId) -> bool {
        self.archive(task).is_file()
    }

    /// Removes what is older at `now` than it is kept, and then the oldest until the rest fits; nothing of the tasks in `open`.
    pub(super) fn tidy(
        &self,
        keeping: &Keeping,
        open: &HashSet<TaskId>,
        now: SystemTime,
    ) -> std::io::Result<Tidied> {
        let mut files = Vec::new();
        let mut tidied = Tidied::default();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            if found.is_file() {
                tidied.left_bytes += found.len();
                files.push((found.modified()?, found.len(), entry.path()));
            }
        }
        files.sort();
        for (came, bytes, path) in files {
            // A file from the future has no age yet.
            let age = now.duration_since(came).unwrap_or_default();
            let too_old = age > keeping.time || tidied.left_bytes > keeping.bytes;
            let task = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
            if too_old && age > LEAST && task.is_none_or(|task| !open.contains(&task)) {
                std::fs::remove_file(&path)?;
                tidied.removed += 1;
                tidied.removed_bytes += bytes;
                tidied.left_bytes -= bytes;
            }
        }
        Ok(tidied)
    }

    /// Streams `body` to a file beside `place`; gives its sha-256 and what makes it final.
    pub(super) async fn receive(&self, place: &Path, body: Body) -> Result<(B256, Received), PoolError> {
        // Two workers may deliver at once: each writes a file of its own, and the first that is whole stands.
        let folder = self.folder.clone();
        let temporary = tokio::task::spawn_blocking(move || tempfile::NamedTempFile::new_in(folder))
            .await
            .map_err(std::io::Error::other)??;
        let mut file = tokio::fs::File::from_std(temporary.reopen()?);
        let (mut hash, mut length) = (Sha256::new(), 0u64);
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| PoolError::BadResult(error.to_string()))?;
            length += chunk.len() as u64;
            if length > self.max_bytes {
                return Err(PoolError::BadResult(format!("it is over {} bytes", self.max_bytes)));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        let place = place.to_owned();
        Ok((B256::from_slice(&hash.finalize()), Received { temporary, place }))
    }
}

/// A file that was received whole and not yet put in its place; dropped, it is gone.
pub(super) struct Received {
    temporary: tempfile::NamedTempFile,
    place: PathBuf,
}

impl Received {
    /// The bytes.
    pub(super) fn read(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.temporary.path())
    }

    /// Puts the file in its place, unless there is one: what was told to have a place stays as it is.
    pub(super) fn keep(self) -> Result<bool, PoolError> {
        match self.temporary.persist_noclobber(self.place) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(PoolError::Store(error.error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// A store with results of ten bytes that came so many days ago.
    fn store(days: &[u32]) -> (tempfile::TempDir, Keep, SystemTime, Vec<TaskId>) {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep::open(folder.path().to_owned(), 10).unwrap();
        let now = SystemTime::UNIX_EPOCH + DAY * 20_000;
        let tasks: Vec<_> = (1..).map(|n| TaskId(B256::repeat_byte(n))).take(days.len()).collect();
        for (task, days) in tasks.iter().zip(days) {
            std::fs::write(keep.archive(*task), [7; 10]).unwrap();
            let file = std::fs::File::options().write(true).open(keep.archive(*task)).unwrap();
            file.set_modified(now - DAY * *days).unwrap();
        }
        (folder, keep, now, tasks)
    }

    fn left(keep: &Keep, tasks: &[TaskId]) -> Vec<bool> {
        tasks.iter().map(|task| keep.has(*task)).collect()
    }

    #[test]
    fn the_old_go_and_those_of_tasks_that_are_not_over_stay() {
        let (_folder, keep, now, tasks) = store(&[5, 31, 40]);
        let open = HashSet::from([tasks[2]]);
        let tidied = keep.tidy(&Keeping::default(), &open, now).unwrap();
        assert_eq!(tidied, Tidied { removed: 1, removed_bytes: 10, left_bytes: 20 });
        assert_eq!(left(&keep, &tasks), [true, false, true]);
    }

    #[test]
    fn over_the_budget_the_oldest_go_but_none_of_today() {
        let (_folder, keep, now, tasks) = store(&[0, 3, 2, 4]);
        let keeping = Keeping { bytes: 25, ..Keeping::default() };
        keep.tidy(&keeping, &HashSet::new(), now).unwrap();
        assert_eq!(left(&keep, &tasks), [true, false, true, false]);
        let keeping = Keeping { bytes: 5, ..Keeping::default() };
        let tidied = keep.tidy(&keeping, &HashSet::new(), now).unwrap();
        assert_eq!((tidied.left_bytes, left(&keep, &tasks)), (10, vec![true, false, false, false]));
    }
}
