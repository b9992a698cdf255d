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

#[cfg(test)]
mod tests {
    use super::super::api::{Action, Receipt};
    use super::super::events::Happening;
    use super::super::types::{
        Account, AppEntry, Category, Contribution, DatasetEntry, Deal, Head, HubConfig, Task,
    };
    use super::*;
    use crate::poco::{DealId, TaskId};
    use alloy::primitives::{B256, U256};
    use async_trait::async_trait;
    use proptest::prelude::*;
    use std::sync::Mutex;
    use tokio::sync::watch;

    /// A chain with two events in every block, whose endpoint serves so many blocks at once and no more.
    struct Script {
        heads: watch::Sender<u64>,
        /// The limits of the calls to come, the last for all after it.
        limits: Mutex<Vec<u64>>,
        /// What was asked for, and whether it was served.
        asked: Mutex<Vec<(u64, u64, bool)>>,
    }

    impl Script {
        fn new(head: u64, mut limits: Vec<u64>) -> Arc<Self> {
            limits.reverse();
            let (heads, _) = watch::channel(head);
            Arc::new(Self { heads, limits: Mutex::new(limits), asked: Mutex::default() })
        }

        fn limit(&self) -> u64 {
            let mut limits = self.limits.lock().unwrap();
            if limits.len() > 1 { limits.pop().unwrap() } else { limits[0] }
        }

        fn widths(&self) -> Vec<(u64, bool)> {
            self.asked.lock().unwrap().iter().map(|(from, to, served)| (to + 1 - from, *served)).collect()
        }
    }

    fn happened(blocks: impl Iterator<Item = u64>) -> Vec<Event> {
        let event = |block, log_index| {
            let what = Happening::Reopened(TaskId(B256::from(U256::from(block))));
            Event { block, log_index, what }
        };
        blocks.flat_map(|block| [event(block, 0), event(block, 1)]).collect()
    }

    fn head(number: u64) -> Head {
        Head { number, hash: B256::ZERO, timestamp: number }
    }

    #[async_trait]
    impl Chain for Script {
        fn head(&self) -> Head {
            head(*self.heads.borrow())
        }

        async fn head_after(&self, number: u64) -> Result<Head, ChainError> {
            let mut heads = self.heads.subscribe();
            let new = heads.wait_for(|head| *head > number).await;
            new.map(|number| head(*number)).map_err(|_| ChainError::Stopped("script"))
        }

        async fn events(&self, _: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError> {
            assert!(from <= to && to <= *self.heads.borrow(), "{from}..={to} is not there to be asked for");
            let served = to + 1 - from <= self.limit();
            self.asked.lock().unwrap().push((from, to, served));
            if served {
                Ok(happened(from..=to))
            } else {
                Err(ChainError::Unavailable { call: "eth_getLogs", reason: "too many blocks".into() })
            }
        }

        fn config(&self) -> &HubConfig {
            unreachable!("a follower asks for heads and events only")
        }

        async fn deal(&self, _: DealId) -> Result<Deal, ChainError> {
            unreachable!()
        }

        async fn task(&self, _: TaskId) -> Result<Task, ChainError> {
            unreachable!()
        }

        async fn contribution(&self, _: TaskId, _: Address) -> Result<Contribution, ChainError> {
            unreachable!()
        }

        async fn account(&self, _: Address) -> Result<Account, ChainError> {
            unreachable!()
        }

        async fn score(&self, _: Address) -> Result<U256, ChainError> {
            unreachable!()
        }

        async fn category(&self, _: U256) -> Result<Category, ChainError> {
            unreachable!()
        }

        async fn app(&self, _: Address) -> Result<AppEntry, ChainError> {
            unreachable!()
        }

        async fn dataset(&self, _: Address) -> Result<DatasetEntry, ChainError> {
            unreachable!()
        }

        async fn owner(&self, _: Address) -> Result<Address, ChainError> {
            unreachable!()
        }

        async fn gas_balance(&self, _: Address) -> Result<U256, ChainError> {
            unreachable!()
        }

        async fn act(&self, _: Address, _: Action) -> Result<Receipt, ChainError> {
            unreachable!()
        }
    }

