//! What a task asks for, as pure functions: iexec.json, deal params, envvars, command line, and one adapter
//! per container contract. No I/O, no clock, no async.
//!
//! ```text
//! Request ──▶ Contract::plan ──▶ Plan (image, inputs)
//!                                  │  fetched by others
//!                                  ▼
//!             Contract::launch ──▶ Launch (mounts, env, command, user, where the proof lies)
//! ```

pub mod area;
pub mod error;
pub mod image;
pub mod request;

pub use area::{Folder, WorkArea};
pub use error::DappError;
pub use image::{ImageConfig, ImageDigest, ImageRef};
pub use request::{
    AppFacts, Contract, DatasetFacts, EnvVar, Fetched, Input, InputName, Launch, Mount, Plan, ProofRule,
    Request, RunAs, TaskFacts,
};
