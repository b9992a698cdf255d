//! What keeps a worker from working.

use crate::chain::ChainError;
use crate::ledger::LedgerError;
use crate::poco::{Class, Fault};
use crate::task::{Own, Refusal, TaskError};
use alloy::primitives::{Address, U256};
use std::path::PathBuf;
use url::Url;

/// What keeps a worker from working.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The pool does not answer.
    #[error("the pool at {pool} does not answer: {reason}")]
    PoolUnreachable {
        /// The pool.
        pool: Url,
        /// What happened.
        reason: String,
    },
    /// The pool said no.
    #[error("the pool says no ({code}): {reason}")]
    PoolDenied {
        /// The pool's code.
        code: String,
        /// The pool's reason.
        reason: String,
        /// Whether asking later may help.
        retry: bool,
    },
    /// The pool's authorisation is not what `contribute` would take.
    #[error("the pool's authorisation is not signed by the workerpool's owner: {0}")]
    BadAuthorization(String),
    /// The key cannot sign.
    #[error("the worker's key cannot sign: {0}")]
    Signing(String),
    /// The engine does not say anything.
    #[error("the container engine has said nothing for {seconds} s")]
    EngineSilent {
        /// How long it was waited for.
        seconds: u64,
    },
    /// One more task might fill the disk.
    #[error("{path} has {free_bytes} bytes free and the tasks may need {needed_bytes}")]
    DiskFull {
        /// The work folder.
        path: PathBuf,
        /// What is free.
        free_bytes: u64,
        /// What all tasks under way and one more may write.
        needed_bytes: u64,
    },
    /// A contribution might not be followed by its reveal.
    #[error("{wallet} holds {balance_wei} wei and a contribution with its reveal may cost {needed_wei}")]
    TooLittleGas {
        /// The wallet.
        wallet: Address,
        /// What it holds.
        balance_wei: U256,
        /// What is asked for.
        needed_wei: U256,
    },
    /// A task's own future broke.
    #[error("a task broke: {0}")]
    Broke(#[from] tokio::task::JoinError),
    /// The task is not taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The task broke.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The chain failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl WorkerError {
    /// What of ours failed; none when it is the pool, the chain or the task.
    pub fn own(&self) -> Option<Own> {
        match self {
            Self::EngineSilent { .. } => Some(Own::Engine),
            Self::DiskFull { .. } => Some(Own::Disk),
            Self::TooLittleGas { .. } => Some(Own::Gas),
            Self::Ledger(_) => Some(Own::Ledger),
            Self::Task(error) => error.own(),
            Self::PoolUnreachable { .. }
            | Self::PoolDenied { .. }
            | Self::BadAuthorization(_)
            | Self::Signing(_)
            | Self::Broke(_)
            | Self::Refused(_)
            | Self::Chain(_) => None,
        }
    }
}

impl Fault for WorkerError {
    fn code(&self) -> &'static str {
        match self {
            Self::PoolUnreachable { .. } => "P-WO-001",
            Self::PoolDenied { .. } => "P-WO-002",
            Self::BadAuthorization(_) => "P-WO-003",
            Self::Signing(_) => "P-WO-004",
            Self::DiskFull { .. } => "P-WO-005",
            Self::TooLittleGas { .. } => "P-WO-006",
            Self::EngineSilent { .. } => "P-WO-007",
            Self::Broke(_) => "P-WO-008",
            Self::Refused(error) => error.code(),
            Self::Task(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Ledger(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::PoolUnreachable { .. }
            | Self::DiskFull { .. }
            | Self::TooLittleGas { .. }
            | Self::EngineSilent { .. } => Class::Retry,
            Self::PoolDenied { retry, .. } => {
                if *retry {
                    Class::Retry
                } else {
                    Class::GiveUp
                }
            }
            Self::BadAuthorization(_) => Class::GiveUp,
            // The task is parked by this and by nothing else; only a restart takes it up.
            Self::Signing(_) | Self::Broke(_) => Class::Fatal,
            Self::Refused(error) => error.class(),
            Self::Task(error) => error.class(),
            Self::Chain(error) => error.class(),
            Self::Ledger(error) => error.class(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::PoolUnreachable { .. } => {
                "check --pool-url and that the pool is up; it is asked again".into()
            }
            Self::PoolDenied { .. } => "the pool's reason says what to mend".into(),
            Self::BadAuthorization(_) => "check that --pool-url belongs to --workerpool".into(),
            Self::Signing(_) => "check the worker's key".into(),
            Self::DiskFull { .. } => {
                "free some space, or lower `output` or `slots`; it is looked at again".into()
            }
            Self::TooLittleGas { wallet, .. } => {
                format!("send some of the chain's native coin to {wallet}; it is looked at again")
            }
            Self::EngineSilent { .. } => "look into the engine's own log; it is asked again".into(),
            Self::Broke(_) => "this is a defect; start again: the task goes on from the ledger".into(),
            Self::Refused(error) => error.help(),
            Self::Task(error) => error.help(),
            Self::Chain(error) => error.help(),
            Self::Ledger(error) => error.help(),
        }
    }
}
