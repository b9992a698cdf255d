//! Where the money of a task goes, in exact integers: what is locked, what is paid out, what is lost.
//!
//! Mirrors `contribute`, `finalize`, `contributeAndFinalize`, `claim`, `successWork`, `distributeRewards` and
//! `distributeRewardsFast`, and the locks of `matchOrders`. Every division rounds down; what is left over is the
//! scheduler's.

use super::amount::Nrlc;
use super::error::PocoError;
use super::escrow::{Deltas, Party};
use alloy::primitives::{Address, U256};

/// The hub's share of a workerpool's price that the scheduler stakes per task, in percent.
pub const WORKERPOOL_STAKE_RATIO: u64 = 30;
/// The share of the kitty that a settled task gives to its scheduler, in percent.
pub const KITTY_RATIO: u64 = 10;
/// The least that a settled task takes from the kitty, as far as there is that much.
pub const KITTY_MIN: Nrlc = Nrlc::ONE_RLC;

/// What a deal fixes about the money of each of its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Price of the app.
    pub app_price: Nrlc,
    /// Price of the dataset, zero without one.
    pub dataset_price: Nrlc,
    /// Price of the workerpool.
    pub workerpool_price: Nrlc,
    /// What each worker stakes.
    pub worker_stake: Nrlc,
    /// The scheduler's share of the workerpool's price, in percent, 100 at most.
    pub scheduler_reward_ratio: U256,
}

impl Terms {
    /// What the payer pays for one task.
    pub fn task_price(&self) -> Result<Nrlc, PocoError> {
        self.app_price.plus(self.dataset_price)?.plus(self.workerpool_price)
    }

    /// What the scheduler stakes for one task.
    pub fn scheduler_stake(&self) -> Result<Nrlc, PocoError> {
        scheduler_stake(self.workerpool_price)
    }

    /// The workers' part of a reward.
    fn workers_share(&self, reward: Nrlc) -> Result<Nrlc, PocoError> {
        let share = U256::from(100).checked_sub(self.scheduler_reward_ratio);
        reward.percent(
            share.ok_or_else(|| PocoError::Ratio { percent: self.scheduler_reward_ratio.to_string() })?,
        )
    }
}

/// What a worker stakes per task: `floor(price · m_workerStakeRatioPolicy / 100)`, fixed by `matchOrders`.
pub fn worker_stake(workerpool_price: Nrlc, stake_ratio: U256) -> Result<Nrlc, PocoError> {
    workerpool_price.percent(stake_ratio)
}

/// What the scheduler stakes per task: `floor(price · 30 / 100)`.
pub fn scheduler_stake(workerpool_price: Nrlc) -> Result<Nrlc, PocoError> {
    workerpool_price.percent(U256::from(WORKERPOOL_STAKE_RATIO))
}

/// What a settled task gives to its scheduler from a kitty that holds `locked`.
pub fn kitty_share(locked: Nrlc) -> Result<Nrlc, PocoError> {
    Ok(locked.percent(U256::from(KITTY_RATIO))?.max(KITTY_MIN).min(locked))
}

/// The score after `finalize`: one more for a proved contribution that others could check, two thirds of it for any
/// contribution that is not proved.
pub fn score_after(score: U256, proved: bool, contributors: usize) -> Result<U256, PocoError> {
    let overflow = PocoError::Overflow { what: "a score" };
    match (proved, contributors) {
        (true, 0 | 1) => Ok(score),
        (true, _) => score.checked_add(U256::from(1)).ok_or(overflow),
        (false, _) => Ok(score.checked_mul(U256::from(2)).ok_or(overflow)? / U256::from(3)),
    }
}

/// One contribution to a task that is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// The worker.
    pub worker: Address,
    /// The contribution's weight on chain, which is a logarithm.
    pub log_weight: U256,
    /// Whether it was revealed (`PROVED`). Losers, winners that kept silent and those of a reopened round were not.
    pub proved: bool,
    /// The worker's score before.
    pub score: U256,
}

/// What a settled task brings to one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerOutcome {
    /// The worker.
    pub worker: Address,
    /// What it earns, its own stake not counted.
    pub reward: Nrlc,
    /// What it loses of its stake.
    pub seized: Nrlc,
    /// Its score from now on.
    pub score: U256,
}

