//! The follower against a chain that is written down: what a listener knows in the end is what the chain has.

use super::follower::PAUSE;
use super::{Follower, Scope, Stretch, window};
use crate::chain::{
    Account, Action, AppEntry, Category, Chain, ChainError, Contribution, DatasetEntry, Deal, Event,
    Happening, Head, HubConfig, Receipt, Task,
};
use crate::poco::{DealId, TaskId};
use alloy::primitives::{Address, B256, U256, keccak256};
use async_trait::async_trait;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// A chain of numbered blocks, each with one event that carries the block's hash.
struct Script {
    blocks: Mutex<Blocks>,
}

#[derive(Default)]
struct Blocks {
    hashes: Vec<B256>,
    forks: u64,
    /// No more blocks than these at once.
    limit: u64,
    refusals: u64,
    /// The endpoint knows so many of the newest blocks not yet, though it has told of them.
    lag: usize,
    /// Reorganise so deep as soon as logs were read.
    race: Option<usize>,
}

impl Blocks {
    fn mine(&mut self, count: usize) {
        for _ in 0..count {
            let number = self.hashes.len() as u64;
            self.hashes.push(keccak256([number.to_be_bytes(), self.forks.to_be_bytes()].concat()));
        }
    }

    fn reorganise(&mut self, depth: usize) {
        self.forks += 1;
        let stays = self.hashes.len().saturating_sub(depth).max(1);
        self.hashes.truncate(stays);
        self.mine(depth + 1);
    }

    fn head(&self, at: usize) -> Head {
        let parent = at.checked_sub(1).map_or(B256::ZERO, |before| self.hashes[before]);
        Head { number: at as u64, hash: self.hashes[at], parent, timestamp: at as u64, bloom: None }
    }

    /// Logs were read.
    fn raced(&mut self) {
        if let Some(depth) = self.race.take() {
            self.reorganise(depth);
        }
    }

    fn known(&self) -> usize {
        self.hashes.len() - self.lag
    }

    fn event(&self, number: u64) -> Event {
        let what = Happening::Claimed(TaskId(self.hashes[number as usize]));
        Event { block: number, log_index: 0, what }
    }

    fn all(&self, from: u64) -> BTreeMap<u64, Event> {
        (from..self.hashes.len() as u64).map(|number| (number, self.event(number))).collect()
    }
}

impl Script {
    fn of(blocks: usize) -> Arc<Self> {
        let mut script = Blocks { limit: u64::MAX, ..Blocks::default() };
        script.mine(blocks);
        Arc::new(Self { blocks: Mutex::new(script) })
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap()
    }
}

#[async_trait]
impl Chain for Script {
    fn config(&self) -> &HubConfig {
        unreachable!("the follower does not ask")
    }
    fn head(&self) -> Head {
        let blocks = self.blocks();
        blocks.head(blocks.hashes.len() - 1)
    }
    async fn head_after(&self, _: u64) -> Result<Head, ChainError> {
        std::future::pending().await
    }
    async fn block(&self, number: u64) -> Result<Head, ChainError> {
        let blocks = self.blocks();
        if number as usize >= blocks.known() {
            return Err(ChainError::NotFound { what: "block".into() });
        }
        Ok(blocks.head(number as usize))
    }
    async fn events(&self, _: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError> {
        let mut blocks = self.blocks();
        if to - from + 1 > blocks.limit {
            blocks.refusals += 1;
            return Err(ChainError::RangeRefused { from, to, reason: "too many".into() });
        }
        assert!((to as usize) < blocks.known(), "asked beyond what is known");
        let events = (from..=to).map(|number| blocks.event(number)).collect();
        blocks.raced();
        Ok(events)
    }
    async fn events_of(&self, _: &Scope, block: &Head) -> Result<Vec<Event>, ChainError> {
        let mut blocks = self.blocks();
        let known = &blocks.hashes[..blocks.known()];
        if known.get(block.number as usize) != Some(&block.hash) {
            return Err(ChainError::NotFound { what: "block".into() });
        }
        let event = blocks.event(block.number);
        blocks.raced();
        Ok(vec![event])
    }
    async fn deal(&self, _: DealId) -> Result<Deal, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn task(&self, _: TaskId) -> Result<Task, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn contribution(&self, _: TaskId, _: Address) -> Result<Contribution, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn account(&self, _: Address) -> Result<Account, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn score(&self, _: Address) -> Result<U256, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn category(&self, _: U256) -> Result<Category, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn app(&self, _: Address) -> Result<AppEntry, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn dataset(&self, _: Address) -> Result<DatasetEntry, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn owner(&self, _: Address) -> Result<Address, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn gas_balance(&self, _: Address) -> Result<U256, ChainError> {
        unreachable!("the follower does not ask")
    }
    async fn act(&self, _: Address, _: Action) -> Result<Receipt, ChainError> {
        unreachable!("the follower does not ask")
    }
}

/// Listens: what it knows, by block.
struct Listener {
    chain: Arc<Script>,
    follower: Follower,
    known: BTreeMap<u64, Event>,
    told: u64,
    cursor: u64,
}

impl Listener {
    fn on(chain: &Arc<Script>, from: u64) -> Self {
        let follower = Follower::new(chain.clone(), Scope::Everything, from);
        Self { chain: chain.clone(), follower, known: BTreeMap::new(), told: 0, cursor: from }
    }

