//! What keeps a daemon from running, or a transaction from being replaced.

use super::Which;
use crate::chain::ChainError;
use crate::container::ContainerError;
use crate::inputs::InputError;
use crate::ledger::LedgerError;
use crate::poco::{Class, Fault};
use crate::pool::PoolError;
use crate::results::StoreError;
use crate::worker::WorkerError;
use alloy::primitives::{Address, B256};
use std::path::PathBuf;
use std::time::Duration;

/// What keeps a daemon from running, or a transaction from being replaced.
#[derive(Debug, thiserror::Error)]
pub enum SoloError {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The pool.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// A worker.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The engine.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The downloader.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no ledger where one was looked for.
    #[error("no daemon has left a ledger in {folder}")]
    NoLedger {
        /// Where.
        folder: PathBuf,
    },
    /// No ledger has the transaction.
    #[error("no ledger in {folder} has a transaction {which}")]
    NoTransaction {
        /// What was looked for.
        which: Which,
        /// Where.
        folder: PathBuf,
    },
    /// More than one wallet has an open transaction with the nonce.
    #[error("several wallets have an open transaction {which}: {}, {}", wallets[0], wallets[1])]
    Ambiguous {
        /// What was looked for.
        which: Which,
        /// Two of them.
        wallets: [Address; 2],
    },
    /// The transaction's fate is known.
    #[error("{hash} is {state}: there is nothing to replace")]
    NotOpen {
        /// The transaction.
        hash: B256,
        /// Its state, and why.
        state: String,
    },
    /// The process that owns the nonce did not answer.
    #[error("{holder} holds the wallet and did not answer in {}", humantime::format_duration(*patience))]
    NoAnswer {
        /// The process.
        holder: String,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The process that owns the nonce did not do it.
    #[error("{holder} holds the wallet and did not do it: {said}")]
    Declined {
        /// The process.
        holder: String,
        /// What it said.
        said: String,
    },
    /// Nobody has the wallet, and neither has this command.
    #[error("no daemon holds {wallet}, and its key is not known here")]
    NoKey {
        /// The wallet.
        wallet: Address,
    },
    /// The key is not the wallet's.
    #[error("the transaction is of {wallet}, the key is that of {given}")]
    OtherKey {
        /// Whose key was given.
        given: Address,
        /// Whose is needed.
        wallet: Address,
    },
    /// A daemon broke.
    #[error("a daemon broke: {0}")]
    Broke(#[from] tokio::task::JoinError),
}

impl SoloError {
    fn fault(&self) -> Option<&dyn Fault> {
        Some(match self {
            Self::Chain(error) => error,
            Self::Ledger(error) => error,
            Self::Pool(error) => error,
            Self::Worker(error) => error,
            Self::Container(error) => error,
            Self::Input(error) => error,
            Self::Store(error) => error,
            Self::NoLedger { .. }
            | Self::NoTransaction { .. }
            | Self::Ambiguous { .. }
            | Self::NotOpen { .. }
            | Self::NoAnswer { .. }
            | Self::Declined { .. }
            | Self::NoKey { .. }
            | Self::OtherKey { .. }
            | Self::Broke(_) => return None,
        })
    }
}

impl Fault for SoloError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTransaction { .. } => "P-SO-002",
            Self::Ambiguous { .. } => "P-SO-003",
            Self::NotOpen { .. } => "P-SO-004",
            Self::NoAnswer { .. } => "P-SO-005",
            Self::Declined { .. } => "P-SO-006",
            Self::OtherKey { .. } => "P-SO-007",
            Self::NoKey { .. } => "P-SO-008",
            Self::NoLedger { .. } => "P-SO-009",
            other => other.fault().map_or("P-SO-001", Fault::code),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::NoAnswer { .. } => Class::Retry,
            Self::NoLedger { .. }
            | Self::NoTransaction { .. }
            | Self::Ambiguous { .. }
            | Self::NotOpen { .. }
            | Self::Declined { .. } => Class::GiveUp,
            other => other.fault().map_or(Class::Fatal, Fault::class),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NoLedger { .. } => "give the daemon's --workdir, or its --config".into(),
            Self::NoTransaction { .. } => "`poco tx list` has those there are; check --workdir".into(),
            Self::Ambiguous { .. } => "give --wallet, or the transaction's hash".into(),
            Self::NotOpen { .. } => "`poco tx list` has those that are open".into(),
            Self::NoAnswer { .. } => {
                "the wish was withdrawn; look into that process's log, and try again with a longer --timeout"
                    .into()
            }
            Self::Declined { .. } => "nothing was changed; docs/errors.md has that code".into(),
            Self::OtherKey { wallet, .. } | Self::NoKey { wallet } => {
                format!("give the key of {wallet} with --key or POCO_KEY")
            }
            other => {
                other.fault().map_or_else(|| "this is a defect; the log has the place".into(), Fault::help)
            }
        }
    }
}
