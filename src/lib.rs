//! `poco`: a decentralised-compute worker for iExec's Proof-of-Contribution protocol.
//!
//! The rooms follow the journey of a task; data moves one way, from the chain to the chain:
//!
//! ```text
//! chain ─▶ worker ─▶ dapp ─▶ inputs + container ─▶ results ─▶ ledger ─▶ chain ─▶ results ─▶ pool
//! ```
//!
//! | room | what it holds |
//! |---|---|
//! | [`poco`] | the protocol as pure functions: ids, digests, seals, orders, consensus, rewards |
//! | [`dapp`] | what a task asks for: iexec.json, deal params, one adapter per container contract |
//! | [`inputs`] | download and unpack |
//! | [`container`] | images, sandbox, engines |
//! | [`results`] | digest of the output, archive, stores |
//!
//! `docs/architecture.md` says who may know whom; `tests/architecture.rs` holds the code to it.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

pub mod chain;
pub mod container;
pub mod dapp;
pub mod devnet;
pub mod inputs;
pub mod ledger;
pub mod observe;
pub mod poco;
pub mod results;
