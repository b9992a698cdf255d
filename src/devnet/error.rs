//! What keeps a devnet from standing.

use crate::chain::ChainError;
use crate::poco::{Class, Fault};
use std::path::PathBuf;

/// What keeps a devnet from standing.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// There is no anvil.
    #[error("no `anvil` is on the PATH, nor in {}", .looked.display())]
    NoAnvil {
        /// Where else it was looked for.
        looked: PathBuf,
    },
    /// Anvil did not start.
    #[error("anvil did not start: {0}")]
    AnvilFailed(String),
    /// A compiled contract is not what it should be.
    #[error("the artifact of {contract} cannot be used: {reason}")]
    Artifact {
        /// Which.
        contract: String,
        /// Why not.
        reason: String,
    },
    /// A key could not be derived.
    #[error("no key can be derived from the mnemonic: {0}")]
    Key(String),
    /// chain.json cannot be written or read.
    #[error("{path}: {reason}")]
    ChainFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The chain failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Fault for DevnetError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAnvil { .. } => "P-DE-001",
            Self::AnvilFailed(_) => "P-DE-002",
            Self::Artifact { .. } => "P-DE-003",
            Self::Key(_) => "P-DE-004",
            Self::ChainFile { .. } => "P-DE-005",
            Self::Chain(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Chain(error) => error.class(),
            _ => Class::Fatal,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NoAnvil { .. } => "run `scripts/setup.sh demo`, or put anvil 1.x on the PATH".into(),
            Self::AnvilFailed(_) => "check that the port is free, or choose another with --port".into(),
            Self::Artifact { .. } => "run `contracts/build.sh` and build again".into(),
            Self::Key(_) => "give a BIP-39 mnemonic of 12 words".into(),
            Self::ChainFile { .. } => "check the path, its owner and its content".into(),
            Self::Chain(error) => error.help(),
        }
    }
}
