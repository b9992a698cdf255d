//! What is under way, for whoever asks while the worker stops: one line per task, shared by all workers of a process.

use crate::poco::TaskId;
use alloy::primitives::Address;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One task under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Whose.
    pub wallet: Address,
    /// Which.
    pub task: TaskId,
    /// The state it is in.
    pub state: &'static str,
    /// By when the next thing must have happened on chain, in Unix seconds.
    pub due: u64,
}

/// All tasks under way; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Board {
    lines: Arc<Mutex<BTreeMap<(Address, TaskId), Pending>>>,
}

impl Board {
    /// What is under way, by wallet and task.
    pub fn pending(&self) -> Vec<Pending> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }

    pub(super) fn put(&self, line: Pending) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.insert((line.wallet, line.task), line);
    }

    pub(super) fn wipe(&self, wallet: Address, task: TaskId) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).remove(&(wallet, task));
    }
}
