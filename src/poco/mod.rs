//! The PoCo protocol as pure functions: no I/O, no clock, no async, nothing of the other rooms.
//!
//! Every rule names the function of the PoCo contracts that it mirrors; the golden vectors of iExec's own
//! contracts hold for it (`tests/poco_vectors.rs`).
//!
//! | file | what it holds |
//! |---|---|
//! | [`ids`], [`seal`], [`authorization`] | the 32-byte words, what a worker commits to, the scheduler's leave |
//! | [`orders`], [`tag`], [`amount`], [`signature`] | the four orders with hash, signature and JSON |
//! | [`matching`] | whether four orders make a deal, and which |
//! | [`deadlines`], [`moves`] | until when, and which call the hub takes now |
//! | [`consensus`] | when a result is agreed on, and whether a task needs more workers |
//! | [`escrow`], [`rewards`] | where the money of a task goes, to the unit |
//! | [`callback`] | what the contract asks of a callback's bytes |
//! | [`messages`] | what workers and their pool say to each other outside of the chain |
//! | [`fault`] | how every room's errors are to be taken |

pub mod amount;
pub mod authorization;
pub mod callback;
pub mod consensus;
pub mod deadlines;
pub mod error;
pub mod escrow;
pub mod fault;
pub mod ids;
pub mod matching;
pub mod messages;
pub mod moves;
pub mod orders;
pub mod rewards;
pub mod seal;
pub mod signature;
pub mod tag;

pub use amount::Nrlc;
pub use authorization::Authorization;
pub use callback::callback_agrees;
pub use consensus::Consensus;
pub use error::PocoError;
pub use fault::{Class, Fault, chain_of};
pub use ids::{DealId, OrderHash, ResultDigest, ResultHash, ResultSeal, TaskId};
pub use moves::{ContributionStatus, TaskStatus};
pub use orders::{AppOrder, DatasetOrder, Domain, Operation, Order, RequestOrder, WorkerpoolOrder};
pub use seal::{result_hash, result_seal};
pub use tag::Tag;