/// A settled task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What the scheduler earns by the task, the kitty's gift not counted.
    pub scheduler: Nrlc,
    /// What the scheduler gets from the kitty.
    pub from_kitty: Nrlc,
    /// What the workers get, in the order of the contributors.
    pub workers: Vec<WorkerOutcome>,
    /// What changes in the escrow.
    pub deltas: Deltas,
}

/// The locks of `matchOrders` for a deal of `volume` tasks.
pub fn lock_deal(terms: &Terms, volume: U256) -> Result<Deltas, PocoError> {
    let mut deltas = Deltas::default();
    deltas.lock(Party::Payer, terms.task_price()?.times(volume)?)?;
    deltas.lock(Party::Scheduler, terms.scheduler_stake()?.times(volume)?)?;
    Ok(deltas)
}

/// The lock of one `contribute`. There is none in `contributeAndFinalize`.
pub fn lock_contribution(terms: &Terms, worker: Address) -> Result<Deltas, PocoError> {
    let mut deltas = Deltas::default();
    deltas.lock(Party::Worker(worker), terms.worker_stake)?;
    Ok(deltas)
}

/// The money and the scores of `finalize`, with `kitty` locked in the kitty before it.
pub fn finalize(terms: &Terms, contributors: &[Contributor], kitty: Nrlc) -> Result<Settlement, PocoError> {
    let overflow = || PocoError::Overflow { what: "the weight of the proved contributions" };
    let mut proved_weight = U256::ZERO;
    let mut pot = terms.workerpool_price;
    for contributor in contributors {
        if contributor.proved {
            proved_weight = proved_weight.checked_add(contributor.log_weight).ok_or_else(overflow)?;
        } else {
            pot = pot.plus(terms.worker_stake)?;
        }
    }
    if proved_weight.is_zero() {
        return Err(PocoError::NobodyProved);
    }

    let (mut deltas, from_kitty) = pay_owners(terms, kitty)?;
    let workers_share = terms.workers_share(pot)?;
    let mut scheduler = pot;
    let mut workers = Vec::with_capacity(contributors.len());
    for contributor in contributors {
        let party = Party::Worker(contributor.worker);
        let (reward, seized) = if contributor.proved {
            let reward = workers_share.fraction(contributor.log_weight, proved_weight)?;
            scheduler = scheduler.minus(reward)?;
            deltas.unlock(party, terms.worker_stake)?;
            deltas.reward(party, reward)?;
            (reward, Nrlc::ZERO)
        } else {
            deltas.seize(party, terms.worker_stake)?;
            (Nrlc::ZERO, terms.worker_stake)
        };
        let score = score_after(contributor.score, contributor.proved, contributors.len())?;
        workers.push(WorkerOutcome { worker: contributor.worker, reward, seized, score });
    }
    deltas.reward(Party::Scheduler, scheduler)?;
    Ok(Settlement { scheduler, from_kitty, workers, deltas })
}

/// The money of `contributeAndFinalize`: one worker, no stake, and its `score` stays.
pub fn contribute_and_finalize(
    terms: &Terms,
    worker: Address,
    score: U256,
    kitty: Nrlc,
) -> Result<Settlement, PocoError> {
    let (mut deltas, from_kitty) = pay_owners(terms, kitty)?;
    let reward = terms.workers_share(terms.workerpool_price)?;
    let scheduler = terms.workerpool_price.minus(reward)?;
    deltas.reward(Party::Worker(worker), reward)?;
    deltas.reward(Party::Scheduler, scheduler)?;
    let workers = vec![WorkerOutcome { worker, reward, seized: Nrlc::ZERO, score }];
    Ok(Settlement { scheduler, from_kitty, workers, deltas })
}

/// The money of `claim`: the payer and all contributors get theirs back, the scheduler's stake goes to the kitty. No
/// score changes.
pub fn claim(terms: &Terms, contributors: &[Address]) -> Result<Deltas, PocoError> {
    let mut deltas = Deltas::default();
    let stake = terms.scheduler_stake()?;
    deltas.unlock(Party::Payer, terms.task_price()?)?;
    deltas.seize(Party::Scheduler, stake)?;
    deltas.reward(Party::Kitty, stake)?;
    deltas.lock(Party::Kitty, stake)?;
    for worker in contributors {
        deltas.unlock(Party::Worker(*worker), terms.worker_stake)?;
    }
    Ok(deltas)
}

