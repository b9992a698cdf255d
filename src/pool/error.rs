//! What a pool answers when it says no, and what stops it.

use crate::chain::ChainError;
use crate::ledger::LedgerError;
use crate::poco::messages::Denial;
use crate::poco::{Class, Fault, TaskId};
use alloy::primitives::{Address, U256};

/// What a pool answers when it says no, and what stops it.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The message is not signed by who it says.
    #[error("this is not signed by {0}")]
    NotSigned(Address),
    /// The pool takes other workers only.
    #[error("{0} is not on this pool's list of workers")]
    NotListed(Address),
    /// The task is not one of this pool's.
    #[error("task {0} is not one of this pool's")]
    NotOurs(TaskId),
    /// The task takes no contributions now.
    #[error("task {task} takes no contributions: {why}")]
    Closed {
        /// The task.
        task: TaskId,
        /// Why not.
        why: String,
    },
    /// Enough workers are at it.
    #[error("enough workers are at task {0}")]
    Enough(TaskId),
    /// The worker could not lock its stake.
    #[error("{worker} has {free} nRLC free and a contribution locks {wanted} nRLC")]
    NoStake {
        /// The worker.
        worker: Address,
        /// Free escrow, in nRLC.
        free: U256,
        /// What the deal locks, in nRLC.
        wanted: U256,
    },
    /// A result is taken from those who revealed only.
    #[error("{0} has not revealed for this task")]
    NotRevealed(Address),
    /// The result is too large, or not what was announced.
    #[error("the result is refused: {0}")]
    BadResult(String),
    /// The scheduler's wallet does not own the workerpool.
    #[error("{wallet} does not own the workerpool {workerpool}; {owner} does")]
    NotOwner {
        /// The wallet.
        wallet: Address,
        /// The workerpool.
        workerpool: Address,
        /// Its owner.
        owner: Address,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        reason: String,
    },
    /// A file of the store failed.
    #[error("the result store failed: {0}")]
    Store(#[from] std::io::Error),
    /// The scheduler cannot sign.
    #[error("the scheduler's key cannot sign: {0}")]
    Signing(String),
    /// The chain failed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl PoolError {
    /// As it goes over the wire.
    pub fn denial(&self) -> Denial {
        let retry = matches!(self, Self::Enough(_)) || self.class() == Class::Retry;
        Denial { code: self.code().into(), reason: self.to_string(), retry }
    }
}

impl Fault for PoolError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned(_) => "P-PL-001",
            Self::NotListed(_) => "P-PL-002",
            Self::NotOurs(_) => "P-PL-003",
            Self::Closed { .. } => "P-PL-004",
            Self::Enough(_) => "P-PL-005",
            Self::NoStake { .. } => "P-PL-006",
            Self::NotRevealed(_) => "P-PL-007",
            Self::BadResult(_) => "P-PL-008",
            Self::NotOwner { .. } => "P-PL-009",
            Self::Listen { .. } => "P-PL-010",
            Self::Store(_) => "P-PL-011",
            Self::Signing(_) => "P-PL-012",
            Self::Chain(error) => error.code(),
            Self::Ledger(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::NotSigned(_)
            | Self::NotListed(_)
            | Self::NotOurs(_)
            | Self::Closed { .. }
            | Self::Enough(_)
            | Self::NoStake { .. }
            | Self::BadResult(_) => Class::GiveUp,
            Self::NotOwner { .. } | Self::Listen { .. } | Self::Signing(_) => Class::Fatal,
            // The worker may have seen the block of its reveal before this pool's endpoint has.
            Self::NotRevealed(_) | Self::Store(_) => Class::Retry,
            Self::Chain(error) => error.class(),
            Self::Ledger(error) => error.class(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NotSigned(_) => {
                "check that worker and pool are on the same chain and the same workerpool".into()
            }
            Self::NotListed(_) => "ask the pool's operator to add this wallet to `workers`".into(),
            Self::NotOurs(_) => "check the workerpool's address on both sides".into(),
            Self::Closed { .. } => "nothing to do: the chain has moved on".into(),
            Self::NotRevealed(_) => {
                "nothing to do: the result is offered again until the chain has the reveal".into()
            }
            Self::Enough(_) => "nothing to do: it is asked again in case one of them fails".into(),
            Self::NoStake { worker, .. } => format!("deposit RLC into the hub for {worker}"),
            Self::BadResult(_) => "the pool's operator sets the limit with `max-result`".into(),
            Self::NotOwner { .. } => {
                "give the owner's key as the scheduler's, or another --workerpool".into()
            }
            Self::Listen { .. } => "choose another address with --listen, or stop what holds it".into(),
            Self::Store(_) => "check owner, mode and free space of the work folder".into(),
            Self::Signing(_) => "check the scheduler's key".into(),
            Self::Chain(error) => error.help(),
            Self::Ledger(error) => error.help(),
        }
    }
}
