//! Whether a task is taken at all: what the operator asks of a deal, and what this program can do.

use crate::chain::{Account, Deal};
use crate::dapp::DappError;
use crate::poco::{Class, Fault, Tag};
use alloy::primitives::U256;

/// What the operator asks of a deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The least price of a task, in nRLC.
    pub min_price_nrlc: U256,
    /// The most escrow that one contribution may lock, in nRLC.
    pub max_stake_nrlc: U256,
    /// The longest category taken, in seconds.
    pub max_seconds: u64,
    /// Time that must remain for the transactions once the container has taken all of its own, in seconds.
    pub margin_seconds: u64,
}

/// Why a task is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// TEE deals need an enclave.
    #[error("the deal asks for a trusted execution environment (tag {0})")]
    Tee(Tag),
    /// GPU deals need a GPU.
    #[error("the deal asks for a GPU (tag {0})")]
    Gpu(Tag),
    /// The category is longer than the operator takes.
    #[error("the category runs up to {seconds} s and this worker takes up to {limit} s")]
    TooLong {
        /// The category's time.
        seconds: u64,
        /// The operator's limit.
        limit: u64,
    },
    /// Too little escrow is free.
    #[error("a contribution locks {wanted} nRLC and {free} nRLC are free")]
    StakeTooLow {
        /// Free escrow, in nRLC.
        free: U256,
        /// What the deal locks, in nRLC.
        wanted: U256,
    },
    /// The operator does not stake that much.
    #[error("a contribution locks {wanted} nRLC and this worker stakes up to {limit} nRLC")]
    StakeTooHigh {
        /// What the deal locks, in nRLC.
        wanted: U256,
        /// The operator's limit, in nRLC.
        limit: U256,
    },
    /// The price is too low.
    #[error("the deal pays {price} nRLC a task and this worker asks for {least} nRLC")]
    Price {
        /// What the deal pays, in nRLC.
        price: U256,
        /// What the operator asks, in nRLC.
        least: U256,
    },
    /// Too little time remains.
    #[error("{left} s remain for contributions and {needed} s may be needed")]
    DeadlineTooNear {
        /// What remains, in seconds.
        left: u64,
        /// The container's time and the margin, in seconds.
        needed: u64,
    },
    /// What is asked cannot be understood or must not be done.
    #[error(transparent)]
    Dapp(#[from] DappError),
}

impl Fault for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Tee(_) => "P-AC-001",
            Self::Gpu(_) => "P-AC-002",
            Self::TooLong { .. } => "P-AC-003",
            Self::StakeTooLow { .. } => "P-AC-004",
            Self::StakeTooHigh { .. } => "P-AC-005",
            Self::Price { .. } => "P-AC-006",
            Self::DeadlineTooNear { .. } => "P-AC-007",
            Self::Dapp(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        Class::GiveUp
    }

    fn help(&self) -> String {
        match self {
            Self::Tee(_) | Self::Gpu(_) => {
                "request the deal without this tag, or from a pool that has the hardware".into()
            }
            Self::TooLong { .. } => {
                "raise `max-seconds` in the worker's configuration, or use a shorter category".into()
            }
            Self::StakeTooLow { .. } => "deposit more RLC into the hub for this worker's wallet".into(),
            Self::StakeTooHigh { .. } => "raise `max-stake` in the worker's configuration".into(),
            Self::Price { .. } => "lower `min-price` in the worker's configuration, or pay more".into(),
            Self::DeadlineTooNear { .. } => "nothing to do here: the deal is too old for another run".into(),
            Self::Dapp(error) => error.help(),
        }
    }
}

/// Why this deal's task is not taken now; none when it is. `now` is the chain's time, in Unix seconds.
pub fn refusal(
    deal: &Deal,
    timeref: u64,
    contribution_deadline: u64,
    account: &Account,
    terms: &Terms,
    now: u64,
) -> Option<Refusal> {
    let tag = Tag(deal.tag);
    if tag.is_tee() {
        return Some(Refusal::Tee(tag));
    }
    if tag.contains(Tag::GPU) {
        return Some(Refusal::Gpu(tag));
    }
    if timeref > terms.max_seconds {
        return Some(Refusal::TooLong { seconds: timeref, limit: terms.max_seconds });
    }
    if deal.workerpool.price_nrlc < terms.min_price_nrlc {
        return Some(Refusal::Price { price: deal.workerpool.price_nrlc, least: terms.min_price_nrlc });
    }
    let wanted = deal.worker_stake_nrlc;
    if wanted > terms.max_stake_nrlc {
        return Some(Refusal::StakeTooHigh { wanted, limit: terms.max_stake_nrlc });
    }
    if wanted > account.stake_nrlc {
        return Some(Refusal::StakeTooLow { free: account.stake_nrlc, wanted });
    }
    let left = contribution_deadline.saturating_sub(now);
    let needed = timeref.saturating_add(terms.margin_seconds);
    if left < needed {
        return Some(Refusal::DeadlineTooNear { left, needed });
    }
    None
}
