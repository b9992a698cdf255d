//! One function per event: it alone decides what is logged about it and how loudly.
//!
//! Words go to stderr through `tracing`; data never does. Times are the subscriber's.

mod pool;
mod setup;
mod signal;
mod worker;

pub use pool::{
    deal_initialized, pool_acted, pool_failed, pool_opened, result_received, worker_asked, worker_reported,
};
pub use setup::{LogFormat, init};
pub use signal::stop_signal;
pub use worker::{task_dropped, task_entered, task_failed, worker_failed, worker_started};
