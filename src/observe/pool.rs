//! Events of the workerpool.

use crate::poco::messages::Report;
use crate::poco::{DealId, Fault, TaskId};
use alloy::primitives::Address;
use bytesize::ByteSize;
use tracing::{debug, info, warn};
use url::Url;

/// The pool listens.
pub fn pool_opened(workerpool: Address, url: &Url) {
    info!(%workerpool, %url, "the pool is open");
}

/// A deal's tasks are initialised.
pub fn deal_initialized(deal: DealId, count: usize) {
    info!(%deal, tasks = count, "deal initialised");
}

/// A transaction of the scheduler was mined.
pub fn pool_acted(task: TaskId, action: &'static str, block: u64) {
    info!(%task, block, "{action}");
}

/// Something of the scheduler failed; it is tried again.
pub fn pool_failed(what: &'static str, error: &dyn Fault) {
    warn!(code = error.code(), help = error.help(), "{what} failed: {error}");
}

/// A worker asked for leave to contribute.
pub fn worker_asked(task: TaskId, worker: Address, denied: Option<&dyn Fault>) {
    match denied {
        None => info!(%task, %worker, "worker authorised"),
        Some(reason) => debug!(%task, %worker, code = reason.code(), "worker not authorised: {reason}"),
    }
}

/// A worker said that it does not do a task.
pub fn worker_reported(task: TaskId, report: &Report) {
    info!(%task, worker = %report.worker, code = report.code, "worker gave up: {}", report.reason);
}

/// Old results were removed.
pub fn results_removed(count: usize, size_bytes: u64) {
    info!(results = count, size = %ByteSize::b(size_bytes), "old results removed");
}

/// The results are over what they may be, and none of them may go yet.
pub fn results_too_large(size_bytes: u64) {
    warn!(size = %ByteSize::b(size_bytes), "the results are over `results-size`, and none is old enough to be removed");
}

/// A result arrived.
pub fn result_received(task: TaskId) {
    info!(%task, "result received");
}
