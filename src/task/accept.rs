//! Whether a task is taken at all: what the operator asks of a deal, and what this program can do.

use crate::chain::{Account, Deal};
use crate::container::policy::Denied;
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
    /// The operator does not let the image run.
    #[error(transparent)]
    Image(#[from] Denied),
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
            Self::Image(denied) => denied.code(),
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
            Self::Image(denied) => denied.help(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Resource;
    use crate::poco::DealId;
    use alloy::primitives::{Address, B256};

    const NOW: u64 = 1_000;

    fn nrlc(amount: u64) -> U256 {
        U256::from(amount)
    }

    /// A deal that locks 30 and pays 100.
    fn deal() -> Deal {
        let resource =
            |price| Resource { pointer: Address::ZERO, owner: Address::ZERO, price_nrlc: nrlc(price) };
        Deal {
            id: DealId(B256::ZERO),
            app: resource(1_000),
            dataset: resource(1_000),
            workerpool: resource(100),
            trust: U256::ONE,
            category: U256::ZERO,
            tag: B256::ZERO,
            requester: Address::ZERO,
            beneficiary: Address::ZERO,
            callback: Address::ZERO,
            params: String::new(),
            start_time: 0,
            bot_first: 0,
            bot_size: 1,
            worker_stake_nrlc: nrlc(30),
            scheduler_reward_ratio: U256::ZERO,
            sponsor: None,
        }
    }

    fn terms() -> Terms {
        Terms { min_price_nrlc: nrlc(100), max_stake_nrlc: nrlc(30), max_seconds: 60, margin_seconds: 15 }
    }

    /// What is said of the deal when the category takes `timeref` seconds, `left` remain and `free` is free.
    fn said(deal: &Deal, terms: &Terms, timeref: u64, left: u64, free: u64) -> Option<&'static str> {
        let account = Account { stake_nrlc: nrlc(free), locked_nrlc: nrlc(1_000) };
        refusal(deal, timeref, NOW + left, &account, terms, NOW).map(|refusal| refusal.code())
    }

    #[test]
    fn a_deal_that_just_fits_is_taken() {
        assert_eq!(said(&deal(), &terms(), 60, 75, 30), None);
    }

    #[test]
    fn each_condition_refuses_what_is_just_beyond_it() {
        assert_eq!(said(&deal(), &terms(), 61, 76, 30), Some("P-AC-003"));
        assert_eq!(said(&deal(), &terms(), 60, 75, 29), Some("P-AC-004"));
        let careful = Terms { max_stake_nrlc: nrlc(29), ..terms() };
        assert_eq!(said(&deal(), &careful, 60, 75, 30), Some("P-AC-005"));
        let dear = Terms { min_price_nrlc: nrlc(101), ..terms() };
        assert_eq!(said(&deal(), &dear, 60, 75, 30), Some("P-AC-006"), "app and dataset prices do not count");
        assert_eq!(said(&deal(), &terms(), 60, 74, 30), Some("P-AC-007"));
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_nothing() {
        let account = Account { stake_nrlc: nrlc(30), locked_nrlc: U256::ZERO };
        let late = refusal(&deal(), 60, NOW - 1, &account, &terms(), NOW);
        assert!(matches!(late, Some(Refusal::DeadlineTooNear { left: 0, needed: 75 })));
    }

    #[test]
    fn a_time_beyond_all_clocks_is_refused_like_any_other() {
        let endless = Terms { max_seconds: u64::MAX, ..terms() };
        assert_eq!(said(&deal(), &endless, u64::MAX, 75, 30), Some("P-AC-007"));
    }

    #[test]
    fn tags_that_need_other_hardware_are_refused() {
        for (tag, code) in [
            (Tag::TEE, Some("P-AC-001")),
            (Tag::TEE.union(Tag::SCONE), Some("P-AC-001")),
            (Tag::GPU, Some("P-AC-002")),
            (Tag::GPU.union(Tag::TEE), Some("P-AC-001")),
        ] {
            let deal = Deal { tag: tag.0, ..deal() };
            assert_eq!(said(&deal, &terms(), 60, 75, 30), code, "{tag}");
        }
    }
}
