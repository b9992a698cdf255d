//! Everything at once on one machine: devnet, inputs over HTTP, image, pool, workers, a deal, its proved result.
//!
//! ```text
//! fixtures/build.sh ─▶ devnet ─▶ solo ─▶ deploy ─▶ buy ─▶ follow the chain ─▶ fetch ─▶ DemoReport
//! ```
//!
//! It holds nothing of its own but the order of these steps and the worker that lies.

mod error;
mod fixture;
mod liar;
mod report;
mod run;
mod settle;

pub use error::DemoError;
pub use fixture::{Fixture, serve};
pub use liar::Liar;
pub use report::{DemoReport, TimelineEntry, WorkerLine};
pub use run::{DemoOptions, Stage, run};
