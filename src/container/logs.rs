//! What a dapp prints, into two files with a cap. Reading goes on beyond the cap, so that the dapp never stalls.

use super::ContainerError;
use crate::dapp::WorkArea;
use bollard::container::LogOutput;
use bollard::errors::Error as ApiError;
use futures_util::{Stream, StreamExt};
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

/// Both streams of one run.
pub(super) struct Capture {
    stdout: Capped,
    stderr: Capped,
}

struct Capped {
    path: PathBuf,
    file: BufWriter<File>,
    room_bytes: u64,
    truncated: bool,
}

impl Capture {
    /// Makes or empties both files, with room for `cap_bytes` each.
    pub(super) async fn create(area: &WorkArea, cap_bytes: u64) -> Result<Self, ContainerError> {
        Ok(Self {
            stdout: Capped::create(&area.stdout(), cap_bytes).await?,
            stderr: Capped::create(&area.stderr(), cap_bytes).await?,
        })
    }

    /// Reads to the end of `output`.
    pub(super) async fn pump(
        &mut self,
        output: &mut (dyn Stream<Item = Result<LogOutput, ApiError>> + Send + Unpin),
    ) -> Result<(), ContainerError> {
        while let Some(chunk) = output.next().await {
            match chunk.map_err(|source| ContainerError::Engine { doing: "hand over the logs", source })? {
                LogOutput::StdErr { message } => self.stderr.write(&message).await?,
                LogOutput::StdOut { message } | LogOutput::Console { message } => {
                    self.stdout.write(&message).await?;
                }
                LogOutput::StdIn { .. } => {}
            }
        }
        Ok(())
    }

    /// Puts both files on disk and answers whether stdout and stderr were cut.
    pub(super) async fn finish(mut self) -> Result<(bool, bool), ContainerError> {
        self.stdout.flush().await?;
        self.stderr.flush().await?;
        Ok((self.stdout.truncated, self.stderr.truncated))
    }
}

impl Capped {
    async fn create(path: &Path, room_bytes: u64) -> Result<Self, ContainerError> {
        let file = File::create(path).await.map_err(|source| disk(path, source))?;
        Ok(Self { path: path.to_path_buf(), file: BufWriter::new(file), room_bytes, truncated: false })
    }

    async fn write(&mut self, message: &[u8]) -> Result<(), ContainerError> {
        let room = usize::try_from(self.room_bytes).unwrap_or(usize::MAX);
        let kept = message.get(..room).unwrap_or(message);
        self.truncated |= kept.len() < message.len();
        self.room_bytes = self.room_bytes.saturating_sub(kept.len() as u64);
        self.file.write_all(kept).await.map_err(|source| disk(&self.path, source))
    }

    async fn flush(&mut self) -> Result<(), ContainerError> {
        self.file.flush().await.map_err(|source| disk(&self.path, source))
    }
}

fn disk(path: &Path, source: std::io::Error) -> ContainerError {
    ContainerError::Disk { path: path.to_path_buf(), source }
}
