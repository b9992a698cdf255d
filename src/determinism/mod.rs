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
pub mod diff;
pub mod finding;
pub mod lint;
pub mod report;
pub mod scene;
pub mod vary;
