//! The folders of one task on the host: names only, nothing is created or read here.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A folder that a container sees, by its part in the journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Folder {
    /// Inputs and outputs in one place (`/iexec` of the classic contract).
    Shared,
    /// Inputs of a contract that keeps them apart (`/iexec_in`).
    In,
    /// Outputs of a contract that keeps them apart (`/iexec_out`).
    Out,
}

/// The layout of a task's own folder. One folder per task, so that no task ever sees another's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkArea {
    root: PathBuf,
}

impl WorkArea {
    /// The area under `root`, the task's own folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The task's own folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a folder of the container lies on the host.
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.root.join(match folder {
            Folder::Shared => "iexec",
            Folder::In => "in",
            Folder::Out => "out",
        })
    }

    /// What the dapp printed on stdout, kept outside of what the dapp can write.
    pub fn stdout(&self) -> PathBuf {
        self.root.join("stdout.txt")
    }

    /// What the dapp printed on stderr, kept outside of what the dapp can write.
    pub fn stderr(&self) -> PathBuf {
        self.root.join("stderr.txt")
    }

    /// Downloads under way and archives before they are unpacked.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// The bytes for the deal's callback, once they are proved.
    pub fn callback(&self) -> PathBuf {
        self.root.join("callback.bin")
    }

    /// The archive handed to the requester.
    pub fn archive(&self) -> PathBuf {
        self.root.join("result.zip")
    }
}
