//! A backlog of tasks that do nothing, from the deal to every contribution and reveal.

use super::Row;
use super::container::IMAGE;
use crate::data;
use crate::pairs::{Table, Unit, milliseconds};
use crate::relay::Relay;
use crate::support::{Town, shell as dapp};
use crate::tools::shell;
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
const TIMES: usize = 3;

fn run() -> Vec<Table> {
    super::container::make_image();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = data::folder();
    let docker =
        format!("docker run --rm --network none -v {}:/iexec {IMAGE} true", folder.join("empty").display());
    std::fs::create_dir_all(folder.join("empty")).expect("target can be written");
    let (mut one, mut three, mut peer, mut asked) = (vec![], vec![], vec![], String::new());
    for time in 1..=TIMES {
        eprintln!("   {time} of {TIMES}");
        let (rate, calls) = runtime.block_on(backlog(1));
        one.push(rate);
        asked = calls;
        three.push(runtime.block_on(backlog(3)).0);
        let line = format!("for n in $(seq 20); do {docker}; done");
        peer.push(20.0 / milliseconds(|| shell(&folder, &line)) * 1e3);
    }
    let samples = vec![
        ("poco, one worker".to_owned(), one),
        ("poco, three workers".to_owned(), three),
        ("docker run, in a row".to_owned(), peer),
    ];
    vec![Table::of("tasks in a second", Unit::PerSecond, samples).noted(asked)]
}

/// Tasks in a second, and what one worker asked its endpoint for each.
async fn backlog(workers: usize) -> (f64, String) {
    let options = DevnetOptions { workers, ..DevnetOptions::default() };
    let town = Town::open(options, Offer::default()).await;
    let app = town.deploy_image(IMAGE).await;
    let order = BuyOrder { volume: Some(TASKS), ..dapp("echo 42 > /iexec/consensus.iexec") };
    let deal = town.buy(app, order).await;
    let relay = Relay::start(town.devnet.http().expect("the chain has a port")).await;
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
    let told: Vec<String> =
        calls.iter().map(|(method, count)| format!("{method} {:.2}", *count as f64 / TASKS as f64)).collect();
    (rate, format!("Asked of the endpoint by one worker, for each task: {}.", told.join(", ")))
}
