//! What can be wrong with a configuration.

use crate::poco::{Class, Fault};
use std::path::PathBuf;

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file says something that means nothing.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        reason: String,
    },
    /// The chain.json cannot be read, or says something that means nothing.
    #[error("{path}: {reason}")]
    ChainFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Something that must be known was not given.
    #[error("{what} is not known")]
    Missing {
        /// What.
        what: &'static str,
        /// How to give it.
        give: &'static str,
    },
    /// A public key is none.
    #[error("{path}: {reason}")]
    PublicKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A key is not one.
    #[error("{what} is not a key: {reason}")]
    Key {
        /// Which, never its text.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Fault for ConfigError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "P-CF-001",
            Self::Invalid { .. } => "P-CF-002",
            Self::Missing { .. } => "P-CF-003",
            Self::Key { .. } => "P-CF-004",
            Self::ChainFile { .. } => "P-CF-005",
            Self::PublicKey { .. } => "P-CF-006",
        }
    }

    fn class(&self) -> Class {
        Class::Fatal
    }

    fn help(&self) -> String {
        match self {
            Self::Unreadable { .. } => "check the path, its owner and its mode".into(),
            Self::Invalid { .. } => "`deploy/poco.toml` shows every key with its unit".into(),
            Self::ChainFile { .. } => "check the path given as --chain-file; `poco devnet` writes such a file".into(),
            Self::PublicKey { .. } => "give the file that `cosign generate-key-pair` calls cosign.pub, or `openssl ec -pubout` writes".into(),
            Self::Missing { give, .. } => (*give).into(),
            Self::Key { .. } => "give 32 bytes in hex, or @FILE with such a key or a V3 keystore (password in POCO_KEY_PASSWORD)".into(),
        }
    }
}