    /// All events up to the head, and where the follower goes on.
    async fn read_to_head(follower: &mut Follower, script: &Script) -> Vec<Event> {
        let mut events = Vec::new();
        while follower.next <= script.head().number {
            events.extend(follower.advance().await.unwrap());
        }
        events
    }

    #[tokio::test]
    async fn windows_halve_when_refused_and_grow_again() {
        // The first six calls serve 1 000 blocks at most, all others any number.
        let script = Script::new(100_000, vec![1_000, 1_000, 1_000, 1_000, 1_000, 1_000, u64::MAX]);
        let mut follower = Follower::new(script.clone(), Scope::Everything, 1);
        let events = read_to_head(&mut follower, &script).await;
        assert_eq!(events, happened(1..=100_000));
        let refused = [10_000, 5_000, 2_500, 1_250].map(|width| (width, false));
        let widths = script.widths();
        assert_eq!(widths[..4], refused);
        assert_eq!(widths[4..6], [(625, true), (1_250, false)]);
        assert_eq!(widths[6..10], [(625, true), (1_250, true), (2_500, true), (5_000, true)]);
        assert_eq!(widths[10], (10_000, true));
        assert!(widths[11..].iter().all(|(width, served)| *served && *width <= WIDEST));
    }

    #[tokio::test]
    async fn a_follower_waits_for_the_first_block_that_it_has_not_told() {
        let script = Script::new(9, vec![u64::MAX]);
        let mut follower = Follower::new(script.clone(), Scope::Everything, 12);
        let mine_later = async {
            for number in 10..=13 {
                tokio::task::yield_now().await;
                script.heads.send_replace(number);
            }
        };
        let (events, ()) = tokio::join!(follower.advance(), mine_later);
        let told = events.unwrap();
        assert_eq!(told.first().map(|event| event.block), Some(12));
        let rest = read_to_head(&mut follower, &script).await;
        assert_eq!([told, rest].concat(), happened(12..=13));
    }

    #[tokio::test]
    async fn a_slow_listener_misses_nothing_and_a_restart_repeats_nothing() {
        let script = Script::new(60, vec![3]);
        let stop = CancellationToken::new();
        let mut stretches = Follower::new(script.clone(), Scope::Everything, 0).spawn(stop.clone());
        let mut heard = Vec::new();
        let mut next = 0;
        // Nothing is read until the follower has run ahead as far as it may.
        while script.asked.lock().unwrap().len() < AHEAD {
            tokio::task::yield_now().await;
        }
        while next <= 30 {
            let stretch = stretches.recv().await.unwrap();
            heard.extend(stretch.events);
            next = stretch.next_block;
        }
        stop.cancel();
        drop(stretches);
        let mut restarted = Follower::new(script.clone(), Scope::Everything, next);
        heard.extend(read_to_head(&mut restarted, &script).await);
        assert_eq!(heard, happened(0..=60));
    }

    #[tokio::test]
    async fn a_stopped_follower_hangs_up() {
        let script = Script::new(5, vec![u64::MAX]);
        let stop = CancellationToken::new();
        let mut stretches = Follower::new(script, Scope::Everything, 0).spawn(stop.clone());
        assert_eq!(stretches.recv().await.unwrap().next_block, 6);
        stop.cancel();
        assert_eq!(stretches.recv().await, None);
    }

    proptest! {
        #[test]
        fn each_block_is_told_once_and_in_order(
            limits in proptest::collection::vec(1u64..200, 1..40),
            from in 0u64..50,
            growth in proptest::collection::vec(1u64..300, 1..8),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let last = runtime.block_on(async {
                let script = Script::new(0, limits);
                let mut follower = Follower::new(script.clone(), Scope::Everything, from);
                let mut told = Vec::new();
                for blocks in growth {
                    script.heads.send_modify(|head| *head += blocks);
                    told.extend(read_to_head(&mut follower, &script).await);
                }
                let last = *script.heads.borrow();
                (told, last)
            });
            let (told, last) = last;
            prop_assert_eq!(told, happened(from..last + 1));
        }
    }
}
