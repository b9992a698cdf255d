//! Everything JSON-RPC: the endpoint, the hub's views and events, the heads of the chain, the sender of transactions.
//!
//! ```text
//! views ──▶ endpoint
//! endpoint ──▶ heads (subscription, else polling) ──▶ follower ──▶ events, in order, each once
//!     ▲                                  │
//!     └── sender (one per key, owns its nonce) ◀── awaits receipts by head
//! ```
//!
//! [`Chain`] is the seam: all that the other rooms ask of a chain. Money is never decided here.

pub mod abi;
mod api;
mod config;
mod decode;
mod endpoint;
mod error;
mod events;
mod evm;
mod follow;
mod heads;
mod market;
mod sender;
mod types;
mod views;
mod why;

pub use api::{Action, Chain, Receipt};
pub use endpoint::Endpoint;
pub(crate) use endpoint::rpc;
pub use error::ChainError;
pub use events::{Event, Happening};
pub use evm::EvmChain;
pub use follow::{Follower, Scope, Stretch};
pub use market::{Market, NewApp};
pub use sender::{Attempt, AttemptState, Gas, Journal, Mark, NoJournal, Sender, Timing, Wish, WishKind};
pub use types::{
    Account, AppEntry, Category, Contribution, DatasetEntry, Deal, Head, HubConfig, Resource, Task,
};
pub(crate) use views::MULTICALL3;
