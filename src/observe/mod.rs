//! One function per event: it alone decides what is logged about it and how loudly.
//!
//! Words go to stderr through `tracing`; data never does. Times are the subscriber's.

mod ledger;
mod pool;
mod setup;
mod signal;
mod worker;

pub use ledger::{ledger_large, ledger_not_tidied};
pub use pool::{
    deal_initialized, pool_acted, pool_failed, pool_opened, result_received, results_removed,
    results_too_large, worker_asked, worker_reported,
};
pub use setup::{LogFormat, init};
pub use signal::{Signals, stop_signal, stopping_by_force, stopping_in};
pub use worker::{
    daemon_failed, intake_looked, intake_open, intake_shut, nothing_pending, task_dropped, task_entered,
    task_failed, task_pending, worker_failed, worker_started,
};
