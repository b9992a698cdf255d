//! Tasks that the chain has told of and that the ledger does not have: after a restart they are found again only by reading
//! the chain from the block of the first of them.

use crate::poco::TaskId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The blocks of these tasks; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Unsettled {
    blocks: Arc<Mutex<HashMap<TaskId, u64>>>,
}

impl Unsettled {
    /// The chain told of `task` in `block`.
    pub(super) fn see(&self, task: TaskId, block: u64) {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).entry(task).or_insert(block);
    }

    /// The ledger has it, or nobody wants it.
    pub(super) fn settle(&self, task: TaskId) {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).remove(&task);
    }

    /// The first block that holds one.
    pub(super) fn first(&self) -> Option<u64> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).values().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;

    #[test]
    fn the_chain_is_read_again_from_the_first_task_that_is_not_settled() {
        let unsettled = Unsettled::default();
        let (one, two) = (TaskId(B256::repeat_byte(1)), TaskId(B256::repeat_byte(2)));
        unsettled.see(one, 5);
        unsettled.see(two, 7);
        unsettled.see(one, 9);
        assert_eq!(unsettled.first(), Some(5));
        unsettled.settle(one);
        assert_eq!(unsettled.first(), Some(7));
        unsettled.settle(two);
        assert_eq!(unsettled.first(), None);
    }
}
