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
pub mod classic;
mod contracts;
pub mod envvars;
pub mod error;
pub mod iexec_json;
pub mod image;
mod json;
mod json_flaw;
mod keys;
pub mod live;
pub mod location;
pub mod request;
pub mod words;

pub use area::{Folder, WorkArea};
use contracts::checksum;
pub use contracts::{check_kind, contract_for};
pub use error::DappError;
pub use iexec_json::{AppEntry, BuyOrder, IexecJson};
pub use image::{ImageConfig, ImageDigest, ImageParts, ImageRef};
pub use request::{
    AppFacts, Contract, DatasetFacts, EnvVar, Fetched, Input, InputName, Launch, Mount, Plan, ProofRule,
    Request, RunAs, TaskFacts, Unpack,
};
