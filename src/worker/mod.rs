//! The operator's daemon: takes tasks of its pool while there is room, runs them, rings them when the chain has news.
//!
//! ```text
//! follower ──▶ TaskInitialize ─▶ candidates ─▶ [slot] ─▶ terms ─▶ pool's leave ─▶ runner ─▶ End
//!         └──▶ other events of our tasks ─▶ ring
//! ```
//!
//! Failures of our own making shut the intake for a while (`intake`), and a task is taken only where disk and gas suffice
//! for it (`means`). A stop ends the intake at once and gives what is under way some grace; then it is parked: the ledger,
//! the task's folder and the engine have it, and the next start goes on with it.
//!
//! A slot is held while a task computes, not while it waits for consensus: waiting costs nothing, and workers that hold
//! their slots for each other would wait for ever.

mod attempt;
mod board;
mod daemon;
mod error;
mod intake;
mod link;
mod means;
mod reserve;
mod unsettled;

pub use board::{Board, Pending};
pub use daemon::{Worker, WorkerSettings};
pub use error::WorkerError;
pub use link::{HttpPoolLink, PoolLink};
