//! The hub's events as happenings of the protocol.

use super::abi::Hub;
use crate::poco::{DealId, ResultDigest, ResultHash, TaskId};
use alloy::primitives::{Address, B256, Bytes, U64, U256};
use alloy::sol_types::SolEventInterface;
use serde::Deserialize;

/// Something that happened on chain, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its block.
    pub block: u64,
    /// Its place within the block.
    pub log_index: u64,
    /// What happened.
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A deal was struck for a workerpool.
    Notice {
        /// The workerpool.
        workerpool: Address,
        /// The deal.
        deal: DealId,
    },
    /// A task was initialised.
    Initialized {
        /// The task.
        task: TaskId,
        /// Its workerpool.
        workerpool: Address,
    },
    /// A worker contributed.
    Contributed {
        /// The task.
        task: TaskId,
        /// Who.
        worker: Address,
        /// The sealed hash.
        hash: ResultHash,
    },
    /// Consensus was reached.
    Consensus {
        /// The task.
        task: TaskId,
        /// On what.
        hash: ResultHash,
    },
    /// A worker revealed.
    Revealed {
        /// The task.
        task: TaskId,
        /// Who.
        worker: Address,
        /// The digest.
        digest: ResultDigest,
    },
    /// A task was opened again because no winner revealed.
    Reopened(TaskId),
    /// A task was finalised.
    Finalized {
        /// The task.
        task: TaskId,
        /// What `results` says.
        results: Bytes,
    },
    /// A dead task was claimed.
    Claimed(TaskId),
    /// Escrow was paid to an account for a deal or task.
    Rewarded {
        /// Whose.
        account: Address,
        /// How much, in nRLC.
        amount_nrlc: U256,
    },
    /// Escrow was taken from an account.
    Seized {
        /// Whose.
        account: Address,
        /// How much, in nRLC.
        amount_nrlc: U256,
    },
}

impl Happening {
    /// The task it is about, when it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Initialized { task, .. }
            | Self::Contributed { task, .. }
            | Self::Consensus { task, .. }
            | Self::Revealed { task, .. }
            | Self::Finalized { task, .. }
            | Self::Reopened(task)
            | Self::Claimed(task) => Some(*task),
            Self::Notice { .. } | Self::Rewarded { .. } | Self::Seized { .. } => None,
        }
    }

    /// The contract's own name of the event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Notice { .. } => "SchedulerNotice",
            Self::Initialized { .. } => "TaskInitialize",
            Self::Contributed { .. } => "TaskContribute",
            Self::Consensus { .. } => "TaskConsensus",
            Self::Revealed { .. } => "TaskReveal",
            Self::Reopened(_) => "TaskReopen",
            Self::Finalized { .. } => "TaskFinalize",
            Self::Claimed(_) => "TaskClaimed",
            Self::Rewarded { .. } => "Reward",
            Self::Seized { .. } => "Seize",
        }
    }
}

/// A log, as far as it is read: an absence brings many, and the rest of each is left where it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Log {
    topics: Vec<B256>,
    data: Bytes,
    block_number: Option<U64>,
    log_index: Option<U64>,
}

/// Reads one log; none for events that are not ours to follow and for logs that are not mined yet.
pub(super) fn read(log: &Log) -> Option<Event> {
    let what = match Hub::HubEvents::decode_raw_log(&log.topics, &log.data).ok()? {
        Hub::HubEvents::SchedulerNotice(e) => {
            Happening::Notice { workerpool: e.workerpool, deal: DealId(e.dealid) }
        }
        Hub::HubEvents::TaskInitialize(e) => {
            Happening::Initialized { task: TaskId(e.taskid), workerpool: e.workerpool }
        }
        Hub::HubEvents::TaskContribute(e) => {
            Happening::Contributed { task: TaskId(e.taskid), worker: e.worker, hash: ResultHash(e.hash) }
        }
        Hub::HubEvents::TaskConsensus(e) => {
            Happening::Consensus { task: TaskId(e.taskid), hash: ResultHash(e.consensus) }
        }
        Hub::HubEvents::TaskReveal(e) => {
            Happening::Revealed { task: TaskId(e.taskid), worker: e.worker, digest: ResultDigest(e.digest) }
        }
        Hub::HubEvents::TaskReopen(e) => Happening::Reopened(TaskId(e.taskid)),
        Hub::HubEvents::TaskFinalize(e) => {
            Happening::Finalized { task: TaskId(e.taskid), results: e.results }
        }
        Hub::HubEvents::TaskClaimed(e) => Happening::Claimed(TaskId(e.taskid)),
        Hub::HubEvents::Reward(e) => Happening::Rewarded { account: e.owner, amount_nrlc: e.amount },
        Hub::HubEvents::Seize(e) => Happening::Seized { account: e.owner, amount_nrlc: e.amount },
        Hub::HubEvents::OrdersMatched(_) => return None,
    };
    Some(Event { block: log.block_number?.to(), log_index: log.log_index?.to(), what })
}
