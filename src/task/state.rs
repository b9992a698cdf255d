//! The states of a task, one struct each, and how they are kept.

use super::notes::Notes;
use crate::container::Image;
use crate::dapp::Launch;
use crate::poco::{ResultDigest, ResultHash};
use crate::results::Baseline;
use alloy::primitives::Bytes;
use serde::{Deserialize, Serialize};

/// Where a task stands.
#[derive(Debug)]
pub enum State {
    /// Taken on, with the scheduler's leave.
    Accepted(Accepted),
    /// Inputs and image are here.
    Prepared(Prepared),
    /// The container has ended well.
    Ran(Ran),
    /// The digest is written; there will never be another.
    Digested(Digested),
    /// The sealed digest is on chain, stake is locked.
    Contributed(Contributed),
    /// The digest is on chain.
    Revealed(Revealed),
    /// Nothing remains to be done.
    Ended(End),
}

/// Taken on, with the scheduler's leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The scheduler's signature, which `contribute` needs.
    pub authorization: Bytes,
}

/// Inputs and image are here.
#[derive(Debug)]
pub struct Prepared {
    /// What was accepted.
    pub accepted: Accepted,
    /// The image, by what cannot change under it.
    pub image: Image,
    /// How it is started.
    pub launch: Launch,
    /// The outputs' folder before the run.
    pub baseline: Baseline,
}

/// The container has ended well.
#[derive(Debug)]
pub struct Ran {
    /// What was accepted.
    pub accepted: Accepted,
    /// How it was started, which says where the proof lies.
    pub launch: Launch,
    /// The outputs' folder before the run.
    pub baseline: Baseline,
    /// Whether stdout was longer than is kept.
    pub stdout_cut: bool,
    /// Whether stderr was longer than is kept.
    pub stderr_cut: bool,
}

/// The digest is written; there will never be another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digested {
    /// What was accepted.
    pub accepted: Accepted,
    /// The digest.
    pub digest: ResultDigest,
    /// Which rule gave it, in words.
    pub rule: String,
}

/// The sealed digest is on chain, stake is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributed {
    /// The digest, secret until reveal.
    pub digest: ResultDigest,
    /// What the chain has of it.
    pub hash: ResultHash,
    /// What was accepted, for the case that the chain loses the contribution; none in a row of an older program.
    #[serde(default)]
    pub accepted: Option<Accepted>,
}

/// The digest is on chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// The digest.
    pub digest: ResultDigest,
    /// What was accepted, for the case that the chain loses what we did; none in a row of an older program.
    #[serde(default)]
    pub accepted: Option<Accepted>,
    /// Where the result lies once it was handed over.
    #[serde(default)]
    pub location: Option<String>,
}

/// The result was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Where it lies.
    pub location: String,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "lowercase")]
pub enum End {
    /// The result was handed over; the rest is the pool's.
    Delivered(Delivered),
    /// It was not taken.
    Refused {
        /// The stable code of the reason.
        code: String,
        /// The reason.
        reason: String,
    },
    /// It could not be done; nothing was contributed, or the digest stays unproved.
    Failed {
        /// Where in the journey.
        stage: super::Stage,
        /// The stable code of the reason.
        code: String,
        /// The reason.
        reason: String,
    },
    /// The chain agreed on something else, or without us.
    Lost {
        /// What the chain says.
        reason: String,
    },
    /// The task died before it was finalised.
    Expired {
        /// Which deadline.
        reason: String,
    },
}

/// What the ledger keeps of a state. What is prepared is described in the task's own folder as well (`notes`); where that
/// is missing the task starts again from what was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(super) enum Kept {
    Accepted(Accepted),
    Prepared(Accepted),
    Ran {
        #[serde(flatten)]
        accepted: Accepted,
        #[serde(default)]
        stdout_cut: bool,
        #[serde(default)]
        stderr_cut: bool,
    },
    Digested(Digested),
    Contributed(Contributed),
    Revealed(Revealed),
    /// Ended by what the chain says, which a reorganisation may take back: then it goes on from `before`.
    Settling {
        end: End,
        before: Box<Kept>,
    },
    Ended(End),
}

impl State {
    /// Its name in the ledger, in logs and on the status page.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Prepared(_) => "prepared",
            Self::Ran(_) => "ran",
            Self::Digested(_) => "digested",
            Self::Contributed(_) => "contributed",
            Self::Revealed(_) => "revealed",
            Self::Ended(end) => end.name(),
        }
    }

    pub(super) fn kept(&self) -> Kept {
        match self {
            Self::Accepted(state) => Kept::Accepted(state.clone()),
            Self::Prepared(state) => Kept::Prepared(state.accepted.clone()),
            Self::Ran(state) => Kept::Ran {
                accepted: state.accepted.clone(),
                stdout_cut: state.stdout_cut,
                stderr_cut: state.stderr_cut,
            },
            Self::Digested(state) => Kept::Digested(state.clone()),
            Self::Contributed(state) => Kept::Contributed(state.clone()),
            Self::Revealed(state) => Kept::Revealed(state.clone()),
            Self::Ended(end) => Kept::Ended(end.clone()),
        }
    }
}

impl Kept {
    /// The state to go on from, with the notes that the task's folder has.
    pub(super) fn resume(self, notes: Option<Notes>) -> State {
        match self {
            Self::Accepted(accepted) => State::Accepted(accepted),
            Self::Prepared(accepted) => match notes {
                Some(Notes { image, launch, baseline }) => {
                    State::Prepared(Prepared { accepted, image, launch, baseline })
                }
                None => State::Accepted(accepted),
            },
            Self::Ran { accepted, stdout_cut, stderr_cut } => match notes {
                Some(Notes { launch, baseline, .. }) => {
                    State::Ran(Ran { accepted, launch, baseline, stdout_cut, stderr_cut })
                }
                None => State::Accepted(accepted),
            },
            Self::Digested(state) => State::Digested(state),
            Self::Contributed(state) => State::Contributed(state),
            Self::Revealed(state) => State::Revealed(state),
            Self::Settling { before, .. } => before.resume(notes),
            Self::Ended(end) => State::Ended(end),
        }
    }

    /// What is kept of an end that was come to from here.
    pub(super) fn ended(self, end: End) -> Self {
        if !end.is_the_chains() {
            return Self::Ended(end);
        }
        let before = match (self, &end) {
            (Self::Revealed(revealed), End::Delivered(Delivered { location })) => {
                Self::Revealed(Revealed { location: Some(location.clone()), ..revealed })
            }
            (before, _) => before,
        };
        Self::Settling { end, before: Box::new(before) }
    }
}

impl End {
    /// Its name in the ledger, in logs and on the status page.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Lost { .. } => "lost",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether it follows from what the chain says, which a reorganisation may take back.
    pub fn is_the_chains(&self) -> bool {
        matches!(self, Self::Delivered(_) | Self::Lost { .. } | Self::Expired { .. })
    }

    /// Why, in a sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Delivered(delivered) => format!("handed over to {}", delivered.location),
            Self::Refused { code, reason } => format!("{code}: {reason}"),
            Self::Failed { stage, code, reason } => format!("{code} at {stage}: {reason}"),
            Self::Lost { reason } | Self::Expired { reason } => reason.clone(),
        }
    }
}
