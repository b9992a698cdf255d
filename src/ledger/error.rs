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
    /// The file is not as SQLite and this program left it.
    #[error("the ledger {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The file is something else's.
    #[error("{path} is no ledger of this program: {what}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What tells.
        what: String,
    },
    /// A text cannot be written, or is none of a ledger.
    #[error(transparent)]
    Text(#[from] LedgerText),
    /// A ledger is imported only where there is none.
    #[error("there is a ledger at {path} already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Rows do not agree with each other, or with the chain.
    #[error("{findings} things do not agree")]
    Unsound {
        /// How many.
        findings: usize,
    },
    /// The thread that owns the file has ended.
    #[error("the ledger's writer has stopped")]
    Stopped,
}

/// What can go wrong with a ledger's text.
#[derive(Debug, thiserror::Error)]
pub enum LedgerText {
    /// It cannot be written.
    #[error("the export cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// It is not what an export wrote.
    #[error("line {line} of the export cannot be taken: {reason}")]
    Wrong {
        /// Which line, from 1.
        line: u64,
        /// Why not.
        reason: String,
    },
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
            Self::Damaged { .. } => "P-LE-007",
            Self::Foreign { .. } => "P-LE-008",
            Self::Text(LedgerText::Write(_)) => "P-LE-009",
            Self::Text(LedgerText::Wrong { .. }) => "P-LE-010",
            Self::Exists { .. } => "P-LE-011",
            Self::Unsound { .. } => "P-LE-012",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Text(_) | Self::Exists { .. } | Self::Unsound { .. } => Class::GiveUp,
            _ => Class::Fatal,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Open { .. } => "check the folder's owner and mode, and that the disk is not full",
            Self::Newer { .. } => "run the newer program, or give another --workdir",
            Self::Sql(_) => "check that the disk is not full, and the file with `poco ledger verify`",
            Self::Garbled(_) => "keep a copy of the file for a report, then give another --workdir",
            Self::Held { .. } => "stop that process first, or give this one another key; one key works in one process",
            Self::Damaged { .. } => {
                "move the file and its -wal and -shm aside, together, and put an export back with `poco ledger import`; without \
                 one, start with an empty work folder only once all that this key contributed is revealed or lost: the chain \
                 has the contributions, the digests that reveal them were only here"
            }
            Self::Foreign { .. } => "give the --workdir of this program, or move what lies there aside",
            Self::Text(LedgerText::Write(_)) => "check the place it is written to, and its free space",
            Self::Text(LedgerText::Wrong { .. }) => {
                "take the file that `poco ledger export` wrote, whole and as it was; nothing was imported"
            }
            Self::Exists { .. } => "move the ledger there aside, with its -wal and -shm, or name another place",
            Self::Unsound { .. } => {
                "keep an export for a report; the chain is the truth: `poco task show` tells what it has of a task"
            }
            Self::Stopped => "look further up in the log for why it stopped, then restart",
        }
        .into()
    }
}
