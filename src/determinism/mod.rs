//! Will two strangers' machines agree on a dapp, and if not, why? No chain is needed to tell.
//!
//! ```text
//! iexec.json | IMAGE ARGS ──▶ Subject ──▶ Arrangement (RunSpec, layout of the inputs)
//!                                             │ variations change it
//!                                             ▼
//!                           Run (exit, proof, outputs) ◀── the worker's own sandbox
//!                                             │ two that disagree
//!                                             ▼
//!              search (smallest set) ──▶ diff (place, size) ──▶ cause ──▶ Report (terminal, JSON, JUnit, HTML)
//! ```
//!
//! A run here is a worker's run: same sandbox, same rules for the digest. What was not varied is said; nothing is ever
//! called deterministic.

pub mod arrangement;
mod check;
mod constant;
pub mod diff;
mod error;
mod explain;
pub mod finding;
mod hash;
mod lab;
pub mod lint;
mod mask;
mod oracle;
mod places;
mod plan;
pub mod report;
mod run;
pub mod scene;
pub mod search;
mod stage;
mod subject;
pub mod vary;

pub use check::{Wish, check};
pub use error::DeterminismError;
pub use hash::{Hashed, hash};
pub use plan::{Choice, Depth};
pub use run::{Bench, Ran, Scratch, Verdict};
pub use stage::take_out;
pub use subject::{Asked, Given, Means, Subject};
