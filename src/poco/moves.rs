//! Which call on a task the hub takes now: the conditions of its task functions, which revert without a reason.
//!
//! Owns no state: [`TaskFacts`] is a view that the caller read from the hub, `now` the time of the block to come.
//!
//! ```text
//! Unset ──initialize──▶ Active ──contribute (consensus)──▶ Revealing ──finalize──▶ Completed
//!                        │  ▲                                │   │
//!                        │  └─────────────reopen─────────────┘   │
//!                        └────────────────claim──────────────────┴───────────────▶ Failed
//! ```

use super::amount::Nrlc;
use super::fault::Class;
use super::ids::{ResultDigest, ResultHash, ResultSeal, TaskId};
use super::seal::{result_hash, result_seal};
use super::tag::Tag;
use alloy::primitives::{Address, U256};
use serde::{Deserialize, Serialize};

/// A task's status, numbered as in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum TaskStatus {
    /// Not initialized.
    Unset = 0,
    /// Taking contributions.
    Active = 1,
    /// Agreed on; the winners reveal.
    Revealing = 2,
    /// Settled.
    Completed = 3,
    /// Claimed.
    Failed = 4,
}

/// A contribution's status, numbered as in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[repr(u8)]
pub enum ContributionStatus {
    /// The worker has not contributed.
    Unset = 0,
    /// Contributed, not revealed.
    Contributed = 1,
    /// Revealed.
    Proved = 2,
    /// Taken out by a reopening.
    Rejected = 3,
}

macro_rules! from_abi {
    ($status:ident { $($variant:ident),+ }) => {
        impl $status {
            /// The status of the ABI's uint8, `None` for a number that the contract does not use.
            pub const fn from_abi(number: u8) -> Option<Self> {
                $(if number == Self::$variant as u8 { return Some(Self::$variant); })+
                None
            }
        }
    };
}
from_abi!(TaskStatus { Unset, Active, Revealing, Completed, Failed });
from_abi!(ContributionStatus { Unset, Contributed, Proved, Rejected });

/// Why the hub would refuse a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveRefusal {
    /// The task's status comes before the one needed.
    #[error("the task is {0:?}, it is too early for this")]
    NotYet(TaskStatus),
    /// The task's status comes after the one needed.
    #[error("the task is {0:?}, it is too late for this")]
    Past(TaskStatus),
    /// The deadline, in Unix seconds, has passed.
    #[error("the deadline {0} has passed")]
    TooLate(u64),
    /// The call is possible from this Unix second on.
    #[error("not before {0}")]
    TooEarly(u64),
    /// The worker has contributed to this task before.
    #[error("the worker has contributed to this task already")]
    Twice,
    /// The task's tag asks for trusted execution, and there is no enclave.
    #[error("the task asks for trusted execution: an enclave must sign")]
    NoEnclave,
    /// The worker's free stake does not cover what is locked.
    #[error("a stake of {needed} is needed, {free} are free")]
    Stake {
        /// What the worker has.
        free: Nrlc,
        /// What the deal locks.
        needed: Nrlc,
    },
    /// The worker has nothing to reveal: it did not contribute, or revealed, or was taken out by a reopening.
    #[error("the worker's contribution is {0:?}, nothing is left to reveal")]
    NothingToReveal(ContributionStatus),
    /// The consensus is on another result.
    #[error("the consensus is on another result")]
    Lost,
    /// The digest is not the one that was contributed.
    #[error("the digest is not the one that was contributed")]
    WrongDigest,
    /// Not all winners have revealed, and they have time to.
    #[error("{revealed} of {winners} winners have revealed, and they have time to")]
    RevealsMissing {
        /// How many have revealed.
        revealed: u64,
        /// How many can.
        winners: u64,
    },
    /// Nobody revealed in time: the task can be reopened, not settled.
    #[error("nobody has revealed")]
    NobodyRevealed,
    /// Somebody revealed: the task can be settled, not reopened.
    #[error("somebody has revealed")]
    SomebodyRevealed,
    /// The task needs more than one worker's word.
    #[error("a result without consensus needs a trust of 1 and no other contribution")]
    NotAlone,
}

