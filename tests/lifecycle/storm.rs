//! Everything that a chain and its endpoints do to a worker, in one bag and in an order that chance gives: reorganisations that
//! keep or lose what they undo, transactions that are dropped, fees that rise below and above the cap, an endpoint that
//! freezes and one that lags.

use crate::chance::Chance;
use crate::proxy::{Mode, Proxy};
use crate::support::{Daemon, Place};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use poco::chain::{Chain, Happening, Scope};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use url::Url;

/// The most that the worker pays for a unit of gas.
const CAP_GWEI: u64 = 50;
const GWEI: u64 = 1_000_000_000;
/// How deep a reorganisation of chance goes.
const DEEP: u64 = 8;

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Blocks are replaced; what was in them is in the new ones, later or sooner.
    Reorganised,
    /// Blocks are replaced; some of what was in them is lost.
    Undone,
    /// All blocks since the deal are replaced; it is struck again in another one.
    DealUndone,
    /// Endpoints take transactions and forget them, or pass them on and do not say so.
    Swallowed,
    /// What waits for a block is dropped.
    Dropped,
    /// Gas becomes dearer.
    Dear,
    /// Gas becomes dearer than the worker pays.
    TooDear,
    /// The first endpoint answers nothing.
    Frozen,
    /// The second endpoint is some blocks behind, and the first one away.
    Lagging,
}

const FAULTS: [Fault; 9] = [
    Fault::Reorganised,
    Fault::Undone,
    Fault::DealUndone,
    Fault::Swallowed,
    Fault::Dropped,
    Fault::Dear,
    Fault::TooDear,
    Fault::Frozen,
    Fault::Lagging,
];

struct Storm<'a> {
    place: &'a Place,
    chance: Chance,
    first: Proxy,
    second: Proxy,
}

impl Storm<'_> {
    async fn call<T: serde::de::DeserializeOwned + Send + Sync + Unpin + std::fmt::Debug + 'static>(
        &self,
        method: &'static str,
        parameters: Value,
    ) -> T {
        let provider = self.place.devnet.endpoint().provider();
        provider
            .raw_request(method.into(), parameters)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The block of the deal.
    async fn deal(&self) -> u64 {
        let head: U256 = self.call("eth_blockNumber", json!([])).await;
        let events = self.place.chain.events(&Scope::Everything, 0, head.to()).await.unwrap();
        let struck = events.iter().find(|event| matches!(event.what, Happening::Notice { .. }));
        struck.expect("the deal is on chain").block
    }

    /// Replaces the newest `depth` blocks. Each sender's transactions come again in their order, except that `lost` percent of
    /// them do not, and then none of that sender's after it.
    async fn reorganise(&mut self, depth: u64, lost: u64) -> String {
        let head: U256 = self.call("eth_blockNumber", json!([])).await;
        let head: u64 = head.to();
        let mut again: Vec<(Bytes, u64)> = Vec::new();
        let (mut senders, mut place, mut undone): (BTreeSet<Address>, u64, u64) = (BTreeSet::new(), 0, 0);
        for number in head + 1 - depth..=head {
            let block: Value = self.call("eth_getBlockByNumber", json!([format!("{number:#x}"), true])).await;
            for transaction in block["transactions"].as_array().unwrap() {
                undone += 1;
                let sender: Address = transaction["from"].as_str().unwrap().parse().unwrap();
                if senders.contains(&sender) || self.chance.below(100) < lost {
                    senders.insert(sender);
                    continue;
                }
                place = (place + self.chance.below(2)).min(depth - 1);
                let raw = self.call("eth_getRawTransactionByHash", json!([transaction["hash"]])).await;
                again.push((raw, place));
            }
        }
        // Anvil takes a transaction into a new block only if it pays today's fee.
        self.fee(0).await;
        let _: Value = self.call("anvil_reorg", json!([depth, again])).await;
        format!("{depth} blocks with {undone} transactions, {} of which come again", again.len())
    }

    async fn fee(&self, gwei: u64) {
        let _: Value = self.call("anvil_setNextBlockBaseFeePerGas", json!([U256::from(gwei * GWEI)])).await;
    }

    /// Does it, and mends it when it is something that lasts.
    async fn bring(&mut self, fault: Fault) {
        let mut what = String::new();
        match fault {
            Fault::Reorganised => {
                let depth = 1 + self.chance.below(DEEP);
                what = self.reorganise(depth, 0).await;
            }
            Fault::Undone => {
                // The deal is the requester's, who is not there any more to strike it again.
                let head: U256 = self.call("eth_blockNumber", json!([])).await;
                let since = head.to::<u64>() - self.deal().await;
                let depth = (1 + self.chance.below(DEEP)).min(since);
                if depth > 0 {
                    what = self.reorganise(depth, 50).await;
                }
            }
            Fault::DealUndone => {
                let deal = self.deal().await;
                let head: U256 = self.call("eth_blockNumber", json!([])).await;
                what = self.reorganise(head.to::<u64>() + 1 - deal, 0).await;
                assert!(self.deal().await >= deal, "the deal is struck again");
            }
            Fault::Swallowed => {
                let mode = if self.chance.below(2) == 0 { Mode::Forget } else { Mode::Swallow };
                self.first.is(mode);
                self.second.is(mode);
                self.chance.moment(Duration::from_secs(3)).await;
            }
            Fault::Dropped => {
                for _ in 0..5 {
                    self.chance.moment(Duration::from_millis(900)).await;
                    let pool: Value = self.call("txpool_content", json!([])).await;
                    for waiting in hashes(&pool["pending"]) {
                        let _: Value = self.call("anvil_dropTransaction", json!([waiting])).await;
                        what.push_str(&format!("{waiting} "));
                    }
                }
            }
            Fault::Dear => self.fee(CAP_GWEI / 2).await,
            Fault::TooDear => {
                for _ in 0..4 {
                    self.fee(CAP_GWEI * 4).await;
                    self.chance.moment(Duration::from_secs(2)).await;
                }
            }
            Fault::Frozen => {
                self.first.is(Mode::Frozen);
                self.chance.moment(Duration::from_secs(5)).await;
            }
            Fault::Lagging => {
                self.first.is(Mode::Down);
                self.second.is(Mode::Behind(1 + self.chance.below(4)));
                self.chance.moment(Duration::from_secs(5)).await;
            }
        }
        self.first.is(Mode::Well);
        self.second.is(Mode::Well);
        if matches!(fault, Fault::TooDear) {
            self.fee(1).await;
        }
        eprintln!("{fault:?} {what}");
    }
}

