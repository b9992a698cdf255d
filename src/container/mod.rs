//! Images and the sandbox: from an image's name and a [`Launch`](crate::dapp::Launch) to an exit.
//!
//! ```text
//! Wanted ──▶ Engine::image (allowed, vouched for; here, else pulled) ───▶ Image ─┐
//! Launch ──────────────────────────────────────────────────────────────────────┴▶ RunSpec ──▶ Engine::run
//!
//! run: create ─▶ attach ─▶ start ─▶ wait ─┬─ exited ──────────────┐
//!      or, of an earlier life, found ─▶ ──┤                       │
//!                                         ├─ time is up ─▶ kill ──┤
//!                                         ├─ called off ─▶ kill ──┼─▶ outcome ─▶ remove
//!                                         └─ output flood ▶ kill ─┘
//! ```
//!
//! The engine owns containers and images; this room owns nothing between two calls. What a run leaves lies in the
//! task's folders, which [`clear_area`] removes. It judges no digest and knows no chain: a container is found
//! again by its labels alone.

mod bend;
mod cores;
mod docker;
mod egress;
mod engine;
mod error;
mod filter;
mod folders;
mod gate;
mod image;
pub mod isolation;
mod logs;
mod outcome;
pub mod policy;
pub mod program;
mod record;
pub mod registry;
mod room;
mod rules;
mod sandbox;
pub mod shim;
mod spec;
pub mod trust;
mod watch;

pub use bend::{Bend, Overlay, Ulimit};
pub use docker::{DockerEngine, Facts, Peek, Users};
pub use egress::{BadDomain, Domain};
pub use engine::{Engine, EngineVersion};
pub use error::ContainerError;
pub use folders::{clear_area, clear_but_downloads, hand_over};
pub use gate::ImageRules;
pub use image::Image;
pub use logs::last_words;
pub use outcome::{Exit, FailedRun, Outcome, misses_network};
pub use room::free_bytes;
pub use rules::{BadCores, Cores, Network, Rules};
pub use sandbox::{HOSTNAME, LABEL_TASK, LABEL_WORKER};
pub use spec::{Labels, Limits, RunSpec, SandboxUser};
