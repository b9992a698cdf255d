//! The steps of a demo, in their order.

use super::fixture::Fixture;
use super::liar::Liar;
use super::report::{DemoReport, TimelineEntry};
use super::{DemoError, settle};
use crate::chain::{Chain, EvmChain, Gas, Market};
use crate::container::{self, DockerEngine, Engine};
use crate::dapp::BuyOrder;
use crate::devnet::{Devnet, DevnetOptions};
use crate::inputs::{Settings, Trust};
use crate::poco::{Domain, Nrlc, TaskId};
use crate::pool::Offer;
use crate::requester::{self, Buyer, Wish};
use crate::results::Policy;
use crate::solo::{PoolPlan, Solo, WorkerPlan};
use crate::task::{State, Terms, Watcher};
use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The dapp of the repository's own iexec.json.
const FIXTURE: &str = "find-circles";
/// A demo that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(240);

/// How a demo is run.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Honest workers.
    pub workers: usize,
    /// Whether one more worker contributes a wrong digest.
    pub lying_worker: bool,
    /// Where everything is kept; emptied first.
    pub workdir: PathBuf,
}

/// What a demo tells while it runs.
pub enum Stage<'a> {
    /// A step begins.
    Step(&'a str),
    /// Something happened on chain.
    Event(&'a TimelineEntry),
}

/// Runs a demo; `tell` hears how far it is.
pub async fn run(options: &DemoOptions, tell: &mut dyn FnMut(Stage<'_>)) -> Result<DemoReport, DemoError> {
    let stop = CancellationToken::new();
    let _ends = stop.clone().drop_guard();
    empty(&options.workdir)?;

    tell(Stage::Step("building the dapp's image and serving its inputs"));
    let fixture = Fixture::prepare(FIXTURE, stop.clone()).await?;
    tell(Stage::Step("starting a chain and deploying PoCo"));
    let workers = options.workers.max(1) + usize::from(options.lying_worker);
    let devnet = Devnet::start(&DevnetOptions { workers, ..DevnetOptions::default() }).await?;
    let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await?;

    tell(Stage::Step("opening the workerpool"));
    let mut solo = Solo::new(devnet.endpoint().clone(), devnet.hub(), Gas::default(), stop.clone());
    let pool = solo.start_pool(pool_plan(&devnet, options)).await?;
    let engine: Arc<dyn Engine> = Arc::new(DockerEngine::connect().await?);
    let mut keys = devnet.accounts().workers.clone();
    let liar = options.lying_worker.then(|| keys.pop()).flatten();

    tell(Stage::Step("registering the app and striking the deal"));
    let developer = devnet.accounts().developer.clone();
    let market = Market::new(&chain, devnet.endpoint().sender(developer.clone(), Gas::default()));
    let app = requester::deploy(&market, &fixture.app).await.map_err(requester::RequesterError::from)?;
    let order = BuyOrder { app: Some(app), trust: Some(trust(options)), ..fixture.order };
    let domain = Domain { chain_id: chain.config().chain_id, hub: devnet.hub() };
    let price = Nrlc::new(fixture.app.price_nrlc.unwrap_or_default());
    let app_order = requester::app_order(&domain, &developer, app, price, 1)?;
    let workerpool_order = requester::pool_order(&pool, 0).await?;
    let key = devnet.accounts().requester.clone();
    let market = Market::new(&chain, devnet.endpoint().sender(key.clone(), Gas::default()));
    let buyer = Buyer { chain: &chain, market: &market, key: &key };
    let wish = Wish { order, app_order: Some(app_order), app_price: price, workerpool_order };
    let bought = buyer.buy(wish).await?;
    let task =
        *bought.tasks.first().ok_or(DemoError::TookTooLong { task: TaskId(bought.deal.0), seconds: 0 })?;

    tell(Stage::Step("workers compute, contribute, agree and reveal"));
    let plan = |key: &PrivateKeySigner, engine: Arc<dyn Engine>| {
        worker_plan(key, &devnet, &pool, options, bought.block, engine)
    };
    if let Some(liar) = &liar {
        // It must be heard before the honest ones agree without it.
        let (watcher, mut taken) = taken_on();
        solo.start_worker(plan(liar, Arc::new(Liar::new(engine.clone()))), Some(watcher)).await?;
        let _ = tokio::time::timeout(PATIENCE, taken.wait_for(|taken| *taken)).await;
    }
    for key in &keys {
        solo.start_worker(plan(key, engine.clone()), None).await?;
    }
    let names = names(&devnet, liar.as_ref());
    let following =
        settle::follow(&chain, &names, task, bought.block, PATIENCE, |entry| tell(Stage::Event(entry)));
    let (timeline, events) = following.await?;

    let view = chain.task(task).await?;
    let (Some(result_digest), Some(consensus)) = (view.digest, view.consensus) else {
        return Err(DemoError::TookTooLong { task, seconds: PATIENCE.as_secs() });
    };
    let fetched = requester::fetch(&chain, task, options.workdir.join("result.zip")).await?;
    let report = DemoReport {
        chain_id: domain.chain_id,
        hub: devnet.hub(),
        deal_id: bought.deal,
        task_id: task,
        result_digest,
        digest_rule: fetched.rule.to_string(),
        consensus,
        workers: settle::workers(&chain, task, &events).await?,
        results: String::from_utf8_lossy(&view.results).into_owned(),
        result_path: fetched.path,
        timeline,
    };
    stop.cancel();
    solo.wait_for_good().await?;
    Ok(report)
}

/// The highest trust that these workers reach, all of them new: each doubles it. A liar makes it harder: with one
/// against them, n honest workers reach a trust t while t·2ⁿ > (3 + 2ⁿ)·(t − 1), that is t < 1 + 2ⁿ/3.
fn trust(options: &DemoOptions) -> u64 {
    let honest = 1u64 << options.workers.clamp(1, 20);
    if options.lying_worker { honest.div_ceil(3) } else { honest }
}

fn empty(workdir: &PathBuf) -> Result<(), DemoError> {
    let failed = |source| DemoError::File { path: workdir.clone(), source };
    match std::fs::remove_dir_all(workdir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::create_dir_all(workdir).map_err(failed)
}

/// A watcher that rings when a task is taken on.
fn taken_on() -> (Watcher, watch::Receiver<bool>) {
    let (ring, taken) = watch::channel(false);
    let watcher: Watcher = Arc::new(move |_, state: &State, _| {
        if matches!(state, State::Accepted(_)) {
            ring.send_replace(true);
        }
    });
    (watcher, taken)
}

fn pool_plan(devnet: &Devnet, options: &DemoOptions) -> PoolPlan {
    PoolPlan {
        workerpool: devnet.workerpool(),
        key: devnet.accounts().scheduler.clone(),
        listen: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        max_result_bytes: 1 << 30,
        workers: Vec::new(),
        offer: Offer { trust: 1 << 20, ..Offer::default() },
        start_block: None,
        workdir: options.workdir.clone(),
    }
}

fn worker_plan(
    key: &PrivateKeySigner,
    devnet: &Devnet,
    pool: &Url,
    options: &DemoOptions,
    block: u64,
    engine: Arc<dyn Engine>,
) -> WorkerPlan {
    WorkerPlan {
        key: key.clone(),
        workerpool: devnet.workerpool(),
        pool: pool.clone(),
        slots: 1,
        terms: Terms {
            min_price_nrlc: U256::ZERO,
            max_stake_nrlc: U256::MAX,
            max_seconds: 36_000,
            margin_seconds: 30,
        },
        inputs: Settings { trust: Trust::loopback(), ..Settings::default() },
        container_limits: container::Limits::default(),
        proof_policy: Policy::default(),
        start_block: Some(block),
        workdir: options.workdir.clone(),
        engine,
    }
}

fn names(devnet: &Devnet, liar: Option<&PrivateKeySigner>) -> HashMap<Address, String> {
    let named = devnet.accounts().named().into_iter().map(|(name, key)| (key.address(), name));
    let mut names: HashMap<_, _> = named.collect();
    if let Some(liar) = liar {
        names.insert(liar.address(), "liar".into());
    }
    names
}
