//! What can go wrong with the ledger.

use crate::poco::{Class, Fault};
use alloy::primitives::Address;
use std::path::PathBuf;

/// What can go wrong with the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be opened or created.
    #[error("the ledger {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A newer program wrote the file.
    #[error("the ledger {path} is of version {found}; this program knows versions up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// A read or a write failed.
    #[error("the ledger failed: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A row holds what no version of this program wrote.
    #[error("the ledger holds `{0}`, which means nothing to this program")]
    Garbled(String),
    /// Another process works with this key on this folder.
    #[error("{wallet} is at work already: {holder} holds {path}")]
    Held {
        /// The wallet.
        wallet: Address,
        /// The lock's file.
        path: PathBuf,
        /// Which process, and since when.
        holder: String,
    },
    /// The thread that owns the file has ended.
    #[error("the ledger's writer has stopped")]
    Stopped,
}

impl Fault for LedgerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "P-LE-001",
            Self::Newer { .. } => "P-LE-002",
            Self::Sql(_) => "P-LE-003",
            Self::Garbled(_) => "P-LE-004",
            Self::Stopped => "P-LE-005",
            Self::Held { .. } => "P-LE-006",
        }
    }

    fn class(&self) -> Class {
        Class::Fatal
    }

    fn help(&self) -> String {
        match self {
            Self::Open { .. } => "check the folder's owner and mode, and that the disk is not full",
            Self::Newer { .. } => "run the newer program, or give another --workdir",
            Self::Sql(_) => "check that the disk is not full and the file is not damaged (`sqlite3 FILE 'pragma integrity_check'`)",
            Self::Garbled(_) => "keep a copy of the file for a report, then give another --workdir",
            Self::Held { .. } => "stop that process first, or give this one another key; one key works in one process",
            Self::Stopped => "look further up in the log for why it stopped, then restart",
        }
        .into()
    }
}
