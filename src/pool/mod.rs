//! The workerpool's daemon: deals become tasks, workers are authorised by the supply rule, results are kept, tasks are
//! finalised or, when they died, claimed.
//!
//! ```text
//! SchedulerNotice ─▶ initialize ─▶ Active ─▶ (authorise workers) ─▶ Revealing ─▶ finalize ─▶ Completed
//!                                     │                                │  └─ nobody revealed ─▶ reopen
//!                                     └──────── final deadline ────────┴─▶ claim
//! ```
//!
//! The book of tasks is a copy of what the chain says and is made again from it after a restart; only who was authorised
//! and what was delivered is this machine's own, in the ledger and in the store.

mod api;
mod auth;
mod book;
mod daemon;
mod error;
mod initialize;
mod keep;
mod reading;
mod scheduler;
mod settings;
mod supply;

pub use daemon::Pool;
pub use error::PoolError;
pub use keep::Keeping;
pub use settings::{Offer, PoolSettings};
