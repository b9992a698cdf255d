//! The operator's daemon: takes tasks of its pool while there is room, runs them, rings them when the chain has news.
//!
//! ```text
//! follower ──▶ TaskInitialize ─▶ candidates ─▶ [slot] ─▶ terms ─▶ pool's leave ─▶ runner ─▶ End
//!         └──▶ other events of our tasks ─▶ ring
//! ```
//!
//! A slot is held while a task computes, not while it waits for consensus: waiting costs nothing, and workers that hold
//! their slots for each other would wait for ever.

mod daemon;
mod error;
mod leftovers;
mod link;
mod reserve;

pub use daemon::{Worker, WorkerSettings};
pub use error::WorkerError;
pub use link::{HttpPoolLink, PoolLink};
