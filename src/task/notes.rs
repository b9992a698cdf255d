//! What a prepared task needs after a restart besides its row in the ledger, in one file of the task's own folder: it is
//! as large as its inputs are many. Written whole before the ledger says `prepared`, and gone with the folder. The disk is not
//! waited for: of what a power cut spoils nothing is read, and the task is prepared anew.

use super::TaskError;
use crate::container::Image;
use crate::dapp::{Launch, WorkArea};
use crate::results::Baseline;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// The image, how it is started, and the outputs' folder before the run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Notes {
    pub(super) image: Image,
    pub(super) launch: Launch,
    pub(super) baseline: Baseline,
}

impl Notes {
    /// Puts them on disk; blocks.
    pub(super) fn write(&self, area: &WorkArea) -> Result<(), TaskError> {
        let (path, new) = (path(area), path(area).with_extension("new"));
        let write = || -> io::Result<()> {
            // Requests may carry what its owner shows to nobody else on this host.
            let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
            let mut buffer = BufWriter::new(file);
            serde_json::to_writer(&mut buffer, self)?;
            buffer.flush()?;
            std::fs::rename(&new, &path)
        };
        write().map_err(TaskError::Folder)
    }

    /// Reads them; none when there are none, when they were spoilt or when another version of this program wrote them, and
    /// the task is prepared anew. Blocks.
    pub(super) fn read(area: &WorkArea) -> Result<Option<Self>, TaskError> {
        match File::open(path(area)) {
            Ok(file) => Ok(serde_json::from_reader(BufReader::new(file)).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TaskError::Folder(error)),
        }
    }
}

fn path(area: &WorkArea) -> PathBuf {
    area.root().join("prepared.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::{EnvVar, Folder, ImageConfig, ImageDigest, Mount, ProofRule, RunAs};

    #[test]
    fn notes_are_read_as_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let area = WorkArea::new(dir.path());
        assert!(Notes::read(&area).unwrap().is_none());
        std::fs::create_dir(area.folder(Folder::Shared)).unwrap();
        std::fs::write(area.folder(Folder::Shared).join("input"), "x").unwrap();
        let notes = Notes {
            image: Image {
                id: "sha256:1".into(),
                digests: vec![ImageDigest([7; 32])],
                config: ImageConfig { env: vec!["A=b".into()], ..Default::default() },
                volumes: vec!["/data".into()],
            },
            launch: Launch {
                mounts: vec![Mount { folder: Folder::Shared, target: "/iexec", writable: true }],
                env: vec![EnvVar { name: "A".into(), value: "b".into() }],
                command: Some(vec!["run".into()]),
                user: RunAs::Worker,
                outputs: Folder::Shared,
                proof: ProofRule::Consensus { callback: true },
            },
            baseline: Baseline::take(&area.folder(Folder::Shared)).unwrap(),
        };
        notes.write(&area).unwrap();
        let read = Notes::read(&area).unwrap().unwrap();
        assert_eq!(
            (&read.image, &read.launch, &read.baseline),
            (&notes.image, &notes.launch, &notes.baseline)
        );

        let text = std::fs::read_to_string(path(&area)).unwrap();
        std::fs::write(path(&area), text.replace("\"/iexec\"", "\"/etc\"")).unwrap();
        assert!(Notes::read(&area).unwrap().is_none(), "what no contract mounts is not mounted");
        for spoilt in [&text[..text.len() - 1], "", "\0\0\0"] {
            std::fs::write(path(&area), spoilt).unwrap();
            assert!(Notes::read(&area).unwrap().is_none());
        }
    }
}
