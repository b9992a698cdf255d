//! Following a real chain: what a listener knows in the end is what the chain has, whatever the chain did meanwhile.

mod chain_support;

use alloy::providers::Provider;
use chain_support::proxy::{Mode, Proxy};
use chain_support::{Bench, PATIENCE};
use poco::chain::{ChainError, Event, EvmChain, Follower, Scope, Stretch};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A listener that takes back what it is told to take back.
struct Listener {
    stretches: mpsc::Receiver<Result<Stretch, ChainError>>,
    known: BTreeMap<(u64, u64), Event>,
    reverted: Vec<Event>,
    cursor: u64,
    _stop: DropGuard,
}

impl Listener {
    async fn from(bench: &Bench, block: u64) -> Self {
        Self::of(&bench.chain(&[bench.devnet.ws().unwrap()]).await, block)
    }

    fn of(chain: &EvmChain, block: u64) -> Self {
        let chain = Arc::new(chain.clone());
        let stop = CancellationToken::new();
        let stretches = Follower::new(chain, Scope::Everything, block).spawn(stop.clone());
        Self { stretches, known: BTreeMap::new(), reverted: vec![], cursor: block, _stop: stop.drop_guard() }
    }

    async fn hear(&mut self) {
        let stretch = self.stretches.recv().await.unwrap().unwrap();
        if let Some(first) = stretch.reverted_from {
            self.known.retain(|(block, _), _| *block < first);
        }
        for event in stretch.events {
            self.known.insert((event.block, event.log_index), event);
        }
        self.reverted.extend(stretch.reverted);
        self.cursor = stretch.next_block;
    }

    /// Hears until it knows what the chain has.
    async fn settle(&mut self, bench: &Bench) {
        let settling = async {
            while self.known.values().cloned().collect::<Vec<_>>() != bench.truth().await {
                self.hear().await;
            }
        };
        tokio::time::timeout(PATIENCE, settling).await.expect("what is known is not what the chain has");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_takes_back_what_it_undid_and_tells_what_came_instead() {
    let bench = Bench::start(8).await;
    let before = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    let mut listener = Listener::from(&bench, bench.start).await;
    for index in 0..3 {
        bench.initialize(&before, index).await;
    }
    listener.settle(&bench).await;
    let three = bench.truth().await;

    // A block may come meanwhile, so one more is taken back than must go.
    bench.reorganise(chain_support::newest(bench.provider()).await - three[1].block + 1).await;
    let after = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    bench.initialize(&after, 3).await;
    listener.settle(&bench).await;
    assert!(listener.reverted.contains(three.last().unwrap()), "what had been told is named when it goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_deeper_than_the_window_ends_in_the_truth_too() {
    let bench = Bench::start(8).await;
    let before = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    let mut listener = Listener::from(&bench, bench.start).await;
    bench.initialize(&before, 0).await;
    bench.mine(20).await;
    bench.initialize(&before, 1).await;
    bench.mine(135).await;
    listener.settle(&bench).await;
    let event = bench.truth().await.pop().unwrap();
    // How many blocks that takes depends on the stretches in which they were told.
    while listener.cursor <= event.block {
        bench.mine(8).await;
        listener.hear().await;
    }

    let depth = chain_support::newest(bench.provider()).await - event.block + 5;
    bench.reorganise(depth).await;
    let after = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    bench.initialize(&after, 2).await;
    listener.settle(&bench).await;
    assert!(!listener.known.values().any(|known| *known == event), "it is not on the chain any more");
    assert!(listener.reverted.is_empty(), "it was too old to be remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_set_back_is_followed() {
    let bench = Bench::start(4).await;
    let before = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    let mut listener = Listener::from(&bench, bench.start).await;
    bench.initialize(&before, 0).await;
    let snapshot: serde_json::Value = bench.provider().raw_request("evm_snapshot".into(), ()).await.unwrap();
    bench.initialize(&before, 1).await;
    bench.initialize(&before, 2).await;
    listener.settle(&bench).await;
    let told = bench.truth().await;
    let _: bool = bench.provider().raw_request("evm_revert".into(), (snapshot,)).await.unwrap();
    let after = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    bench.initialize(&after, 3).await;
    listener.settle(&bench).await;
    let taken_back: Vec<_> = told.iter().rev().take(2).collect();
    assert!(taken_back.iter().all(|event| listener.reverted.contains(event)), "{:?}", listener.reverted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_while_nobody_listened_is_not_missed() {
    let bench = Bench::start(4).await;
    let before = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    let mut listener = Listener::from(&bench, bench.start).await;
    bench.initialize(&before, 0).await;
    bench.initialize(&before, 1).await;
    listener.settle(&bench).await;
    let (cursor, two) = (listener.cursor, bench.truth().await);
    drop(listener);

    bench.reorganise(chain_support::newest(bench.provider()).await - two[1].block + 1).await;
    let after = bench.chain(&[bench.devnet.ws().unwrap()]).await;
    bench.initialize(&after, 2).await;
    let mut listener = Listener::from(&bench, cursor).await;
    listener.settle(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_header_rules_the_hub_out_is_not_asked_about() {
    let bench = Bench::start(4).await;
    let proxy = Proxy::start(bench.devnet.http().unwrap(), Mode::Well).await;
    let chain = bench.chain(std::slice::from_ref(&proxy.url)).await;
    let mut listener = Listener::of(&chain, bench.start);
    bench.initialize(&chain, 0).await;
    listener.settle(&bench).await;

    let before = proxy.asked("eth_getLogs");
    bench.mine(10).await;
    bench.initialize(&chain, 1).await;
    listener.settle(&bench).await;
    assert_eq!(proxy.asked("eth_getLogs") - before, 1, "the one block with an event");
}
