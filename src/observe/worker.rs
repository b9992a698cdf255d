//! Events of a worker.

use crate::poco::{Fault, TaskId};
use alloy::primitives::Address;
use tracing::{debug, info, warn};

/// The worker follows its pool.
pub fn worker_started(wallet: Address, workerpool: Address, slots: usize, resumed: usize) {
    info!(%wallet, %workerpool, slots, resumed, "the worker is up");
}

/// A task entered a state.
pub fn task_entered(wallet: Address, task: TaskId, state: &str, reason: &str) {
    match state {
        "failed" | "lost" | "expired" => warn!(%wallet, %task, "{state}: {reason}"),
        _ => info!(%wallet, %task, "{state}: {reason}"),
    }
}

/// A task was not taken, for now or for good.
pub fn task_dropped(wallet: Address, task: TaskId, why: &str) {
    debug!(%wallet, %task, "not taken: {why}");
}

/// The runner of a task broke; the task goes on after a restart.
pub fn task_failed(wallet: Address, task: TaskId, error: &dyn Fault) {
    warn!(%wallet, %task, code = error.code(), help = error.help(), "interrupted: {error}");
}

/// Something of the worker itself failed; it is tried again.
pub fn worker_failed(wallet: Address, what: &'static str, error: &dyn Fault) {
    warn!(%wallet, code = error.code(), help = error.help(), "{what} failed: {error}");
}
