//! Where the bytes of a download go: to the file at once, and to a thread that takes their sha-256 where it is wanted.
//!
//! ```text
//! connection ──▶ gathered ──▶ a piece ──┬─▶ file
//!                                       └─▶ hasher ──▶ sha-256
//! ```
//!
//! Who took the bytes from the connection writes them too: they are in the nearest caches of its processor then. No byte is
//! read back for the hash.

use hyper::body::Bytes;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::{JoinHandle, block_in_place, spawn_blocking};

/// How many pieces wait for the hasher at most; several downloads run side by side.
const AHEAD: usize = 2;
/// Bytes gathered before they are a piece: a connection may give a few kilobytes at a time, and to wake a thread for each
/// would cost more than the copy.
const PIECE_BYTES: usize = 256 * 1024;

/// A file that is being filled.
pub(super) struct Sink {
    file: File,
    hasher: Option<Hasher>,
    gathered: Vec<u8>,
    failed: Option<io::Error>,
}

/// What the hash of a file is to begin with: the file, and how much of it came before.
pub(super) type Begun = (PathBuf, u64);

impl Sink {
    /// A sink into `file`, which takes the sha-256 too if it is told what to begin with.
    pub(super) fn new(file: File, hashed: Option<Begun>) -> Self {
        Self { file, hasher: hashed.map(Hasher::start), gathered: Vec::new(), failed: None }
    }

    /// Takes what came next; false when it can take no more, and [`Self::finish`] tells why.
    pub(super) async fn take(&mut self, came: Bytes) -> bool {
        if self.gathered.is_empty() && came.len() >= PIECE_BYTES {
            return self.write(came).await;
        }
        self.gathered.extend_from_slice(&came);
        self.gathered.len() < PIECE_BYTES || self.write_gathered().await
    }

    async fn write_gathered(&mut self) -> bool {
        let room = self.gathered.capacity();
        let piece = std::mem::replace(&mut self.gathered, Vec::with_capacity(room));
        self.write(piece.into()).await
    }

    async fn write(&mut self, piece: Bytes) -> bool {
        if let Err(error) = aside(|| self.file.write_all(&piece)) {
            self.failed = Some(error);
            return false;
        }
        match &self.hasher {
            Some(hasher) => hasher.pieces.send(piece).await.is_ok(),
            None => true,
        }
    }

    /// Writes the rest; gives the sha-256 if it was wanted.
    ///
    /// # Errors
    /// The file cannot be written, or what came before cannot be read.
    pub(super) async fn finish(mut self) -> io::Result<Option<[u8; 32]>> {
        if self.failed.is_none() {
            self.write_gathered().await;
        }
        let Self { hasher, failed, .. } = self;
        let hash = match hasher {
            Some(hasher) => Some(hasher.finish().await),
            None => None,
        };
        failed.map_or(Ok(()), Err)?;
        hash.transpose()
    }
}

/// Does what waits for the disk where it holds up nobody else, if there is such a place.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}

/// A thread that is given pieces and takes their sha-256.
struct Hasher {
    pieces: Sender<Bytes>,
    end: JoinHandle<io::Result<[u8; 32]>>,
}

impl Hasher {
    fn start((path, had): Begun) -> Self {
        let (pieces, mut given) = channel::<Bytes>(AHEAD);
        let end = spawn_blocking(move || {
            let mut hash = Sha256::new();
            if had > 0 {
                io::copy(&mut io::Read::take(File::open(path)?, had), &mut hash)?;
            }
            while let Some(piece) = given.blocking_recv() {
                hash.update(&piece);
            }
            Ok(hash.finalize().into())
        });
        Self { pieces, end }
    }

    async fn finish(self) -> io::Result<[u8; 32]> {
        drop(self.pieces);
        self.end.await.unwrap_or_else(|fault| resume_unwind(fault.into_panic()))
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
            assert!(sink.take(Bytes::from(piece)).await);
        }
        assert_eq!(sink.finish().await.unwrap(), Some(sha256(b"before, and after")));
        assert_eq!(std::fs::read(&path).unwrap(), b"before, and after");
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_ends_it_and_says_so() {
        let mut sink = Sink::new(File::options().write(true).open("/dev/full").unwrap(), None);
        let mut taken = 0;
        while sink.take(Bytes::from_static(&[7; 100_000])).await {
            taken += 1;
            assert!(taken < 1000, "it takes for ever");
        }
        assert_eq!(sink.finish().await.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
