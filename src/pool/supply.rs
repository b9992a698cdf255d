//! Whom to authorise: one more worker is wanted while the contributions made and promised cannot reach consensus
//! (iexec-core's rule, reference §4.4).

use super::book::Entry;
use crate::poco::Consensus;
use alloy::primitives::{Address, U256};
use std::collections::HashMap;

/// Whether one more worker is wanted for a task. `authorized` are those let in and when; they count while they may
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
    let pending = authorized.iter().filter(|(worker, since)| {
        let contributed = entry.contributions.iter().any(|(other, _)| other == worker);
        let gave_up = entry.reports.contains_key(worker);
        !contributed && !gave_up && now < since.saturating_add(entry.task.timeref)
    });
    consensus.more_workers_needed(pending.map(|(worker, _)| score(worker)))
}
