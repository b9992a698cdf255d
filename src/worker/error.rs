//! What keeps a worker from working.

use crate::chain::ChainError;
use crate::ledger::LedgerError;
use crate::poco::{Class, Fault};
use crate::task::{Refusal, TaskError};
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

impl Fault for WorkerError {
    fn code(&self) -> &'static str {
        match self {
            Self::PoolUnreachable { .. } => "P-WO-001",
            Self::PoolDenied { .. } => "P-WO-002",
            Self::BadAuthorization(_) => "P-WO-003",
            Self::Signing(_) => "P-WO-004",
            Self::Refused(error) => error.code(),
            Self::Task(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Ledger(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::PoolUnreachable { .. } => Class::Retry,
            Self::PoolDenied { retry, .. } => {
                if *retry {
                    Class::Retry
                } else {
                    Class::GiveUp
                }
            }
            Self::BadAuthorization(_) => Class::GiveUp,
            Self::Signing(_) => Class::Fatal,
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
            Self::Refused(error) => error.help(),
            Self::Task(error) => error.help(),
            Self::Chain(error) => error.help(),
            Self::Ledger(error) => error.help(),
        }
    }
}
