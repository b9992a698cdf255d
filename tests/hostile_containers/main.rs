//! What a hostile dapp can try, on a real engine: each run ends as it must, nothing outside of the task's folder changes,
//! the worker's memory stays bounded, and the next run works.
//!
//! `DOCKER_HOST` chooses another engine, as for every test; `scripts/podman.sh` starts one. What the engine is not asked to hold
//! by itself (gVisor answers for its own kernel), and what is known to differ, is said in `docs/operate.md`.

#[path = "../container_support/mod.rs"]
mod container_support;

mod attack;
mod case;
mod exhaustion;
mod outputs;
mod privileges;
mod unprivileged;
