//! The life of one task: its states, and the runner that moves it.
//!
//! ```text
//! Seen ─▶ Accepted ─▶ Prepared ─▶ Ran ─▶ Digested ─▶ Contributed ─▶ Revealed ─▶ Delivered
//!   │        │           │         │        │             │             │
//!   └─ Refused(reason)   └─ Failed(stage, cause) ─┘       └─ Lost / Expired
//! ```
//!
//! One struct per state; a step consumes it and gives the next. Each state is in the ledger before the runner acts on
//! it. After a restart the runner goes on from the ledger, the task's folder and the chain: what was computed is not
//! computed again, a container that still runs is taken up, a digest that was written is the only one the task will ever
//! have, and what was contributed is revealed without anyone's message. A half prepared folder is prepared anew.
//!
//! An end that follows from what the chain says is one for good only once no reorganisation can take it back ([`settle`]);
//! until then the ledger keeps the state before it, and a runner goes on from there.

mod accept;
mod error;
mod job;
mod leftovers;
mod notes;
mod own;
mod runner;
mod state;
mod steps;

pub use accept::{Refusal, Terms, refusal};
pub use error::{Stage, TaskError};
pub use job::Job;
pub use leftovers::sweep;
pub use own::Own;
pub use runner::{News, Runner, Tools, Wake, Watcher, settle};
pub use state::{Accepted, Contributed, Delivered, Digested, End, Prepared, Ran, Revealed, State};
