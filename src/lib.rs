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
//! | [`cli`] | one file per subcommand: arguments in, calls, printing out |
//! | [`config`] | file, environment and flags: checked settings |
//! | [`poco`] | the protocol as pure functions: ids, digests, seals, orders, consensus, rewards |
//! | [`dapp`] | what a task asks for: iexec.json, deal params, one adapter per container contract |
//! | [`chain`] | everything JSON-RPC: endpoint, hub, follower of events, sender of transactions |
//! | [`reach`] | what a stranger may make this host connect to |
//! | [`inputs`] | download and unpack |
//! | [`container`] | images, sandbox, engines |
//! | [`results`] | digest of the output, archive, stores |
//! | [`ledger`] | SQLite: tasks, digests, cursors |
//! | [`task`] | the life of one task: its states, and the runner that moves it |
//! | [`worker`] | the operator's daemon |
//! | [`pool`] | the workerpool's daemon and its HTTP interface |
//! | [`solo`] | pool and workers in one process |
//! | [`determinism`] | `poco check`: will two machines agree, and if not, why |
//! | [`requester`] | register an app, strike a deal, fetch a result |
//! | [`devnet`], [`demo`] | a local chain; everything at once |
//! | [`observe`] | one function per event: what is logged |
//!
//! `docs/architecture.md` says who may know whom; `tests/architecture.rs` holds the code to it.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]

pub mod chain;
pub mod cli;
pub mod config;
pub mod container;
pub mod dapp;
pub mod demo;
pub mod determinism;
pub mod devnet;
pub mod inputs;
pub mod ledger;
pub mod observe;
pub mod poco;
pub mod pool;
pub mod reach;
pub mod requester;
pub mod results;
pub mod solo;
pub mod task;
pub mod worker;