impl MoveRefusal {
    /// Whether the same call can go through later.
    pub const fn class(&self) -> Class {
        match self {
            Self::NotYet(_) | Self::TooEarly(_) | Self::RevealsMissing { .. } | Self::Stake { .. } => {
                Class::Retry
            }
            _ => Class::GiveUp,
        }
    }
}

/// What the conditions ask of a task (`viewTask`). Times are Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskFacts {
    /// Its status.
    pub status: TaskStatus,
    /// From here on nobody contributes.
    pub contribution_deadline: u64,
    /// From here on nobody reveals; 0 before consensus.
    pub reveal_deadline: u64,
    /// From here on anybody claims.
    pub final_deadline: u64,
    /// How many contributed.
    pub contributors: u64,
    /// How many agree with the consensus.
    pub winners: u64,
    /// How many of them revealed.
    pub revealed: u64,
}

/// A worker that wants to contribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its contribution so far.
    pub own: ContributionStatus,
    /// The enclave's account, zero outside of trusted execution.
    pub enclave: Address,
    /// The deal's tag.
    pub tag: Tag,
    /// The worker's free stake.
    pub free: Nrlc,
    /// The deal's worker stake.
    pub stake: Nrlc,
}

/// What a worker contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contributed {
    /// The contribution's status.
    pub status: ContributionStatus,
    /// Its hash.
    pub hash: ResultHash,
    /// Its seal.
    pub seal: ResultSeal,
}

impl TaskFacts {
    /// `contribute`, signatures apart.
    pub fn may_contribute(&self, now: u64, candidate: &Candidate) -> Result<(), MoveRefusal> {
        self.open_for(now, candidate)?;
        require(
            candidate.free >= candidate.stake,
            MoveRefusal::Stake { free: candidate.free, needed: candidate.stake },
        )
    }

    /// `contributeAndFinalize`, signatures and callback apart. It locks no stake.
    pub fn may_contribute_and_finalize(
        &self,
        now: u64,
        candidate: &Candidate,
        deal_trust: U256,
    ) -> Result<(), MoveRefusal> {
        self.open_for(now, candidate)?;
        require(self.contributors == 0 && deal_trust == U256::from(1), MoveRefusal::NotAlone)
    }

    /// `reveal` of `digest` by `worker`, which contributed `own` to `task`, agreed on `consensus`.
    pub fn may_reveal(
        &self,
        now: u64,
        own: &Contributed,
        consensus: ResultHash,
        (task, worker, digest): (TaskId, Address, ResultDigest),
    ) -> Result<(), MoveRefusal> {
        self.at(TaskStatus::Revealing)?;
        before(now, self.reveal_deadline)?;
        require(own.status == ContributionStatus::Contributed, MoveRefusal::NothingToReveal(own.status))?;
        require(own.hash == consensus, MoveRefusal::Lost)?;
        let same = own.hash == result_hash(task, digest) && own.seal == result_seal(worker, task, digest);
        require(same, MoveRefusal::WrongDigest)
    }

    /// `finalize`, callback apart.
    pub fn may_finalize(&self, now: u64) -> Result<(), MoveRefusal> {
        self.at(TaskStatus::Revealing)?;
        before(now, self.final_deadline)?;
        let Self { revealed, winners, .. } = *self;
        if revealed == winners || (revealed > 0 && now >= self.reveal_deadline) {
            Ok(())
        } else if now < self.reveal_deadline {
            Err(MoveRefusal::RevealsMissing { revealed, winners })
        } else {
            Err(MoveRefusal::NobodyRevealed)
        }
    }

    /// `reopen`.
    pub fn may_reopen(&self, now: u64) -> Result<(), MoveRefusal> {
        self.at(TaskStatus::Revealing)?;
        before(now, self.final_deadline)?;
        require(self.revealed == 0, MoveRefusal::SomebodyRevealed)?;
        require(now >= self.reveal_deadline, MoveRefusal::TooEarly(self.reveal_deadline))
    }

    /// `claim`. A task that was never initialized is claimed by `initializeAndClaimArray`.
    pub fn may_claim(&self, now: u64) -> Result<(), MoveRefusal> {
        match self.status {
            TaskStatus::Unset => Err(MoveRefusal::NotYet(self.status)),
            TaskStatus::Completed | TaskStatus::Failed => Err(MoveRefusal::Past(self.status)),
            TaskStatus::Active | TaskStatus::Revealing => {
                require(now >= self.final_deadline, MoveRefusal::TooEarly(self.final_deadline))
            }
        }
    }

