//! Events of a worker.

use crate::poco::{Fault, TaskId};
use alloy::primitives::Address;
use std::fmt::Display;
use std::time::{Duration, UNIX_EPOCH};
use tracing::{debug, error, info, warn};

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

/// A daemon of this process cannot go on.
pub fn daemon_failed(error: &dyn Fault) {
    error!(code = error.code(), help = error.help(), "this cannot go on, all of it stops: {error}");
}

/// The runner of a task broke; the task goes on after a restart.
pub fn task_failed(wallet: Address, task: TaskId, error: &dyn Fault) {
    warn!(%wallet, %task, code = error.code(), help = error.help(), "interrupted: {error}");
}

/// Something of the worker itself failed; it is tried again.
pub fn worker_failed(wallet: Address, what: &'static str, error: &dyn Fault) {
    warn!(%wallet, code = error.code(), help = error.help(), "{what} failed: {error}");
}

/// Failures of our own making shut the intake.
pub fn intake_shut(wallet: Address, why: &dyn Display, pause: Duration) {
    warn!(%wallet, "no task is taken for {} s: {why}", pause.as_secs());
}

/// What had failed was looked at.
pub fn intake_looked(wallet: Address, failing: Option<impl Display>) {
    match failing {
        None => info!(%wallet, "one task is tried"),
        Some(why) => warn!(%wallet, "still no task is taken: {why}"),
    }
}

/// The intake is open again.
pub fn intake_open(wallet: Address) {
    info!(%wallet, "tasks are taken again");
}

/// A task is under way while the worker stops, or stays so.
pub fn task_pending(wallet: Address, task: TaskId, state: &str, due: u64) {
    let due = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(due));
    warn!(%wallet, %task, state, %due, "not over yet");
}

/// No task is under way while the worker stops.
pub fn nothing_pending() {
    warn!("no task is under way; what is left is closed");
}
