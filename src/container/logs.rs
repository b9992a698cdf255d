//! What a dapp prints, into two files with a cap. Reading goes on beyond the cap, so that the dapp never stalls.

use super::ContainerError;
use crate::dapp::WorkArea;
use bollard::container::LogOutput;
use bollard::errors::Error as ApiError;
use futures_util::{Stream, StreamExt};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

/// How much of stderr a failure quotes.
const LAST_WORDS: u64 = 400;

/// The end of what a dapp printed on stderr; it may block.
///
/// # Errors
/// The file cannot be read.
pub fn last_words(area: &WorkArea) -> io::Result<String> {
    let mut file = std::fs::File::open(area.stderr())?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Both streams of one run.
pub(super) struct Capture {
    stdout: Capped,
    stderr: Capped,
    doubt: Doubt,
}

/// What shows that an engine's copy of the output may differ from what was printed.
#[derive(Debug, Default)]
struct Doubt {
    /// The least upper bound of what the copy takes on the engine's disk.
    encoded_bytes: u64,
    /// Whether it holds the character that stands for bytes which are no text.
    replaced: bool,
}

impl Doubt {
    /// An entry is one line of JSON: the text with its escapes, and the stream and the time around it.
    const AROUND: u64 = 128;
    const ESCAPE: u64 = 6;

    fn see(&mut self, message: &[u8]) {
        let escaped = |byte: &u8| !(b' '..0x7f).contains(byte) || br#"\"<>&"#.contains(byte);
        let escapes = message.iter().filter(|byte| escaped(byte)).count() as u64;
        self.encoded_bytes += Self::AROUND + message.len() as u64 + escapes * Self::ESCAPE;
        self.replaced |= message.windows(3).any(|three| three == "\u{fffd}".as_bytes());
    }
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
            doubt: Doubt::default(),
        })
    }

    /// Reads to the end of `output`.
    pub(super) async fn pump(
        &mut self,
        output: &mut (dyn Stream<Item = Result<LogOutput, ApiError>> + Send + Unpin),
    ) -> Result<(), ContainerError> {
        while let Some(chunk) = output.next().await {
            let chunk =
                chunk.map_err(|source| ContainerError::Engine { doing: "hand over the logs", source })?;
            self.doubt.see(chunk.as_ref());
            match chunk {
                LogOutput::StdErr { message } => self.stderr.write(&message).await?,
                LogOutput::StdOut { message } | LogOutput::Console { message } => {
                    self.stdout.write(&message).await?;
                }
                LogOutput::StdIn { .. } => {}
            }
        }
        Ok(())
    }

    /// Takes both for cut when they came from an engine's copy that may not be all that was printed: it keeps at least
    /// the last `room_bytes` of its own form, and has a character for bytes that are no text.
    pub(super) fn distrust(&mut self, room_bytes: u64) {
        if self.doubt.replaced || self.doubt.encoded_bytes >= room_bytes {
            self.stdout.truncated = true;
            self.stderr.truncated = true;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(message: &[u8]) -> Doubt {
        let mut doubt = Doubt::default();
        doubt.see(message);
        doubt
    }

    #[test]
    fn the_engines_copy_is_never_larger_than_thought() {
        for message in [&b"plain\n"[..], b"\0\x01\"\\<>&", "caf\u{e9}".as_bytes(), b""] {
            let text = serde_json::to_string(&String::from_utf8_lossy(message)).unwrap();
            let entry = format!(
                "{{\"log\":{text},\"stream\":\"stdout\",\"time\":\"2018-09-05T12:00:00.123456789Z\"}}\n"
            );
            assert!(doubt(message).encoded_bytes >= entry.len() as u64, "{message:?}");
        }
    }

    #[test]
    fn bytes_that_were_no_text_are_noticed() {
        assert!(!doubt(b"text").replaced);
        assert!(doubt("a\u{fffd}b".as_bytes()).replaced);
    }
}
