//! The consensus rule: how contributions weigh, when a result is agreed on, and whether a task needs more workers.
//!
//! Mirrors `contribute`, `checkConsensus` and `reopen`. [`Consensus`] owns the groups of one task.
//!
//! ```text
//! weight = max(score / 3, 3) − 1        group' = max(group, 1) · weight        total' = total + group' − group
//! agreed ⇔ group' · trust > total' · (trust − 1)                                total starts at 1
//! ```

use super::error::PocoError;
use super::ids::ResultHash;
use alloy::primitives::{U256, U512};
use std::collections::BTreeMap;

/// What a contribution of a worker with this score weighs: 2 for a new worker.
pub fn weight(score: U256) -> U256 {
    (score / U256::from(3)).max(U256::from(3)) - U256::from(1)
}

/// How a hub rounds the logarithm of a weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LogRounding {
    /// Up: PoCo 3 to 5.4.
    Ceil,
    /// Down: PoCo 5.5 and later.
    #[default]
    Floor,
}

/// The base-2 logarithm of a weight, by which rewards are shared; 0 for a weight of 0, which no worker has.
pub fn log_weight(weight: U256, rounding: LogRounding) -> u64 {
    let floor = weight.bit_len().saturating_sub(1) as u64;
    match rounding {
        LogRounding::Ceil if !weight.is_zero() && !weight.is_power_of_two() => floor + 1,
        LogRounding::Ceil | LogRounding::Floor => floor,
    }
}

/// The trust that a deal has: 0 counts as 1.
pub fn deal_trust(trust: U256) -> U256 {
    trust.max(U256::from(1))
}

/// Those who contributed the same result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The product of their weights.
    pub weight: U256,
    /// How many they are.
    pub workers: u64,
}

/// What a contribution did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the contribution weighs.
    pub weight: U256,
    /// What its group weighs now.
    pub group: U256,
    /// What all weigh now.
    pub total: U256,
    /// Whether the task has its consensus with this contribution.
    pub reached: bool,
}

/// The contributions to one task, as the hub sums them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consensus {
    trust: U256,
    total: U256,
    groups: BTreeMap<ResultHash, Group>,
}

impl Consensus {
    /// A task without contributions. `trust` may be the request order's or the deal's.
    pub fn new(trust: U256) -> Self {
        Self { trust: deal_trust(trust), total: U256::from(1), groups: BTreeMap::new() }
    }

    /// Counts the contribution of `hash` by a worker with `score`. Only the contribution's own group can reach
    /// consensus by it. On an error, where the contract reverts, nothing is counted.
    pub fn contribute(&mut self, hash: ResultHash, score: U256) -> Result<Step, PocoError> {
        let overflow = PocoError::Overflow { what: "the weight of a consensus" };
        let weight = weight(score);
        let group = self.group(hash);
        let grown = group.weight.max(U256::from(1)).checked_mul(weight);
        let grown = grown.ok_or_else(|| overflow.clone())?;
        // The group is part of the total, so the difference cannot be negative.
        let total = (self.total - group.weight).checked_add(grown).ok_or_else(|| overflow.clone())?;
        let ours = grown.checked_mul(self.trust).ok_or_else(|| overflow.clone())?;
        let against = total.checked_mul(self.trust - U256::from(1)).ok_or(overflow)?;

        self.groups.insert(hash, Group { weight: grown, workers: group.workers + 1 });
        self.total = total;
        Ok(Step { weight, group: grown, total, reached: ours > against })
    }

    /// Takes the group of `hash` out, as `reopen` does when nobody revealed. A later contribution of the same
    /// result starts a new group.
    pub fn reopen(&mut self, hash: ResultHash) {
        if let Some(group) = self.groups.remove(&hash) {
            self.total -= group.weight;
        }
    }

    /// Those who contributed `hash` and were not taken out by a reopening: the winners, if it is agreed on.
    pub fn group(&self, hash: ResultHash) -> Group {
        self.groups.get(&hash).copied().unwrap_or_default()
    }