/// What both ways of settling have in common: the payer's money leaves, the owners of app and dataset are paid,
/// the scheduler has its stake back and its share of the kitty.
fn pay_owners(terms: &Terms, kitty: Nrlc) -> Result<(Deltas, Nrlc), PocoError> {
    let mut deltas = Deltas::default();
    deltas.seize(Party::Payer, terms.task_price()?)?;
    deltas.reward(Party::AppOwner, terms.app_price)?;
    deltas.reward(Party::DatasetOwner, terms.dataset_price)?;
    deltas.unlock(Party::Scheduler, terms.scheduler_stake()?)?;
    let from_kitty = kitty_share(kitty)?;
    deltas.seize(Party::Kitty, from_kitty)?;
    deltas.reward(Party::Scheduler, from_kitty)?;
    Ok((deltas, from_kitty))
}

#[cfg(test)]
mod tests {
    use super::super::escrow::{Delta, Parties};
    use super::*;
    use alloy::primitives::I256;
    use proptest::prelude::*;

    fn terms() -> impl Strategy<Value = Terms> {
        (any::<[u64; 3]>(), 0u64..200, 0u64..=100).prop_map(|([app, dataset, pool], stake, reward)| Terms {
            app_price: Nrlc::new(app),
            dataset_price: Nrlc::new(dataset),
            workerpool_price: Nrlc::new(pool),
            worker_stake: worker_stake(Nrlc::new(pool), U256::from(stake)).unwrap(),
            scheduler_reward_ratio: U256::from(reward),
        })
    }

    fn contributors() -> impl Strategy<Value = Vec<Contributor>> {
        proptest::collection::vec((1u64..256, any::<bool>(), any::<u32>()), 0..12).prop_map(|list| {
            let contributor = |(index, (log_weight, proved, score)): (usize, (u64, bool, u32))| Contributor {
                worker: Address::with_last_byte(index as u8),
                log_weight: U256::from(log_weight),
                proved,
                score: U256::from(score),
            };
            list.into_iter().enumerate().map(contributor).collect()
        })
    }

    fn merge(steps: &[Deltas]) -> Vec<(Party, Delta)> {
        let all = steps.iter().try_fold(Deltas::default(), Deltas::then).unwrap();
        all.iter().collect()
    }

