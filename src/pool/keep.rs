//! The store of results: one folder, one archive a task, written whole or not at all.

use super::PoolError;
use crate::poco::TaskId;
use alloy::primitives::B256;
use axum::body::Body;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

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

    /// Streams `body` to a file beside `place`; gives its sha-256 and what makes it final.
    pub(super) async fn receive(&self, place: &Path, body: Body) -> Result<(B256, Received), PoolError> {
        // Two workers may deliver at once: each writes a file of its own, and the last rename wins with equal content.
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

    /// Puts the file in its place.
    pub(super) fn keep(self) -> Result<(), PoolError> {
        self.temporary.persist(self.place).map(drop).map_err(|error| PoolError::Store(error.error))
    }
}
