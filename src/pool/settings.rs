//! What a pool is run with, and what it offers.

use super::keep::Keeping;
use crate::poco::Nrlc;
use alloy::primitives::Address;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// What a pool is run with.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The workerpool's contract.
    pub workerpool: Address,
    /// Where workers and requesters reach the pool.
    pub listen: SocketAddr,
    /// The URL under which others reach it; by default the address that is listened on.
    pub public_url: Option<Url>,
    /// The first block whose deals are looked at when the ledger knows no later one.
    pub start_block: u64,
    /// Where results are kept.
    pub results: PathBuf,
    /// The largest result taken.
    pub max_result_bytes: u64,
    /// How long results are kept.
    pub keeping: Keeping,
    /// The workers that are let in; empty for all.
    pub workers: Vec<Address>,
    /// What the pool offers.
    pub offer: Offer,
}

/// What a pool offers to requesters, as orders of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The price of a task.
    pub price: Nrlc,
    /// The highest trust.
    pub trust: u64,
    /// How many tasks one order is good for.
    pub volume: u64,
}

impl Default for Offer {
    fn default() -> Self {
        Self { price: Nrlc::ONE_RLC, trust: 1_000, volume: 1_000_000 }
    }
}