    proptest! {
        #[test]
        fn no_unit_is_made_or_lost(terms in terms(), list in contributors(), kitty: u64) {
            let settled = finalize(&terms, &list, Nrlc::new(kitty));
            prop_assert_eq!(settled.is_err(), !list.iter().any(|one| one.proved));
            let Ok(settled) = settled else { return Ok(()) };
            prop_assert_eq!(settled.deltas.sum().unwrap(), I256::ZERO);

            let rewards = settled.workers.iter().try_fold(Nrlc::ZERO, |sum, one| sum.plus(one.reward)).unwrap();
            let seized = settled.workers.iter().try_fold(Nrlc::ZERO, |sum, one| sum.plus(one.seized)).unwrap();
            let paid = rewards.plus(settled.scheduler).unwrap();
            prop_assert_eq!(paid, terms.workerpool_price.plus(seized).unwrap());
        }

        /// From match to finalize nothing stays locked but the kitty.
        #[test]
        fn a_settled_task_leaves_nothing_locked(terms in terms(), list in contributors(), kitty: u64) {
            let Ok(settled) = finalize(&terms, &list, Nrlc::new(kitty)) else { return Ok(()) };
            let mut steps = vec![lock_deal(&terms, U256::from(1)).unwrap(), settled.deltas];
            for one in &list {
                steps.push(lock_contribution(&terms, one.worker).unwrap());
            }
            for (party, delta) in merge(&steps) {
                prop_assert!(party == Party::Kitty || delta.locked.is_zero(), "{party:?} {delta:?}");
            }
        }

        #[test]
        fn a_claimed_task_costs_the_scheduler_alone(terms in terms(), count in 0u8..10) {
            let workers: Vec<_> = (0..count).map(Address::with_last_byte).collect();
            let claimed = claim(&terms, &workers).unwrap();
            prop_assert_eq!(claimed.sum().unwrap(), I256::ZERO);
            let mut steps = vec![lock_deal(&terms, U256::from(1)).unwrap(), claimed];
            for worker in &workers {
                steps.push(lock_contribution(&terms, *worker).unwrap());
            }
            let stake = I256::try_from(terms.scheduler_stake().unwrap().0).unwrap();
            for (party, delta) in merge(&steps) {
                let expected = match party {
                    Party::Scheduler => Delta { stake: -stake, locked: I256::ZERO },
                    Party::Kitty => Delta { stake: I256::ZERO, locked: stake },
                    _ => Delta::default(),
                };
                prop_assert_eq!(delta, expected);
            }
        }

        #[test]
        fn one_worker_earns_the_same_both_ways(terms in terms(), kitty: u64, score: u32) {
            let (worker, score) = (Address::with_last_byte(1), U256::from(score));
            let alone = Contributor { worker, log_weight: U256::from(1), proved: true, score };
            let slow = finalize(&terms, &[alone], Nrlc::new(kitty)).unwrap();
            let fast = contribute_and_finalize(&terms, worker, score, Nrlc::new(kitty)).unwrap();
            prop_assert_eq!(fast.deltas.sum().unwrap(), I256::ZERO);
            prop_assert_eq!(&fast.workers, &slow.workers);
            prop_assert_eq!((fast.scheduler, fast.from_kitty), (slow.scheduler, slow.from_kitty));
            let lock = lock_contribution(&terms, worker).unwrap();
            let fast: Vec<_> = merge(&[fast.deltas]);
            prop_assert_eq!(fast, merge(&[slow.deltas, lock]));
        }

        #[test]
        fn who_weighs_more_never_earns_less(terms in terms(), list in contributors()) {
            let Ok(settled) = finalize(&terms, &list, Nrlc::ZERO) else { return Ok(()) };
            let mut proved: Vec<_> = list.iter().zip(&settled.workers).filter(|(one, _)| one.proved).collect();
            proved.sort_by_key(|(one, _)| one.log_weight);
            prop_assert!(proved.is_sorted_by_key(|(_, outcome)| outcome.reward));
        }
    }

    #[test]
    fn the_kitty_gives_a_tenth_but_no_less_than_one_rlc() {
        for (locked, share) in [
            (0, 0),
            (305_867_392, 305_867_392),
            (1_000_000_000, 1_000_000_000),
            (3_000_000_000, 1_000_000_000),
            (10_000_000_009, 1_000_000_000),
            (10_000_000_010, 1_000_000_001),
        ] {
            assert_eq!(kitty_share(Nrlc::new(locked)), Ok(Nrlc::new(share)));
        }
    }

    #[test]
    fn one_address_in_several_parts_adds_up() {
        let one = Address::repeat_byte(1);
        let parties = Parties { payer: one, app_owner: one, dataset_owner: one, scheduler: one, kitty: one };
        let terms = Terms {
            app_price: Nrlc::new(1),
            dataset_price: Nrlc::new(2),
            workerpool_price: Nrlc::new(100),
            worker_stake: Nrlc::new(30),
            scheduler_reward_ratio: U256::from(1),
        };
        let settled = contribute_and_finalize(&terms, one, U256::ZERO, Nrlc::new(50)).unwrap();
        let changes = settled.deltas.by_address(&parties).unwrap();
        let locked = I256::try_from(103 + 30 + 50).unwrap();
        assert_eq!(
            changes.into_iter().collect::<Vec<_>>(),
            [(one, Delta { stake: locked, locked: -locked })]
        );
    }

    #[test]
    fn what_reverts_on_chain_is_an_error() {
        let mut terms = Terms {
            app_price: Nrlc::ZERO,
            dataset_price: Nrlc::ZERO,
            workerpool_price: Nrlc::new(10),
            worker_stake: Nrlc::ZERO,
            scheduler_reward_ratio: U256::from(101),
        };
        let worker = Address::ZERO;
        let above = contribute_and_finalize(&terms, worker, U256::ZERO, Nrlc::ZERO);
        assert_eq!(above, Err(PocoError::Ratio { percent: "101".into() }));
        terms.workerpool_price = Nrlc(U256::MAX);
        assert!(matches!(lock_deal(&terms, U256::from(1)), Err(PocoError::Overflow { .. })));
        assert_eq!(finalize(&terms, &[], Nrlc::ZERO), Err(PocoError::NobodyProved));
    }
}