    /// What all contributions weigh, 1 without any.
    pub fn total(&self) -> U256 {
        self.total
    }

    /// The deal's trust, at least 1.
    pub fn trust(&self) -> U256 {
        self.trust
    }

    /// [`more_workers_needed`] for this task, with the scores of those who work on it and have not contributed.
    pub fn more_workers_needed(&self, pending_scores: impl IntoIterator<Item = U256>) -> bool {
        let groups: Vec<U256> = self.groups.values().map(|group| group.weight).collect();
        let pending: Vec<U256> = pending_scores.into_iter().map(weight).collect();
        more_workers_needed(self.trust, &groups, &pending)
    }
}

/// Whether the scheduler gives the task to one more worker: it does until the heaviest group would win if all
/// pending workers joined it, `best · trust > (1 + others + best) · (trust − 1)`. A task without any worker needs one.
///
/// `groups` are the weights of the groups on chain, `pending` the weights of workers that were given the task less
/// than its category's time ago and have neither contributed nor failed (source: the supply rule of iExec's scheduler).
pub fn more_workers_needed(trust: U256, groups: &[U256], pending: &[U256]) -> bool {
    if groups.is_empty() && pending.is_empty() {
        return true;
    }
    let heaviest = groups.iter().copied().max().unwrap_or_default();
    let others = groups.iter().fold(U512::ZERO, |sum, group| sum + U512::from(*group)) - U512::from(heaviest);
    let one = U256::from(1);
    let best = pending.iter().fold(heaviest.max(one), |best, weight| best.saturating_mul(*weight));
    // The rule with `best · (trust − 1)` taken from both sides, so that no product leaves 512 bits.
    U512::from(best) <= (others + U512::from(1)).saturating_mul(U512::from(deal_trust(trust) - one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;
    use proptest::prelude::*;

    fn hash(index: u8) -> ResultHash {
        ResultHash(B256::repeat_byte(index))
    }

    /// Contributions as (result, score), few results so that groups grow.
    fn contributions() -> impl Strategy<Value = Vec<(u8, u64)>> {
        proptest::collection::vec((0u8..4, 0u64..200), 0..24)
    }

    proptest! {
        #[test]
        fn the_total_is_one_more_than_the_groups(trust in 0u64..1000, steps in contributions()) {
            let mut consensus = Consensus::new(U256::from(trust));
            for (result, score) in steps {
                consensus.contribute(hash(result), U256::from(score)).unwrap();
                let groups = (0..4).map(|index| consensus.group(hash(index)).weight);
                prop_assert_eq!(consensus.total(), groups.fold(U256::from(1), |sum, group| sum + group));
            }
        }

        /// A group that is agreed on stays so when one more joins it: no contribution weighs less than 2.
        #[test]
        fn more_of_the_same_never_undoes_a_consensus(
            trust in 0u64..1000, steps in contributions(), score in 0u64..200,
        ) {
            let mut consensus = Consensus::new(U256::from(trust));
            for (result, before) in steps {
                if consensus.contribute(hash(result), U256::from(before)).unwrap().reached {
                    prop_assert!(consensus.contribute(hash(result), U256::from(score)).unwrap().reached);
                    return Ok(());
                }
            }
        }

        #[test]
        fn alone_it_takes_a_product_of_at_least_the_trust(
            trust in 1u64..5000, scores in proptest::collection::vec(0u64..200, 1..12),
        ) {
            let mut consensus = Consensus::new(U256::from(trust));
            let mut product = U256::from(1);
            for score in scores {
                product *= weight(U256::from(score));
                let step = consensus.contribute(hash(1), U256::from(score)).unwrap();
                prop_assert_eq!(step.reached, product >= U256::from(trust));
            }
        }

        #[test]
        fn reopening_forgets_the_group_and_no_other(trust in 0u64..1000, steps in contributions()) {
            let (mut all, mut without) = (Consensus::new(U256::from(trust)), Consensus::new(U256::from(trust)));
            for (result, score) in steps {
                all.contribute(hash(result), U256::from(score)).unwrap();
                if result != 0 {
                    without.contribute(hash(result), U256::from(score)).unwrap();
                }
            }
            all.reopen(hash(0));
            prop_assert_eq!(all, without);
        }

        /// The scheduler is right: when it stops giving the task out and all who work on it agree with the
        /// heaviest group, there is a consensus; and one worker fewer would not have been enough.
        #[test]
        fn the_scheduler_gives_out_just_enough(
            trust in 0u64..1000, steps in contributions(), scores in proptest::collection::vec(0u64..200, 64),
        ) {
            let mut consensus = Consensus::new(U256::from(trust));
            for (result, score) in steps {
                if consensus.contribute(hash(result), U256::from(score)).unwrap().reached {
                    return Ok(());
                }
            }
            let mut pending = Vec::new();
            let mut scores = scores.into_iter().map(U256::from);
            while consensus.more_workers_needed(pending.iter().copied()) {
                pending.push(scores.next().unwrap());
            }
            let heaviest = (0..4).map(hash).max_by_key(|hash| consensus.group(*hash).weight).unwrap();
            let steps: Vec<bool> = pending
                .into_iter()
                .map(|score| consensus.contribute(heaviest, score).unwrap().reached)
                .collect();
            let (last, before) = steps.split_last().unwrap();
            prop_assert!(last);
            prop_assert!(!before.contains(&true));
        }

        #[test]
        fn the_short_form_of_the_supply_rule_is_the_documented_one(
            trust in 0u64..100_000,
            groups in proptest::collection::vec(1u64..1_000_000, 0..6),
            pending in proptest::collection::vec(2u64..100, 1..6),
        ) {
            let sum: u128 = groups.iter().map(|group| u128::from(*group)).sum();
            let heaviest = groups.iter().copied().max().unwrap_or(0);
            let others = sum - u128::from(heaviest);
            let best = pending.iter().fold(u128::from(heaviest.max(1)), |best, weight| best * u128::from(*weight));
            let trust_1 = u128::from(trust.max(1));
            let documented = best * trust_1 <= (1 + others + best) * (trust_1 - 1);
            let words = |values: &[u64]| values.iter().copied().map(U256::from).collect::<Vec<_>>();
            let ours = more_workers_needed(U256::from(trust), &words(&groups), &words(&pending));
            prop_assert_eq!(ours, documented);
        }
    }

    #[test]
    fn logarithms_round_as_the_version_does() {
        for (weight, floor, ceil) in
            [(0, 0, 0), (1, 0, 0), (2, 1, 1), (3, 1, 2), (4, 2, 2), (5, 2, 3), (999, 9, 10)]
        {
            assert_eq!(log_weight(U256::from(weight), LogRounding::Floor), floor, "{weight}");
            assert_eq!(log_weight(U256::from(weight), LogRounding::Ceil), ceil, "{weight}");
        }
        assert_eq!(log_weight(U256::MAX, LogRounding::Floor), 255);
        assert_eq!(log_weight(U256::MAX, LogRounding::Ceil), 256);
    }

    #[test]
    fn what_reverts_on_chain_counts_nothing() {
        let mut consensus = Consensus::new(U256::MAX);
        let before = consensus.clone();
        assert!(consensus.contribute(hash(1), U256::ZERO).is_err());
        assert_eq!(consensus, before);
        assert!(Consensus::new(U256::from(1)).contribute(hash(1), U256::MAX).is_ok());
        assert!(!more_workers_needed(U256::from(2), &[U256::MAX], &[U256::MAX, U256::MAX]));
        assert!(more_workers_needed(U256::MAX, &[U256::MAX, U256::MAX], &[U256::MAX]));
    }

    #[test]
    fn a_task_without_workers_needs_one() {
        assert!(Consensus::new(U256::ZERO).more_workers_needed([]));
        assert!(!Consensus::new(U256::ZERO).more_workers_needed([U256::ZERO]));
    }
}
