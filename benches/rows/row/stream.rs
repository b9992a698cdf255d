//! A backlog of tasks that do nothing, from the deal to every contribution and reveal.

use super::Row;
use super::container::IMAGE;
use crate::data;
use crate::pairs::{ROUNDS, Side, Table, Unit, milliseconds};
use crate::relay::Relay;
use crate::support::{Town, shell as dapp};
use crate::tools::shell;
use alloy::providers::Provider;
use poco::chain::{Endpoint, Gas};
use poco::dapp::BuyOrder;
use poco::devnet::DevnetOptions;
use poco::pool::Offer;
use poco::solo::Solo;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

pub const ROW: Row = Row {
    name: "stream",
    what: "A backlog of 200 tasks that do nothing, bought in one deal: from the workers' start until the last is finalised on chain.",
    run,
};

const TASKS: u64 = 200;
const SEND: &str = "eth_sendRawTransaction";

/// When the chain mines.
#[derive(Clone, Copy, PartialEq)]
enum Mining {
    /// Each transaction at once, in a block of its own, as the devnet does: the engine is what is waited for.
    AtOnce,
    /// A block a second, as live chains do: the questions are those that an operator's endpoint is asked.
    EverySecond,
}

fn run() -> Vec<Table> {
    super::container::make_image();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = data::folder();
    let docker =
        format!("docker run --rm --network none -v {}:/iexec {IMAGE} true", folder.join("empty").display());
    std::fs::create_dir_all(folder.join("empty")).expect("target can be written");
    let in_a_row = format!("for n in $(seq 20); do {docker}; done");
    let backlog = |workers, mining| runtime.block_on(backlog(workers, mining));
    let asked = [Mining::AtOnce, Mining::EverySecond].map(|mining| {
        let (rate, asked) = backlog(1, mining);
        eprintln!("   {rate:.1} tasks in a second. {asked}");
        asked
    });
    let sides = vec![
        Side::new("poco, one worker", || backlog(1, Mining::AtOnce).0),
        Side::new("poco, three workers", || backlog(3, Mining::AtOnce).0),
        Side::new("docker run, in a row", || 20.0 / milliseconds(|| shell(&folder, &in_a_row)) * 1e3),
    ];
    let mut table = Table::measure("tasks in a second", Unit::PerSecond, ROUNDS, sides);
    for asked in asked {
        table = table.noted(asked);
    }
    vec![table]
}

/// Tasks in a second, and what one worker asked its endpoint for each.
async fn backlog(workers: usize, mining: Mining) -> (f64, String) {
    let options = DevnetOptions { workers, ..DevnetOptions::default() };
    let town = Town::open(options, Offer::default()).await;
    let app = town.deploy_image(IMAGE).await;
    let order = BuyOrder { volume: Some(TASKS), ..dapp("echo 42 > /iexec/consensus.iexec") };
    let deal = town.buy(app, order).await;
    if mining == Mining::EverySecond {
        let every: Result<(), _> =
            town.devnet.endpoint().provider().raw_request("evm_setIntervalMining".into(), [1]).await;
        every.expect("the chain obeys");
    }
    let relay = Relay::start(town.devnet.ws().expect("the chain has a port")).await;
    let endpoint = Endpoint::open_all(std::slice::from_ref(&relay.url), Duration::from_millis(100))
        .await
        .expect("the chain answers");
    let stop = CancellationToken::new();
    let mut solo = Solo::new(endpoint, town.devnet.hub(), Gas::default(), stop.clone());
    relay.take();
    let start = Instant::now();
    for number in 0..workers {
        let mut plan = town.plan(number).await;
        plan.slots = 4;
        solo.start_worker(plan, None).await.expect("a worker starts");
    }
    for task in &deal.tasks {
        town.completed(*task).await;
    }
    let rate = TASKS as f64 / start.elapsed().as_secs_f64();
    let calls = relay.take();
    stop.cancel();
    solo.wait().await.expect("the workers end");
    town.close().await;
    let each = |count: u64| count as f64 / TASKS as f64;
    let sent = calls.get(SEND).copied().unwrap_or_default();
    let all: u64 = calls.values().sum();
    let told: Vec<String> =
        calls.iter().map(|(method, count)| format!("{method} {:.2}", each(*count))).collect();
    let when = match mining {
        Mining::AtOnce => "each transaction mined at once in a block of its own",
        Mining::EverySecond => "a block a second",
    };
    let asked = format!(
        "Asked of the endpoint by one worker for each task, with {when}: {:.1} beside {:.1} transactions ({}).",
        each(all - sent),
        each(sent),
        told.join(", ")
    );
    (rate, asked)
}
