//! What a finished run is worth: the digest that proves it and the archive that is handed over.
//!
//! The functions here read files and are synchronous; call them from a blocking thread, once the container is gone.
//! What the dapp left is a stranger's: no link is ever followed, nothing but regular files and folders is opened.
//!
//! ```text
//! before the run   Baseline::take ──▶ Baseline (stored)
//! after the run    Left { area, outputs, baseline, logs } ──▶ prove ──▶ Proof (digest, rule, callback)
//!                                                        └──▶ pack  ──▶ Archive (path, size, sha-256)
//! elsewhere        recognise ◀── Archive, digest on chain
//! ```

mod archive;
pub mod baseline;
mod computed;
mod digest;
mod entry;
pub mod error;
mod listing;
mod spread;
mod store;
mod tree;
mod verify;

pub use archive::Archive;
pub use baseline::Baseline;
pub use error::ResultError;
pub use listing::{Item, listing};
pub use store::{Delivery, HttpStore, ResultStore, StoreError, pool_client};
pub use tree::{Kind, Node, RelPath, Tree};
pub use verify::{digest_of, recognise};

use crate::dapp::{ProofRule, WorkArea};
use crate::poco::ResultDigest;
use std::fmt;
use std::path::Path;

/// What a run left behind.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a> {
    /// The task's folders.
    pub area: &'a WorkArea,
    /// The folder whose changes are the result: that of `Launch::outputs` in the area.
    pub outputs: &'a Path,
    /// What lay in that folder before the run.
    pub baseline: &'a Baseline,
    /// What is known of stdout and stderr, which lie at `WorkArea::stdout` and `WorkArea::stderr`.
    pub logs: Logs,
}

/// Whether the kept stdout and stderr are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// stdout was longer than what was kept.
    pub stdout_cut: bool,
    /// stderr was longer than what was kept.
    pub stderr_cut: bool,
}

/// What the operator accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether a dapp without `consensus.iexec` is proved by what it left.
    pub accept_fallback: bool,
    /// Most bytes that a dapp may leave.
    pub max_bytes: u64,
    /// Most files and folders that may lie in the folder after the run, inputs included.
    pub max_files: usize,
    /// Most bytes of callback data.
    pub max_callback_bytes: u64,
}

impl Default for Policy {
    /// Fallbacks accepted, 10 GiB in 100 000 files, 128 KiB of callback data.
    fn default() -> Self {
        Self { accept_fallback: true, max_bytes: 10 << 30, max_files: 100_000, max_callback_bytes: 128 << 10 }
    }
}

/// The proof of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What is contributed and revealed.
    pub digest: ResultDigest,
    /// How it was found.
    pub rule: DigestRule,
    /// The deal's `resultsCallback`, whose keccak-256 is the digest.
    pub callback: Option<Vec<u8>>,
}

/// How a digest was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestRule {
    /// keccak-256 of `consensus.iexec`.
    ConsensusFile,
    /// keccak-256 over the list of all outputs.
    AllOutputs,
    /// keccak-256 of stdout.
    Stdout,
    /// sha-256 of the file that `computed.json` names.
    ComputedFile,
    /// keccak-256 over the files of the folder that `computed.json` names.
    ComputedDirectory,
    /// keccak-256 of the callback data in `computed.json`.
    ComputedCallback,
}

impl fmt::Display for DigestRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConsensusFile => "keccak-256 of consensus.iexec",
            Self::AllOutputs => "keccak-256 over all outputs (no consensus.iexec)",
            Self::Stdout => "keccak-256 of stdout (no consensus.iexec, no file left)",
            Self::ComputedFile => "sha-256 of the deterministic output file of computed.json",
            Self::ComputedDirectory => "keccak-256 over the deterministic output folder of computed.json",
            Self::ComputedCallback => "keccak-256 of the callback data of computed.json",
        })
    }
}

/// Finds the digest of a run that ended well.
pub fn prove(left: &Left<'_>, rule: ProofRule, policy: &Policy) -> Result<Proof, ResultError> {
    match rule {
        ProofRule::Consensus { callback } => digest::prove(left, callback, policy),
        ProofRule::ComputedJson { callback } => computed::prove(left, callback, policy),
    }
}

/// Writes the archive of what a run left to `WorkArea::archive`.
pub fn pack(left: &Left<'_>, rule: ProofRule, policy: &Policy) -> Result<Archive, ResultError> {
    archive::pack(left, rule, policy)
}
