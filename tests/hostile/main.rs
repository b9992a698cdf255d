//! A corpus of hostile inputs: what strangers may serve, and what becomes of it.
//!
//! Nothing of it is committed as bytes: [`zips`] and [`servers`] make each case, with every field that can lie. Each case
//! asserts its code; that nothing outside of the task's folder changed, by a tree of canaries beside it; that the memory
//! of the process stayed within [`canary::MEMORY_BYTES`] of what it was; and that the next task gets its inputs.

mod archives;
mod canary;
mod gateways;
mod servers;
mod tars;
mod tricks;
mod zips;

use poco::dapp::{Folder, Input, InputName, Unpack};

/// An input at `url`, unpacked where it is an archive.
fn input(url: &str) -> Input {
    Input {
        url: url.parse().unwrap(),
        folder: Folder::Shared,
        name: InputName::FromUrl,
        unpack: Unpack::Archives,
        sha256: None,
    }
}