    fn open_for(&self, now: u64, candidate: &Candidate) -> Result<(), MoveRefusal> {
        self.at(TaskStatus::Active)?;
        before(now, self.contribution_deadline)?;
        require(candidate.own == ContributionStatus::Unset, MoveRefusal::Twice)?;
        require(candidate.enclave != Address::ZERO || !candidate.tag.is_tee(), MoveRefusal::NoEnclave)
    }

    fn at(&self, needed: TaskStatus) -> Result<(), MoveRefusal> {
        require(self.status >= needed, MoveRefusal::NotYet(self.status))?;
        require(self.status <= needed, MoveRefusal::Past(self.status))
    }
}

fn before(now: u64, deadline: u64) -> Result<(), MoveRefusal> {
    require(now < deadline, MoveRefusal::TooLate(deadline))
}

fn require(holds: bool, refusal: MoveRefusal) -> Result<(), MoveRefusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts() -> impl Strategy<Value = TaskFacts> {
        (0u8..5, 1u64..50, 1u64..50, 1u64..50, 0u64..4, 0u64..4).prop_map(
            |(status, contribution, reveal, finalize, winners, revealed)| TaskFacts {
                status: TaskStatus::from_abi(status).unwrap(),
                contribution_deadline: contribution,
                reveal_deadline: reveal,
                final_deadline: finalize,
                contributors: winners,
                winners,
                revealed: revealed.min(winners),
            },
        )
    }

    proptest! {
        /// A task that is agreed on has exactly one way on at any time, and only a claim after its last deadline.
        #[test]
        fn ways_on_exclude_one_another(task in facts(), now in 0u64..60) {
            let ways = [task.may_reopen(now).is_ok(), task.may_finalize(now).is_ok(), task.may_claim(now).is_ok()];
            let open = ways.iter().filter(|way| **way).count();
            // Nobody wins without contributing, so a task with no winner is never Revealing.
            prop_assume!(task.winners > 0);
            prop_assert!(open <= 1);
            if task.status == TaskStatus::Revealing && now >= task.reveal_deadline {
                prop_assert_eq!(open, 1);
            }
        }

        /// Whoever waits is told a time or a status that comes; what is refused for good stays refused.
        #[test]
        fn what_is_given_up_never_comes_back(task in facts(), now in 0u64..60, later in 0u64..60) {
            for way in [TaskFacts::may_reopen, TaskFacts::may_claim] {
                if let Err(refusal) = way(&task, now) && refusal.class() == Class::GiveUp {
                    prop_assert!(way(&task, now + later).is_err());
                }
            }
        }
    }

    #[test]
    fn the_fast_way_is_for_a_lone_worker() {
        let fresh = TaskFacts {
            status: TaskStatus::Active,
            contribution_deadline: 10,
            reveal_deadline: 0,
            final_deadline: 20,
            contributors: 0,
            winners: 0,
            revealed: 0,
        };
        let poor = Candidate {
            own: ContributionStatus::Unset,
            enclave: Address::ZERO,
            tag: Tag::NONE,
            free: Nrlc::ZERO,
            stake: Nrlc::new(1),
        };
        let (one, two) = (U256::from(1), U256::from(2));
        assert_eq!(fresh.may_contribute_and_finalize(0, &poor, one), Ok(()));
        assert_eq!(fresh.may_contribute_and_finalize(0, &poor, two), Err(MoveRefusal::NotAlone));
        let second = TaskFacts { contributors: 1, ..fresh };
        assert_eq!(second.may_contribute_and_finalize(0, &poor, one), Err(MoveRefusal::NotAlone));
        assert!(matches!(fresh.may_contribute(0, &poor), Err(MoveRefusal::Stake { .. })));
        let again = Candidate { own: ContributionStatus::Rejected, ..poor };
        assert_eq!(fresh.may_contribute(0, &again), Err(MoveRefusal::Twice));
    }

    #[test]
    fn unknown_numbers_of_the_abi_are_none() {
        assert_eq!(TaskStatus::from_abi(5), None);
        assert_eq!(ContributionStatus::from_abi(4), None);
        assert_eq!(ContributionStatus::from_abi(2), Some(ContributionStatus::Proved));
    }
}