/// Of what waits in a pool, by sender and nonce.
fn hashes(waiting: &Value) -> Vec<B256> {
    let of = |nonces: &Value| {
        let all = nonces.as_object().unwrap().values();
        all.map(|transaction| transaction["hash"].as_str().unwrap().parse().unwrap()).collect::<Vec<B256>>()
    };
    waiting.as_object().unwrap().values().flat_map(of).collect()
}

/// Anvil answers HTTP and WebSocket on one port.
async fn before(ws: &Url) -> Proxy {
    let http = Url::parse(&ws.as_str().replacen("ws://", "http://", 1)).unwrap();
    Proxy::start(http, Mode::Well).await
}

/// A daemon whose chain is seen through two endpoints, and the storm that may come.
async fn calm(place: &Place, chance: Chance) -> (Storm<'_>, Daemon) {
    let ws = place.devnet.ws().unwrap();
    let (first, second) = (before(&ws).await, before(&ws).await);
    let urls = format!("{},{}", first.url, second.url);
    let storm = Storm { place, chance, first, second };
    // Blocks come by the clock only, so that transactions wait, and several share a block.
    let _: Value = storm.call("evm_setIntervalMining", json!([1])).await;
    let cap = CAP_GWEI.to_string();
    let arguments = ["--slots", "2", "--rpc-url", &urls, "--poll-interval", "200ms", "--max-fee-gwei", &cap];
    (storm, place.solo(&arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_over_and_is_undone_is_done_again_and_not_computed_again() {
    let place = Place::new(2).await;
    let (mut storm, mut daemon) = calm(&place, Chance::new()).await;
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 3, 3, "echo 42 > /iexec/consensus.iexec").await;
    // With a trust of 3 it takes both workers.
    for _ in 0..2 * tasks.len() {
        daemon.says("delivered:").await;
    }
    place.all_well(&tasks).await;
    // All but the deal itself goes, and nothing of it comes again by itself.
    let head: U256 = storm.call("eth_blockNumber", json!([])).await;
    let depth = head.to::<u64>() - storm.deal().await;
    let undone = storm.reorganise(depth, 100).await;
    let done = place.count_completed(&tasks).await;
    eprintln!("undone: {undone}; {done} tasks are done");
    assert_eq!(done, 0);
    place.all_well(&tasks).await;
    daemon.signal(Signal::TERM);
    let (code, said) = daemon.end().await;
    assert_eq!(code, Some(0));
    assert!(!said.iter().any(|line| line.contains("ran:")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_outlives_all_that_chain_and_endpoints_do() {
    const TASKS: u64 = 20;
    let mut chance = Chance::new();
    // Every kind of fault twice, in an order that chance gives.
    let mut faults = [FAULTS, FAULTS].concat();
    for at in (1..faults.len()).rev() {
        faults.swap(at, chance.below(at as u64 + 1) as usize);
    }
    let place = Place::new(2).await;
    let (mut storm, mut daemon) = calm(&place, chance).await;
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; sleep 3; cat /iexec/runs > /iexec/consensus.iexec";
    let tasks = place.buy(&pool, TASKS, 3, script).await;
    for fault in faults {
        storm.chance.moment(Duration::from_secs(2)).await;
        storm.bring(fault).await;
        let done = place.count_completed(&tasks).await;
        eprintln!("  {done} of {TASKS} tasks are done");
    }
    place.all_well(&tasks).await;
    place.each_ran_once(&tasks).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(0));
}
