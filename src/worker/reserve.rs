//! Escrow spoken for: tasks that were taken and have not contributed yet will lock stake that still looks free.

use crate::poco::TaskId;
use alloy::primitives::U256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The stakes that tasks under way will lock, in nRLC.
#[derive(Clone, Default)]
pub(super) struct Reserve {
    stakes: Arc<Mutex<HashMap<TaskId, U256>>>,
}

impl Reserve {
    /// Speaks for `stake` of the `free` escrow; false when others have spoken for too much of it already.
    pub(super) fn take(&self, task: TaskId, stake: U256, free: U256) -> bool {
        let mut stakes = self.stakes.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = stakes.values().fold(U256::ZERO, |sum, stake| sum.saturating_add(*stake));
        if taken.saturating_add(stake) > free {
            return false;
        }
        stakes.insert(task, stake);
        true
    }

    /// The task has locked its stake, or never will.
    pub(super) fn release(&self, task: TaskId) {
        self.stakes.lock().unwrap_or_else(PoisonError::into_inner).remove(&task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;

    #[test]
    fn two_tasks_cannot_be_taken_on_one_stake() {
        let reserve = Reserve::default();
        let (one, two) = (TaskId(B256::repeat_byte(1)), TaskId(B256::repeat_byte(2)));
        let (stake, free) = (U256::from(3), U256::from(5));
        assert!(reserve.take(one, stake, free));
        assert!(!reserve.take(two, stake, free));
        reserve.release(one);
        assert!(reserve.take(two, stake, free));
    }
}
