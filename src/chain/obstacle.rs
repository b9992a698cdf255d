//! Why the hub would refuse: its task functions revert without a reason, so the conditions are read from the views
//! and the failing one is named (PoCo `IexecPoco2Facet`: `contribute`, `reveal`, `finalize`).

use super::types::{Account, Contribution, ContributionStatus, Deal, Task, TaskStatus};
use crate::poco::{ResultHash, TaskId};
use alloy::primitives::{B256, U256};

/// A condition of the hub that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The task is in another state than the action needs.
    #[error("the task is {0:?}")]
    Status(TaskStatus),
    /// The deadline has passed.
    #[error("the {what} deadline passed {late} s ago")]
    Late {
        /// Which deadline.
        what: &'static str,
        /// How long ago, in seconds.
        late: u64,
    },
    /// We have contributed already.
    #[error("our contribution is already {0:?}")]
    Contribution(ContributionStatus),
    /// Not enough escrow is free to lock.
    #[error("{free} nRLC are free and {wanted} nRLC must be locked")]
    Stake {
        /// Free escrow.
        free: U256,
        /// What the deal locks.
        wanted: U256,
    },
    /// A deal with the TEE bit takes no contribution without an enclave.
    #[error("the deal asks for an enclave")]
    Enclave,
    /// The chain agreed on another result.
    #[error("consensus is on another result")]
    OtherConsensus,
    /// Not all winners have revealed, and they still may.
    #[error("{revealed} of {winners} winners revealed and they have {left} s left")]
    AwaitingReveals {
        /// How many did.
        revealed: u64,
        /// How many can.
        winners: u64,
        /// How long they have.
        left: u64,
    },
    /// Nobody has revealed.
    #[error("nobody revealed")]
    NoReveal,
    /// The bytes for the callback are not what was proved.
    #[error("the callback's bytes are not what the digest of {0} proves")]
    Callback(TaskId),
}

/// Why `contribute` would be refused now; none when it would be taken.
pub fn contribute_obstacle(
    deal: &Deal,
    task: &Task,
    ours: &Contribution,
    account: &Account,
    now: u64,
) -> Option<Obstacle> {
    if task.status != TaskStatus::Active {
        return Some(Obstacle::Status(task.status));
    }
    if now >= task.contribution_deadline {
        return Some(Obstacle::Late { what: "contribution", late: now - task.contribution_deadline });
    }
    if ours.status != ContributionStatus::Unset {
        return Some(Obstacle::Contribution(ours.status));
    }
    if deal.tag[31] & 1 == 1 {
        return Some(Obstacle::Enclave);
    }
    if account.stake_nrlc < deal.worker_stake_nrlc {
        return Some(Obstacle::Stake { free: account.stake_nrlc, wanted: deal.worker_stake_nrlc });
    }
    None
}

/// Why `reveal` of a digest with this hash would be refused now.
pub fn reveal_obstacle(task: &Task, ours: &Contribution, hash: ResultHash, now: u64) -> Option<Obstacle> {
    if task.status != TaskStatus::Revealing {
        return Some(Obstacle::Status(task.status));
    }
    if now >= task.reveal_deadline {
        return Some(Obstacle::Late { what: "reveal", late: now - task.reveal_deadline });
    }
    if ours.status != ContributionStatus::Contributed {
        return Some(Obstacle::Contribution(ours.status));
    }
    if task.consensus != Some(hash) {
        return Some(Obstacle::OtherConsensus);
    }
    None
}

/// Why `finalize` with these callback bytes would be refused now.
pub fn finalize_obstacle(deal: &Deal, task: &Task, callback: &[u8], now: u64) -> Option<Obstacle> {
    if task.status != TaskStatus::Revealing {
        return Some(Obstacle::Status(task.status));
    }
    if now >= task.final_deadline {
        return Some(Obstacle::Late { what: "final", late: now - task.final_deadline });
    }
    if task.reveal_counter == 0 {
        return Some(Obstacle::NoReveal);
    }
    if task.reveal_counter < task.winner_counter && now < task.reveal_deadline {
        return Some(Obstacle::AwaitingReveals {
            revealed: task.reveal_counter,
            winners: task.winner_counter,
            left: task.reveal_deadline - now,
        });
    }
    let none_wanted = deal.callback.is_zero() && callback.is_empty();
    let proved = task.digest.is_some_and(|digest| digest.0 == keccak(callback));
    if !none_wanted && !proved {
        return Some(Obstacle::Callback(task.id));
    }
    None
}

fn keccak(bytes: &[u8]) -> B256 {
    alloy::primitives::keccak256(bytes)
}
