//! What a demo comes to.

use crate::poco::{ContributionStatus, DealId, ResultDigest, ResultHash, TaskId};
use alloy::primitives::Address;
use serde::Serialize;
use std::path::PathBuf;

/// What a demo comes to; `--json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoReport {
    /// The chain.
    pub chain_id: u64,
    /// The hub.
    pub hub: Address,
    /// The deal.
    pub deal_id: DealId,
    /// Its task.
    pub task_id: TaskId,
    /// The digest that was proved.
    pub result_digest: ResultDigest,
    /// The rule that gave it, in words.
    pub digest_rule: String,
    /// The hash that was agreed on.
    pub consensus: ResultHash,
    /// The workers that contributed.
    pub workers: Vec<WorkerLine>,
    /// What finalize says of the result.
    pub results: String,
    /// Where the result lies on this machine.
    pub result_path: PathBuf,
    /// What happened, in order.
    pub timeline: Vec<TimelineEntry>,
}

/// One contribution.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerLine {
    /// The worker.
    pub address: Address,
    /// What it sealed.
    pub result_hash: ResultHash,
    /// Where it stands.
    pub status: ContributionStatus,
    /// What it won, or lost, in nRLC, as a decimal string.
    pub reward: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// Its block.
    pub block: u64,
    /// The contract's name for it.
    pub event: &'static str,
    /// Whose it is.
    pub actor: String,
    /// Seconds since the deal.
    pub seconds: f64,
}
