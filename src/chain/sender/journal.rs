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
    /// It is in a block; the reason says if it reverted there.
    Mined,
    /// It can never be in a block: it was refused, or its nonce is another's.
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

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which.
    pub hash: B256,
    /// How it stands now.
    pub state: AttemptState,
    /// Why, if there is more to say.
    pub reason: String,
}

/// What is asked for from outside while the owner of the nonce is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishKind {
    /// The same again with a higher fee.
    Bump,
    /// A transfer of nothing in its place.
    Cancel,
}

impl WishKind {
    /// Its name in the ledger and on the terminal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bump => "bump",
            Self::Cancel => "cancel",
        }
    }
}

/// A person's wish for a nonce, left where the owner of the nonce finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Under which it is answered.
    pub id: i64,
    /// The nonce.
    pub nonce: u64,
    /// What is to be done at it.
    pub kind: WishKind,
}

/// Keeps attempts, and tells the sender what the rest of the program knows. An answer means that what was asked for survives
/// a power cut.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes attempts as [`AttemptState::Written`], all or none, before any of them is sent.
    async fn write(&self, attempts: Vec<Attempt>) -> Result<(), ChainError>;

    /// Changes the states of attempts, in this order.
    async fn mark(&self, marks: Vec<Mark>) -> Result<(), ChainError>;

    /// What became of these nonces lies so deep in the chain that no reorganisation takes it back.
    async fn settle(&self, wallet: Address, nonces: Vec<u64>) -> Result<(), ChainError>;

    /// The attempts of `wallet` that did not fail and whose nonce is not settled, in the order of their nonces and then oldest
    /// first.
    async fn unfinished(&self, wallet: Address) -> Result<Vec<Attempt>, ChainError>;

    /// Why an action has no chance any more (its task is over, its deadline has passed); none while it has one, and while
    /// nobody can tell.
    async fn unwanted(&self, _action: &str, _task: Option<TaskId>) -> Option<String> {
        None
    }

    /// The wishes for nonces of `wallet` that are not answered yet; asked for at every look, so it must be cheap.
    async fn wishes(&self, _wallet: Address) -> Result<Vec<Wish>, ChainError> {
        Ok(Vec::new())
    }

    /// Answers a wish: the hash of the new attempt, or why there is none.
    async fn answer(&self, _wish: Wish, _outcome: Result<B256, ChainError>) -> Result<(), ChainError> {
        Ok(())
    }
}

/// For programs whose transactions end with them: nothing is kept.
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn write(&self, _: Vec<Attempt>) -> Result<(), ChainError> {
        Ok(())
    }

    async fn mark(&self, _: Vec<Mark>) -> Result<(), ChainError> {
        Ok(())
    }

    async fn settle(&self, _: Address, _: Vec<u64>) -> Result<(), ChainError> {
        Ok(())
    }

    async fn unfinished(&self, _: Address) -> Result<Vec<Attempt>, ChainError> {
        Ok(Vec::new())
    }
}