    /// Takes one piece of news; the model is strict about what it may be.
    async fn hear(&mut self) -> Stretch {
        let stretch = self.follower.advance().await.unwrap();
        if let Some(first) = stretch.reverted_from {
            assert!(stretch.events.is_empty());
            for event in &stretch.reverted {
                assert!(event.block >= first);
                assert_eq!(self.known.remove(&event.block).as_ref(), Some(event), "newest first, as told");
            }
            self.known.retain(|block, _| *block < first);
        }
        for event in &stretch.events {
            let again = self.known.insert(event.block, event.clone());
            assert_eq!(again, None, "told twice");
            self.told += 1;
        }
        self.cursor = stretch.next_block;
        stretch
    }

    /// Hears until the news ends at the chain's head.
    async fn settle(&mut self) {
        while self.known != self.chain.blocks().all(*self.known.keys().next().unwrap_or(&u64::MAX))
            || self.known.is_empty()
        {
            self.hear().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_absence_of_100_000_blocks_is_caught_up_exactly_through_an_endpoint_with_a_limit() {
    let chain = Script::of(100_100);
    chain.blocks().limit = 800;
    let mut listener = Listener::on(&chain, 100);
    listener.settle().await;
    assert_eq!((listener.known.len(), listener.told), (100_000, 100_000));
    assert_eq!(listener.known, chain.blocks().all(100));
    let refusals = chain.blocks().refusals;
    assert!(refusals < 20, "{refusals} questions were refused");
}

#[tokio::test(start_paused = true)]
async fn a_shallow_reorganisation_is_told_as_revert_then_apply() {
    let chain = Script::of(50);
    let mut listener = Listener::on(&chain, 0);
    listener.settle().await;
    for _ in 0..3 {
        chain.blocks().mine(1);
        listener.hear().await;
    }
    let gone: Vec<Event> = (51..53).rev().map(|number| chain.blocks().event(number)).collect();
    chain.blocks().reorganise(2);
    let revert = listener.hear().await;
    assert_eq!((revert.reverted_from, revert.reverted), (Some(51), gone));
    for block in 51..=53 {
        let apply = listener.hear().await;
        assert_eq!((apply.reverted_from, apply.events), (None, vec![chain.blocks().event(block)]));
    }
    assert_eq!(listener.known, chain.blocks().all(0));
}

#[tokio::test(start_paused = true)]
async fn a_reorganisation_deeper_than_the_window_is_read_again_from_before_it() {
    let chain = Script::of(10);
    let mut listener = Listener::on(&chain, 0);
    for _ in 0..600 {
        chain.blocks().mine(1);
        listener.hear().await;
    }
    chain.blocks().reorganise(400);
    let revert = listener.hear().await;
    assert_eq!(revert.reverted.len() as u64, window::DEPTH, "all that was remembered");
    assert!(revert.reverted_from.unwrap() <= 211, "the fork is at 210");
    listener.settle().await;
    assert_eq!(listener.known, chain.blocks().all(0));
}

#[tokio::test(start_paused = true)]
async fn logs_that_were_read_while_the_chain_moved_are_not_told() {
    let chain = Script::of(60);
    chain.blocks().race = Some(40);
    let mut listener = Listener::on(&chain, 10);
    let first = listener.hear().await;
    assert!(first.events.len() > 30, "{first:?}");
    let now = chain.blocks().all(10);
    assert!(first.events.iter().eq(now.values().take(first.events.len())));
}

#[tokio::test(start_paused = true)]
async fn near_the_head_a_block_that_goes_while_it_is_read_is_taken_back() {
    let chain = Script::of(30);
    chain.blocks().race = Some(5);
    let mut listener = Listener::on(&chain, 25);
    let first = listener.hear().await;
    assert_eq!(first.events.len(), 1);
    let revert = listener.hear().await;
    assert_eq!((revert.reverted_from, revert.reverted), (Some(25), first.events));
    listener.settle().await;
    assert_eq!(listener.known, chain.blocks().all(25));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_does_not_know_the_newest_block_is_asked_again_and_not_believed() {
    let chain = Script::of(30);
    let mut listener = Listener::on(&chain, 0);
    listener.settle().await;
    {
        let mut blocks = chain.blocks();
        blocks.mine(2);
        blocks.lag = 3;
    }
    let caught_up = async {
        tokio::time::sleep(PAUSE * 4).await;
        chain.blocks().lag = 0;
    };
    let (news, ()) = tokio::join!(listener.hear(), caught_up);
    assert_eq!((news.reverted_from, news.events.len()), (None, 1), "lag is no reorganisation");
    let news = listener.hear().await;
    assert_eq!((news.reverted_from, news.events.len()), (None, 1), "lag is no reorganisation");
}

#[tokio::test(start_paused = true)]
async fn a_chain_that_became_shorter_is_noticed_before_it_grows_again() {
    let chain = Script::of(40);
    let mut listener = Listener::on(&chain, 30);
    listener.settle().await;
    chain.blocks().hashes.truncate(38);
    let revert = listener.hear().await;
    assert!(revert.reverted.len() >= 2, "{revert:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reorganisation_during_an_absence_is_not_missed() {
    let chain = Script::of(10);
    let mut before = Listener::on(&chain, 0);
    for _ in 0..300 {
        chain.blocks().mine(1);
        before.hear().await;
    }
    chain.blocks().reorganise(100);
    let mut after = Listener::on(&chain, before.cursor);
    after.settle().await;
    let fork = 210;
    assert!(before.cursor <= fork && before.cursor > 150, "{}", before.cursor);
    assert_eq!(after.known, chain.blocks().all(before.cursor));
}

#[tokio::test(start_paused = true)]
async fn a_slow_listener_misses_nothing() {
    let chain = Script::of(200);
    chain.blocks().limit = 3;
    let stop = CancellationToken::new();
    let mut stretches = Follower::new(chain.clone(), Scope::Everything, 0).spawn(stop.clone());
    let mut heard = Vec::new();
    while heard.len() < 200 {
        // The follower runs ahead as far as it may, and waits.
        tokio::time::sleep(PAUSE).await;
        heard.extend(stretches.recv().await.unwrap().unwrap().events);
    }
    assert_eq!(heard, chain.blocks().all(0).into_values().collect::<Vec<_>>());
    stop.cancel();
    assert!(stretches.recv().await.is_none(), "a stopped follower hangs up");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Blocks come, forks come, endpoints refuse; the listener knows the chain in the end.
    #[test]
    fn the_listener_ends_with_what_the_chain_has(
        moves in proptest::collection::vec((0u8..4, 1usize..200), 1..25),
        limit in 1u64..50,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let chain = Script::of(20);
            chain.blocks().limit = limit;
            let mut listener = Listener::on(&chain, 0);
            for (kind, size) in moves {
                match kind {
                    0 => chain.blocks().mine(size),
                    1 => chain.blocks().reorganise(size),
                    2 => chain.blocks().race = Some(size),
                    _ => { chain.blocks().mine(1); listener.hear().await; }
                }
            }
            listener.settle().await;
            assert_eq!(&listener.known, &chain.blocks().all(0));
        });
    }
}
