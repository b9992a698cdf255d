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
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The widest range of blocks asked for at once.
const WIDEST: u64 = 10_000;
/// How long an endpoint that refuses even one block is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// How many stretches the follower runs ahead of its listener.
const AHEAD: usize = 8;

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

/// The events of a stretch of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The events, in the order of the chain.
    pub events: Vec<Event>,
    /// The first block behind the stretch: where to go on after a restart.
    pub next_block: u64,
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

    /// Follows in a task of its own, until `stop` or until nobody listens. A slow listener slows the follower down; it
    /// misses nothing.
    pub fn spawn(mut self, stop: CancellationToken) -> mpsc::Receiver<Stretch> {
        let (tell, stretches) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let advanced = tokio::select! {
                    () = stop.cancelled() => return,
                    advanced = self.advance() => advanced,
                };
                let Ok(events) = advanced else { return };
                if tell.send(Stretch { events, next_block: self.next }).await.is_err() {
                    return;
                }
            }
        });
        stretches
    }

    /// Waits for blocks and gives the events of the next stretch of them, which may be none.
    async fn advance(&mut self) -> Result<Vec<Event>, ChainError> {
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
