//! What happens on chain reaches who waits for it.

use super::Row;
use crate::chain_support::{Bench, newest};
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, in_milliseconds};
use crate::tools::shell;
use alloy::primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::Filter;
use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};
use poco::chain::{Action, Chain, ChainError, EvmChain, Follower, Scope, Stretch};
use poco::poco::{TaskId, TaskStatus};
use serde_json::json;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

pub const ROW: Row = Row {
    name: "follow",
    what: "From a block with an event to the follower's listener; catching up with 100 000 blocks that hold 100 000 events; and the state of 1 000 tasks read from the hub.",
    run,
};

const TASKS: u64 = 1_000;
const CALLS: u64 = 1_000;
const LOGS: u64 = 100;
/// Blocks from one call to the next.
const APART: u64 = 100;
/// So many blocks are asked for at once: more than that, and the answer is larger than an endpoint gives.
const AT_ONCE: u64 = 10_000;

fn run() -> Vec<Table> {
    let runtime = Runtime::new().expect("a runtime");
    let bench = runtime.block_on(Bench::start(TASKS));
    let ws = runtime.block_on(bench.chain(&[bench.devnet.ws().expect("a port")]));
    let http = runtime.block_on(bench.chain(&[bench.devnet.http().expect("a port")]));
    let states = states(&runtime, &bench, &ws, &http);
    let latency = latency(&runtime, &bench, &ws, &http);
    drop((ws, http, bench));
    vec![latency, catch_up(&runtime), states]
}

fn states(runtime: &Runtime, bench: &Bench, ws: &EvmChain, http: &EvmChain) -> Table {
    let indexes: Vec<u64> = (0..TASKS).collect();
    for some in indexes.chunks(100) {
        let action = Action::Initialize { deal: bench.deal, indexes: some.to_vec() };
        runtime.block_on(ws.act(bench.devnet.accounts().admin.address(), action)).expect("they are new");
    }
    // What polls hears of the last block a little later.
    let last = ws.head().number;
    runtime.block_on(http.head_after(last - 1)).expect("the chain goes on");
    let tasks: Vec<TaskId> =
        indexes.iter().map(|index| TaskId::new(bench.deal, U256::from(*index))).collect();
    let at_once = |chain: &EvmChain| {
        let read = runtime.block_on(try_join_all(tasks.iter().map(|task| chain.task(*task))));
        assert!(read.expect("the chain answers").iter().all(|task| task.status == TaskStatus::Active));
    };
    let one_by_one = |chain: &EvmChain| {
        runtime.block_on(async {
            for task in &tasks {
                chain.task(*task).await.expect("the chain answers");
            }
        });
    };
    let sides = vec![
        Side::timed("poco, all at once", || at_once(ws)),
        Side::timed("poco, all at once, by HTTP", || at_once(http)),
        Side::timed("one by one", || one_by_one(ws)),
        Side::timed("one by one, by HTTP", || one_by_one(http)),
    ];
    Table::measure(format!("the state of {TASKS} tasks"), Unit::Milliseconds, ROUNDS, sides)
}

fn latency(runtime: &Runtime, bench: &Bench, ws: &EvmChain, http: &EvmChain) -> Table {
    let emitter = runtime.block_on(Emitter::install(bench));
    let now = runtime.block_on(newest(bench.provider()));
    let (mut subscribed, mut polled) =
        runtime.block_on(async { (Heard::from(ws, now), Heard::from(http, now)) });
    let (_provider, mut logs) = runtime.block_on(async {
        let provider = ProviderBuilder::new().connect(bench.devnet.ws().expect("a port").as_str()).await;
        let provider = provider.expect("the chain answers");
        let logs = provider.subscribe_logs(&Filter::new().address(emitter.hub)).await.expect("it subscribes");
        (provider, logs.into_stream())
    });
    let mut bare = 0;
    // Every side hears what is told for the others too, so each waits for all that was told so far.
    let sides = vec![
        Side::new("poco, subscribed", || {
            runtime.block_on(emitter.timed(async |told| subscribed.until(told).await))
        }),
        Side::new("poco, polling every 50 ms", || {
            runtime.block_on(emitter.timed(async |told| polled.until(told).await))
        }),
        Side::new("alloy, a bare subscription to logs", || {
            runtime.block_on(emitter.timed(async |told| {
                while bare < told {
                    logs.next().await.expect("the chain goes on");
                    bare += 1;
                }
            }))
        }),
        Side::new("the transaction's own receipt", || runtime.block_on(emitter.timed(async |_| ()))),
    ];
    Table::measure("from sending the transaction to hearing its event", Unit::Milliseconds, 3 * ROUNDS, sides)
        .noted("The last side is the part that sending and mining have in all of them.")
}

