//! Where every attempt is written before it is sent, so that a killed program finds what it may have sent.
//!
//! The room `chain` knows no ledger: whoever puts the program together gives one.

use crate::chain::ChainError;
use crate::poco::TaskId;
use alloy::primitives::{Address, B256, Bytes};
use async_trait::async_trait;

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// Signed, not sent for certain.
    Written,
    /// An endpoint took it.
    Sent,
    /// It is in a block and succeeded.
    Mined,
    /// It is in a block and reverted, or it can never be in one.
    Failed,
    /// Another transaction of the same nonce, an explicit replacement, took its place.
    Replaced,
    /// The endpoint did not say whether it took it.
    Unknown,
}

impl AttemptState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Written, Self::Sent, Self::Mined, Self::Failed, Self::Replaced, Self::Unknown];

    /// Its name in the ledger and on the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Sent => "sent",
            Self::Mined => "mined",
            Self::Failed => "failed",
            Self::Replaced => "replaced",
            Self::Unknown => "unknown",
        }
    }
}

/// One signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Whose.
    pub wallet: Address,
    /// Its nonce.
    pub nonce: u64,
    /// What it is to do; `cancel` for a transfer of nothing to the wallet itself.
    pub action: String,
    /// For which task, if for one.
    pub task: Option<TaskId>,
    /// Whom it calls; none when it deploys.
    pub to: Option<Address>,
    /// Its hash.
    pub hash: B256,
    /// The signed bytes.
    pub raw: Bytes,
    /// The most it pays for a unit of gas, in wei.
    pub max_fee_wei: u128,
}

/// Keeps attempts. An answer means that what was asked for survives a power cut.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes an attempt as [`AttemptState::Written`], before it is sent.
    async fn write(&self, attempt: Attempt) -> Result<(), ChainError>;

    /// Changes an attempt's state.
    async fn mark(&self, hash: B256, state: AttemptState, reason: &str) -> Result<(), ChainError>;

    /// The attempts of `wallet` that are written, sent or unknown, oldest first.
    async fn unfinished(&self, wallet: Address) -> Result<Vec<Attempt>, ChainError>;
}

/// For programs whose transactions end with them: nothing is kept.
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn write(&self, _: Attempt) -> Result<(), ChainError> {
        Ok(())
    }

    async fn mark(&self, _: B256, _: AttemptState, _: &str) -> Result<(), ChainError> {
        Ok(())
    }

    async fn unfinished(&self, _: Address) -> Result<Vec<Attempt>, ChainError> {
        Ok(Vec::new())
    }
}
