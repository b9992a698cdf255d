//! Where the bytes of a download go: a thread that writes them, and one that takes their sha-256 where it is wanted.
//!
//! ```text
//! connection ──▶ gathered ──▶ a few pieces ──┬─▶ writer ──▶ file
//!                                            └─▶ hasher ──▶ sha-256
//! ```
//!
//! So the connection waits for neither, and no byte is read back. A sink that is dropped leaves what is not written yet:
//! the file may be another try's by then.

use hyper::body::Bytes;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How many pieces wait at most; several downloads run side by side.
const AHEAD: usize = 2;
/// Bytes gathered before they are a piece: a connection gives a few kilobytes at a time, and to wake a thread for each would
/// cost more than the copy.
const PIECE_BYTES: usize = 512 * 1024;

/// A file that is being filled.
pub(super) struct Sink {
    writer: Lane<()>,
    hasher: Option<Lane<[u8; 32]>>,
    gathered: Vec<u8>,
    abandoned: DropGuard,
}

/// What the hash of a file is to begin with: the file, and how much of it came before.
pub(super) type Begun = (PathBuf, u64);

impl Sink {
    /// A sink into `file`, which takes the sha-256 too if it is told what to begin with.
    pub(super) fn new(mut file: File, hashed: Option<Begun>) -> Self {
        let abandoned = CancellationToken::new();
        let writer = Lane::open(&abandoned, move |pieces| pieces.each(|piece| file.write_all(piece)));
        let hasher = hashed.map(|(path, had)| {
            Lane::open(&abandoned, move |pieces| {
                let mut hash = Sha256::new();
                if had > 0 {
                    io::copy(&mut io::Read::take(File::open(path)?, had), &mut hash)?;
                }
                pieces.each(|piece| hash.write_all(piece))?;
                Ok(hash.finalize().into())
            })
        });
        Self { writer, hasher, gathered: Vec::new(), abandoned: abandoned.drop_guard() }
    }

    /// Takes what came next; false when it can take no more, and [`Self::finish`] tells why.
    pub(super) async fn take(&mut self, came: &[u8]) -> bool {
        self.gathered.extend_from_slice(came);
        if self.gathered.len() < PIECE_BYTES {
            return true;
        }
        let handed_over = self.hand_over().await;
        self.gathered.reserve(PIECE_BYTES + came.len());
        handed_over
    }

    async fn hand_over(&mut self) -> bool {
        let piece = Bytes::from(std::mem::take(&mut self.gathered));
        let hashed = match &self.hasher {
            Some(hasher) => hasher.pieces.send(piece.clone()).await.is_ok(),
            None => true,
        };
        hashed && self.writer.pieces.send(piece).await.is_ok()
    }

    /// Waits until all is written; gives the sha-256 if it was wanted.
    ///
    /// # Errors
    /// The file cannot be written, or what came before cannot be read.
    pub(super) async fn finish(mut self) -> io::Result<Option<[u8; 32]>> {
        self.hand_over().await;
        let Self { writer, hasher, abandoned, .. } = self;
        let written = writer.close().await;
        let hash = match hasher {
            Some(hasher) => Some(hasher.close().await),
            None => None,
        };
        abandoned.disarm();
        written?;
        hash.transpose()
    }
}

/// A thread that is given pieces.
struct Lane<T> {
    pieces: Sender<Bytes>,
    end: JoinHandle<io::Result<T>>,
}

/// What it is given.
struct Pieces {
    given: Receiver<Bytes>,
    abandoned: CancellationToken,
}

impl<T: Send + 'static> Lane<T> {
    fn open(
        abandoned: &CancellationToken,
        work: impl FnOnce(Pieces) -> io::Result<T> + Send + 'static,
    ) -> Self {
        let (pieces, given) = channel(AHEAD);
        let abandoned = abandoned.clone();
        Self { pieces, end: spawn_blocking(move || work(Pieces { given, abandoned })) }
    }

    async fn close(self) -> io::Result<T> {
        drop(self.pieces);
        self.end.await.unwrap_or_else(|fault| resume_unwind(fault.into_panic()))
    }
}

impl Pieces {
    fn each(mut self, mut work: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        while let Some(piece) = self.given.blocking_recv() {
            if self.abandoned.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            work(&piece)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha256(text: &[u8]) -> [u8; 32] {
        Sha256::digest(text).into()
    }

    #[tokio::test]
    async fn what_came_before_and_what_comes_make_one_hash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("part");
        std::fs::write(&path, "before, ").unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        let mut sink = Sink::new(file, Some((path.clone(), 8)));
        for piece in ["and ", "after"] {
            assert!(sink.take(piece.as_bytes()).await);
        }
        assert_eq!(sink.finish().await.unwrap(), Some(sha256(b"before, and after")));
        assert_eq!(std::fs::read(&path).unwrap(), b"before, and after");
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_ends_it_and_says_so() {
        let mut sink = Sink::new(File::options().write(true).open("/dev/full").unwrap(), None);
        let mut taken = 0;
        while sink.take(&[7; 100_000]).await {
            taken += 1;
            assert!(taken < 1000, "it takes for ever");
        }
        assert_eq!(sink.finish().await.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
