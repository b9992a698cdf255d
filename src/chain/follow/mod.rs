//! Follows the hub's events from a block on: each once, in the order of the chain, and taken back when the chain does.
//!
//! ```text
//!   head ─▶ near: block by block, each known by its hash and linked to what was told last ─▶ events of each hash ─┐
//!      │                 └─no link: what was told last is gone ─▶ Stretch { reverted: newest first, events: none } │
//!      └──▶ far: still on the chain? ▶ hash of `to` ▶ events by number ▶ hash of `to` again, the same ─────────────┤
//!                                                                Stretch { reverted: none, events: in order } ◀───┘
//! ```
//!
//! The [`Follower`] owns its [`window::Window`] of blocks told and the [`width::Width`] of its next question; both are plain data.
//! What the events mean, and what is persisted of the place reached, is the listener's.

mod follower;
mod scope;
#[cfg(test)]
mod tests;
mod width;
mod window;

pub use follower::{Follower, Stretch};
pub use scope::Scope;
pub(super) use window::DEPTH;

/// Blocks this close to the head are read one by one and by hash: there, endpoints of one provider may disagree.
const NEAR: u64 = 16;
