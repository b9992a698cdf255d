//! The seam between the rooms and the chain.

use super::ChainError;
use super::events::Event;
use super::follow::Scope;
use super::types::{Account, AppEntry, Category, Contribution, DatasetEntry, Deal, Head, HubConfig, Task};
use crate::poco::{DealId, ResultDigest, ResultHash, ResultSeal, TaskId};
use alloy::primitives::{Address, B256, Bytes, U256};
use async_trait::async_trait;

/// What our keys do on chain; each is one call of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `initialize` one task, or `initializeArray` several of one deal.
    Initialize {
        /// The deal.
        deal: DealId,
        /// The indexes.
        indexes: Vec<u64>,
    },
    /// `contribute` a sealed digest outside of TEE.
    Contribute {
        /// The task.
        task: TaskId,
        /// Hash of task and digest.
        hash: ResultHash,
        /// Hash of worker, task and digest.
        seal: ResultSeal,
        /// The scheduler's signature.
        authorization: Bytes,
        /// How many had contributed when that was last looked at: one that makes the consensus pays for a look at each.
        contributors: u64,
    },
    /// `reveal` the digest.
    Reveal {
        /// The task.
        task: TaskId,
        /// The digest.
        digest: ResultDigest,
    },
    /// `finalize` with the result's place and the callback's bytes.
    Finalize {
        /// The task.
        task: TaskId,
        /// What `results` says.
        results: Bytes,
        /// What the callback is given.
        callback: Bytes,
    },
    /// `reopen` a task whose winners all kept silent.
    Reopen(TaskId),
    /// `claim` a task that died.
    Claim(TaskId),
}

impl Action {
    /// The contract's own word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Initialize { .. } => "initialize",
            Self::Contribute { .. } => "contribute",
            Self::Reveal { .. } => "reveal",
            Self::Finalize { .. } => "finalize",
            Self::Reopen(_) => "reopen",
            Self::Claim(_) => "claim",
        }
    }
}

/// A transaction that was mined and succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction.
    pub hash: B256,
    /// The block that holds it.
    pub block: u64,
    /// The gas it took.
    pub gas_used: u64,
}

/// All that the other rooms ask of a chain.
#[async_trait]
pub trait Chain: Send + Sync {
    /// What the hub is made of.
    fn config(&self) -> &HubConfig;

    /// The newest head known, without asking.
    fn head(&self) -> Head;

    /// Waits for a head newer than block `number`.
    async fn head_after(&self, number: u64) -> Result<Head, ChainError>;

    /// The block of that number on the chain of now; an endpoint that lags does not know its newest ones.
    async fn block(&self, number: u64) -> Result<Head, ChainError>;

    /// `viewDeal`.
    async fn deal(&self, id: DealId) -> Result<Deal, ChainError>;

    /// `viewTask`; a task that was never initialised is `Unset`.
    async fn task(&self, id: TaskId) -> Result<Task, ChainError>;

    /// `viewContribution`.
    async fn contribution(&self, task: TaskId, worker: Address) -> Result<Contribution, ChainError>;

    /// `viewAccount`.
    async fn account(&self, account: Address) -> Result<Account, ChainError>;

    /// `viewScore`.
    async fn score(&self, worker: Address) -> Result<U256, ChainError>;

    /// `viewCategory`.
    async fn category(&self, id: U256) -> Result<Category, ChainError>;

    /// The app's registration.
    async fn app(&self, app: Address) -> Result<AppEntry, ChainError>;

    /// The dataset's registration.
    async fn dataset(&self, dataset: Address) -> Result<DatasetEntry, ChainError>;

    /// Who owns an app, dataset or workerpool now.
    async fn owner(&self, entry: Address) -> Result<Address, ChainError>;

    /// The chain's native coin held by an account, in wei.
    async fn gas_balance(&self, account: Address) -> Result<U256, ChainError>;

    /// What a unit of gas costs now, in wei; zero on a chain without gas.
    async fn gas_price(&self) -> Result<u128, ChainError> {
        Ok(0)
    }

    /// The events of `scope` in the blocks `from..=to`, in the order of the chain, from whoever has them by their numbers. An
    /// endpoint that serves fewer blocks at once refuses with [`ChainError::RangeRefused`]; one that lags leaves out what it
    /// does not know, so this is for blocks that all know.
    async fn events(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError>;

    /// The events of `scope` in that very block, in their order; an endpoint that does not know the block must not answer.
    async fn events_of(&self, scope: &Scope, block: &Head) -> Result<Vec<Event>, ChainError>;

    /// Sends an action with the key of `wallet` and waits until it is mined, has failed, or is unknown.
    async fn act(&self, wallet: Address, action: Action) -> Result<Receipt, ChainError>;
}
