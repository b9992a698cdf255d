//! Whom to authorise: one more worker is wanted while the contributions made and promised cannot reach consensus
//! (iexec-core's rule, reference §4.4).

use super::book::Entry;
use crate::poco::Consensus;
use alloy::primitives::{Address, U256};
use std::collections::HashMap;

/// Whether one more worker is wanted for a task that is active. `authorized` are those let in and when; they count while they may
/// still contribute, which is for one category time, unless they said that they will not.
pub(super) fn more_wanted(
    entry: &Entry,
    authorized: &[(Address, u64)],
    scores: &HashMap<Address, U256>,
    now: u64,
) -> bool {
    let score = |worker: &Address| scores.get(worker).copied().unwrap_or_default();
    let mut consensus = Consensus::new(entry.deal.trust);
    for (worker, hash) in &entry.contributions {
        // A weight beyond 256 bits cannot come of real scores; such a contribution would count for nothing.
        let _ = consensus.contribute(*hash, score(worker));
    }
    let may_still = |(worker, since): &&(Address, u64)| {
        let contributed = entry.contributions.iter().any(|(other, _)| other == worker);
        let gave_up = entry.reports.contains_key(worker);
        !contributed && !gave_up && now < since.saturating_add(entry.task.timeref)
    };
    let pending: Vec<U256> = authorized.iter().filter(may_still).map(|(worker, _)| score(worker)).collect();
    // Scores have moved since the chain weighed the contributions with them: where nobody is awaited any more and the
    // task is active still, the chain itself has said that they are not enough.
    pending.is_empty() || consensus.more_workers_needed(pending)
}

#[cfg(test)]
mod tests {
    use super::super::book::tests::entry as any_entry;
    use super::*;
    use crate::poco::messages::Report;
    use crate::poco::{ResultHash, TaskStatus};
    use alloy::primitives::{B256, Bytes};
    use std::sync::Arc;

    fn worker(n: u8) -> Address {
        Address::repeat_byte(n)
    }

    fn hash(n: u8) -> ResultHash {
        ResultHash(B256::repeat_byte(n))
    }

    /// A task with this trust, and a time of 10 seconds.
    fn entry(trust: u64) -> Entry {
        let mut entry = any_entry(TaskStatus::Active, 0, 0, Address::ZERO);
        Arc::make_mut(&mut entry.deal).trust = U256::from(trust);
        entry
    }

    fn wanted(entry: &Entry, authorized: &[(u8, u64)], now: u64) -> bool {
        let authorized: Vec<_> = authorized.iter().map(|(n, since)| (worker(*n), *since)).collect();
        more_wanted(entry, &authorized, &HashMap::new(), now)
    }

    #[test]
    fn new_workers_are_let_in_until_they_could_agree() {
        // Each weighs 2: n of them win with 2ⁿ·trust > (1 + 2ⁿ)·(trust − 1), that is 2ⁿ > trust − 1.
        for (trust, enough) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (1_000, 10)] {
            let entry = entry(trust);
            for n in 0..=12u8 {
                let pending: Vec<_> = (0..n).map(|n| (n, 0)).collect();
                assert_eq!(wanted(&entry, &pending, 0), n < enough, "trust {trust}, {n} at it");
            }
        }
    }

    #[test]
    fn a_promise_counts_for_one_category_time() {
        let entry = entry(1);
        assert!(!wanted(&entry, &[(1, 100)], 109));
        assert!(wanted(&entry, &[(1, 100)], 110));
        assert!(!wanted(&entry, &[(1, 100), (2, 110)], 115));
    }

    #[test]
    fn who_gave_up_counts_no_more() {
        let mut entry = entry(1);
        let report = Report {
            worker: worker(1),
            code: "P-CO-001".into(),
            reason: "no such image".into(),
            signature: Bytes::new(),
        };
        entry.reports.insert(worker(1), report);
        assert!(wanted(&entry, &[(1, 0)], 0));
        assert!(!wanted(&entry, &[(1, 0), (2, 0)], 0));
    }

    #[test]
    fn a_contribution_counts_on_when_its_promise_is_over() {
        let mut entry = entry(4);
        entry.contributed(worker(1), hash(1));
        assert!(wanted(&entry, &[(1, 0)], 5), "its own promise does not count a second time");
        assert!(!wanted(&entry, &[(1, 0), (2, 0)], 5));
        assert!(wanted(&entry, &[(1, 0), (2, 0)], 10));
        entry.contributed(worker(2), hash(1));
        assert!(!wanted(&entry, &[(1, 0), (2, 0), (3, 5)], 10), "two agree, and a third may come");
    }

    #[test]
    fn where_nobody_is_awaited_an_active_task_takes_another_whatever_todays_scores_say() {
        let mut entry = entry(4);
        entry.contributed(worker(1), hash(1));
        entry.contributed(worker(2), hash(1));
        assert!(
            wanted(&entry, &[(1, 0), (2, 0)], 5),
            "the chain weighed them lower than their scores of today"
        );
    }

    #[test]
    fn a_dissenter_makes_more_workers_necessary() {
        let mut entry = entry(3);
        entry.contributed(worker(1), hash(1));
        entry.contributed(worker(2), hash(2));
        // 2·2ⁿ·3 > (1 + 2 + 2·2ⁿ)·2 for n = 2 and not for 1.
        assert!(wanted(&entry, &[(1, 0), (2, 0), (3, 0)], 0));
        assert!(!wanted(&entry, &[(1, 0), (2, 0), (3, 0), (4, 0)], 0));
    }

    #[test]
    fn a_worker_with_a_name_counts_for_several() {
        let entry = entry(100);
        let authorized = [(worker(1), 0)];
        let scores = |score: u64| HashMap::from([(worker(1), U256::from(score))]);
        // A score of 303 weighs 100 > trust − 1; one of 300 weighs 99.
        assert!(!more_wanted(&entry, &authorized, &scores(303), 0));
        assert!(more_wanted(&entry, &authorized, &scores(300), 0));
    }
}
