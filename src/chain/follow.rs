//! Follows the hub's events from a block on: each once, in the order of the chain.
//!
//! A head wakes the follower; it asks for the logs of all blocks since the last one it told. What it was told of is
//! never asked for again, so the caller's cursor is simply the last block that came back. Windows halve when an
//! endpoint refuses them and grow again when it serves them.

use super::abi::Hub;
use super::events::Event;
use super::{Chain, ChainError};
use alloy::primitives::Address;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent;
use std::sync::Arc;
use std::time::Duration;

/// The widest range of blocks asked for at once.
const WIDEST: u64 = 10_000;
/// How long an endpoint that refuses even one block is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// Which events are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What concerns one workerpool: its deals, and all tasks' events.
    Workerpool(Address),
    /// One hub's tasks and payments, whoever's they are.
    Everything,
}

impl Scope {
    pub(super) fn filters(&self, hub: Address) -> Vec<Filter> {
        let tasks = vec![
            Hub::TaskContribute::SIGNATURE_HASH,
            Hub::TaskConsensus::SIGNATURE_HASH,
            Hub::TaskReveal::SIGNATURE_HASH,
            Hub::TaskReopen::SIGNATURE_HASH,
            Hub::TaskFinalize::SIGNATURE_HASH,
            Hub::TaskClaimed::SIGNATURE_HASH,
        ];
        match self {
            Self::Workerpool(pool) => vec![
                Filter::new()
                    .address(hub)
                    .event_signature(vec![Hub::SchedulerNotice::SIGNATURE_HASH])
                    .topic1(pool.into_word()),
                Filter::new()
                    .address(hub)
                    .event_signature(vec![Hub::TaskInitialize::SIGNATURE_HASH])
                    .topic2(pool.into_word()),
                Filter::new().address(hub).event_signature(tasks),
            ],
            Self::Everything => vec![Filter::new().address(hub)],
        }
    }
}

/// A place in the chain's history that moves forward.
pub struct Follower {
    chain: Arc<dyn Chain>,
    scope: Scope,
    next: u64,
    window: u64,
}

impl Follower {
    /// Starts with the events of block `from`.
    pub fn new(chain: Arc<dyn Chain>, scope: Scope, from: u64) -> Self {
        Self { chain, scope, next: from, window: WIDEST }
    }

    /// The first block that was not told yet: what to give to [`Follower::new`] after a restart.
    pub fn next_block(&self) -> u64 {
        self.next
    }

    /// Waits for blocks and gives the events of the next stretch of them, which may be none.
    pub async fn advance(&mut self) -> Result<Vec<Event>, ChainError> {
        let head = match self.chain.head() {
            head if head.number >= self.next => head,
            _ => self.chain.head_after(self.next.saturating_sub(1)).await?,
        };
        loop {
            let to = head.number.min(self.next.saturating_add(self.window - 1));
            match self.chain.events(&self.scope, self.next, to).await {
                Ok(events) => {
                    self.next = to + 1;
                    self.window = (self.window * 2).min(WIDEST);
                    return Ok(events);
                }
                Err(error @ ChainError::Stopped(_)) => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, from = self.next, to, "these blocks were refused");
                    if self.window == 1 {
                        tokio::time::sleep(PAUSE).await;
                    }
                    self.window = (self.window / 2).max(1);
                }
            }
        }
    }
}