/// On a chain of its own, whose hub holds little: anvil hashes all of it for each block.
fn catch_up(runtime: &Runtime) -> Table {
    let bench = runtime.block_on(Bench::start(1));
    let ws = runtime.block_on(bench.chain(&[bench.devnet.ws().expect("a port")]));
    let emitter = runtime.block_on(Emitter::install(&bench));
    let (from, to) = runtime.block_on(emitter.history(&bench));
    runtime.block_on(ws.head_after(to - 1)).expect("the chain goes on");
    let url = bench.devnet.http().expect("a port");
    let line = format!(
        "b={from}; while [ $b -le {to} ]; do cast logs --rpc-url {url} --from-block $b --to-block $((b + {AT_ONCE} - 1)) --address {} --json > /dev/null; b=$((b + {AT_ONCE})); done",
        emitter.hub
    );
    let sides = vec![
        Side::new("poco", || {
            runtime.block_on(async {
                let start = Instant::now();
                let mut heard = Heard::from(&ws, from);
                heard.until(CALLS * LOGS).await;
                in_milliseconds(start.elapsed())
            })
        }),
        Side::timed("cast logs, 10 000 blocks at a time", || shell(&data::folder(), &line)),
        Side::timed("the endpoint's answers, unread (the floor)", || {
            runtime.block_on(async {
                let firsts = (from..=to).step_by(AT_ONCE as usize);
                let answers = stream::iter(firsts.map(|first| emitter.unread(&url, first)));
                answers.buffer_unordered(2).for_each(|()| async {}).await;
            });
        }),
    ];
    Table::measure("100 000 blocks with 100 000 events", Unit::Milliseconds, ROUNDS, sides)
}

/// A follower's listener.
struct Heard {
    stretches: mpsc::Receiver<Result<Stretch, ChainError>>,
    events: u64,
    _stop: DropGuard,
}

impl Heard {
    fn from(chain: &EvmChain, block: u64) -> Self {
        let stop = CancellationToken::new();
        let chain: Arc<dyn Chain> = Arc::new(chain.clone());
        let stretches = Follower::new(chain, Scope::Everything, block).spawn(stop.clone());
        Self { stretches, events: 0, _stop: stop.drop_guard() }
    }

    async fn stretch(&mut self) {
        let stretch = self.stretches.recv().await.expect("it follows").expect("the chain answers");
        self.events += stretch.events.len() as u64;
    }

    /// Hears until it has heard of so many events.
    async fn until(&mut self, events: u64) {
        while self.events < events {
            self.stretch().await;
        }
    }
}

/// The hub's place taken by a program that tells of as many tasks as it is asked to.
struct Emitter {
    provider: DynProvider,
    client: reqwest::Client,
    hub: Address,
    from: Address,
    told: Cell<u64>,
}

impl Emitter {
    async fn install(bench: &Bench) -> Self {
        let (provider, hub) = (bench.provider().clone(), bench.devnet.hub());
        let topic = keccak256("TaskInitialize(bytes32,address)");
        // n := the call's word; while n > 0 { log3(nothing; topic, n, pool); n -= 1 }
        let code = [
            &[0x60, 0x00, 0x35, 0x5b, 0x80, 0x15, 0x60, 0x4c, 0x57, 0x73][..],
            bench.devnet.workerpool().as_slice(),
            &[0x81, 0x7f],
            topic.as_slice(),
            &[0x60, 0x00, 0x60, 0x00, 0xa3, 0x60, 0x01, 0x90, 0x03, 0x60, 0x03, 0x56, 0x5b, 0x00],
        ]
        .concat();
        let client = reqwest::Client::new();
        let emitter =
            Self { provider, client, hub, from: bench.devnet.accounts().admin.address(), told: Cell::new(0) };
        emitter.ask("anvil_impersonateAccount", json!([emitter.from])).await;
        emitter.ask("anvil_setCode", json!([hub, Bytes::from(code)])).await;
        emitter
    }

    /// Mines `logs` events in a block of their own.
    async fn tell(&self, logs: u64) {
        let gas = 100_000 + logs * 3_000;
        let call = json!([{ "from": self.from, "to": self.hub, "data": B256::from(U256::from(logs)), "gas": format!("{gas:#x}") }]);
        self.ask("eth_sendTransactionSync", call).await;
    }

    /// From sending one event to having heard of it.
    async fn timed(&self, heard: impl AsyncFnOnce(u64)) -> f64 {
        self.told.set(self.told.get() + 1);
        let start = Instant::now();
        futures_util::future::join(self.tell(1), heard(self.told.get())).await;
        in_milliseconds(start.elapsed())
    }

    /// Lets the chain tell the events of many blocks, and looks at none of them.
    async fn unread(&self, url: &Url, first: u64) {
        let (first, last) = (format!("{first:#x}"), format!("{:#x}", first + AT_ONCE - 1));
        let filter = json!({ "address": self.hub, "fromBlock": first, "toBlock": last });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [filter] });
        let answer = self.client.post(url.clone()).json(&call).send().await.expect("the chain answers");
        answer.bytes().await.expect("the chain answers");
    }

    /// A long absence; its first and its last block.
    async fn history(&self, bench: &Bench) -> (u64, u64) {
        // The contract that keeps the hashes of old blocks grows with each, and anvil hashes all that it keeps for each.
        let old_blocks = address!("0x0000F90827F1C53a10cb7A02335B175320002935");
        self.ask("anvil_setCode", json!([old_blocks, "0x"])).await;
        let from = newest(&self.provider).await + 1;
        // Past the endpoint, whose patience is for questions: hundreds of blocks may take longer.
        let miner = ProviderBuilder::new().connect_http(bench.devnet.http().expect("a port"));
        for _ in 0..CALLS {
            self.tell(LOGS).await;
            let _: serde_json::Value = miner
                .raw_request("anvil_mine".into(), (U256::from(APART - 1),))
                .await
                .expect("the chain answers");
        }
        (from, newest(&self.provider).await)
    }

    async fn ask(&self, method: &'static str, params: serde_json::Value) {
        let _: serde_json::Value =
            self.provider.raw_request(method.into(), params).await.expect("the chain answers");
    }
}
