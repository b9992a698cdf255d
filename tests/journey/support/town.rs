//! A chain with a pool and workers.

use super::{App, Deal, build, within};
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use poco::chain::{Chain, EvmChain, Gas, Market, NewApp, Sender, Task};
use poco::container::{self, DockerEngine, Engine};
use poco::dapp::{AppEntry, BuyOrder};
use poco::devnet::{Devnet, DevnetOptions};
use poco::inputs::{Settings, Trust};
use poco::ledger::{Ledger, StoredTask};
use poco::poco::{Domain, Nrlc, Order, Tag, TaskId, TaskStatus};
use poco::pool::Offer;
use poco::requester::{self, Buyer, Wish};
use poco::results::Policy;
use poco::solo::{PoolPlan, Solo, WorkerPlan};
use poco::task::{End, State, Terms, Watcher};
use serde_json::Value;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A state that a worker's task entered.
#[derive(Clone, Debug)]
pub(crate) struct Entered {
    pub(crate) worker: Address,
    pub(crate) task: TaskId,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) end: Option<End>,
}

/// A chain, a pool that is open, and workers as they are hired.
pub(crate) struct Town {
    pub(crate) chain: EvmChain,
    pub(crate) workdir: TempDir,
    pub(crate) pool: Url,
    seen: watch::Sender<Vec<Entered>>,
    solo: Solo,
    stop: CancellationToken,
    // Dropped last: everything above talks to its chain.
    pub(crate) devnet: Devnet,
}

/// Workers that can be stopped without the others.
pub(crate) struct Apart {
    solo: Solo,
    stop: CancellationToken,
}

impl Apart {
    /// Stops them, as SIGTERM would.
    pub(crate) async fn quit(self) {
        self.stop.cancel();
        within("the workers' end", self.solo.wait()).await.unwrap();
    }
}

impl Town {
    /// A town with `workers` funded accounts; nobody is hired yet.
    pub(crate) async fn with_workers(workers: usize) -> Self {
        Self::open(DevnetOptions { workers, ..DevnetOptions::default() }, Offer::default()).await
    }

    /// A town as the options say.
    pub(crate) async fn open(options: DevnetOptions, offer: Offer) -> Self {
        poco::observe::init("info", poco::observe::LogFormat::Text);
        let workdir = tempfile::tempdir().unwrap();
        let devnet = Devnet::start(&options).await.unwrap();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
        let stop = CancellationToken::new();
        let mut solo = Solo::new(devnet.endpoint().clone(), devnet.hub(), Gas::default(), stop.clone());
        let plan = PoolPlan {
            workerpool: devnet.workerpool(),
            key: devnet.accounts().scheduler.clone(),
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: None,
            max_result_bytes: 1 << 30,
            workers: Vec::new(),
            offer,
            start_block: Some(0),
            workdir: workdir.path().to_owned(),
        };
        let pool = solo.start_pool(plan).await.unwrap();
        Self { chain, workdir, pool, seen: watch::Sender::new(Vec::new()), solo, stop, devnet }
    }

    /// The address of the worker with this number, from 0.
    pub(crate) fn worker(&self, number: usize) -> Address {
        self.devnet.accounts().workers[number].address()
    }

    /// How an honest worker is started.
    pub(crate) async fn plan(&self, number: usize) -> WorkerPlan {
        self.plan_for(self.devnet.accounts().workers[number].clone()).await
    }

    /// How an honest worker with this key is started.
    pub(crate) async fn plan_for(&self, key: PrivateKeySigner) -> WorkerPlan {
        WorkerPlan {
            key,
            workerpool: self.devnet.workerpool(),
            pool: self.pool.clone(),
            slots: 1,
            terms: Terms {
                min_price_nrlc: U256::ZERO,
                max_stake_nrlc: U256::MAX,
                max_seconds: 36_000,
                margin_seconds: 1,
            },
            inputs: Settings { trust: Trust::loopback(), ..Settings::default() },
            container_limits: container::Limits::default(),
            proof_policy: Policy::default(),
            start_block: Some(0),
            workdir: self.workdir.path().to_owned(),
            engine: engine().await,
        }
    }

    /// Starts all workers, honest ones.
    pub(crate) async fn hire_everyone(&mut self) {
        for number in 0..self.devnet.accounts().workers.len() {
            let plan = self.plan(number).await;
            self.hire(plan).await;
        }
    }

    /// Starts a worker.
    pub(crate) async fn hire(&mut self, plan: WorkerPlan) {
        let watcher = self.watcher(plan.key.address());
        self.solo.start_worker(plan, Some(watcher)).await.unwrap();
    }

    /// Starts a worker that can be stopped without the others.
    pub(crate) async fn hire_apart(&self, plan: WorkerPlan) -> Apart {
        let stop = CancellationToken::new();
        let mut solo =
            Solo::new(self.devnet.endpoint().clone(), self.devnet.hub(), Gas::default(), stop.clone());
        let watcher = self.watcher(plan.key.address());
        solo.start_worker(plan, Some(watcher)).await.unwrap();
        Apart { solo, stop }
    }

    fn watcher(&self, worker: Address) -> Watcher {
        let seen = self.seen.clone();
        Arc::new(move |task, state: &State, reason: &str| {
            let end = match state {
                State::Ended(end) => Some(end.clone()),
                _ => None,
            };
            let (state, reason) = (state.name().to_owned(), reason.to_owned());
            seen.send_modify(|seen| seen.push(Entered { worker, task, state, reason, end }));
        })
    }

    /// Stops everything; a daemon that failed fails the test.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        within("the daemons' end", self.solo.wait()).await.unwrap();
    }

    /// The sender of an account's transactions.
    pub(crate) fn sender(&self, key: &PrivateKeySigner) -> Sender {
        self.devnet.endpoint().sender(key.clone(), Gas::default())
    }

    /// Registers an app of the developer's.
    pub(crate) async fn deploy(&self, app: &AppEntry) -> App {
        let market = Market::new(&self.chain, self.sender(&self.devnet.accounts().developer));
        let address = requester::deploy(&market, app).await.unwrap();
        App { address, price: Nrlc::new(app.price_nrlc.unwrap_or_default()) }
    }

    /// Registers an app of the developer's with this multiaddr, for 10 nRLC a task.
    pub(crate) async fn deploy_image(&self, multiaddr: &str) -> App {
        let market = Market::new(&self.chain, self.sender(&self.devnet.accounts().developer));
        let new = NewApp {
            name: "Scripted".into(),
            kind: "DOCKER".into(),
            multiaddr: multiaddr.into(),
            checksum: B256::ZERO,
        };
        App { address: market.create_app(new).await.unwrap(), price: Nrlc::new(10) }
    }

    /// The app whose dapp does what the command line says.
    pub(crate) async fn probe(&self) -> App {
        build("probe").await;
        self.deploy_image("poco/probe:1.0.0").await
    }

    /// Buys, for the requester. What the order leaves open: one task, trust 1, category 0. A tag stands in all orders
    /// that must allow it.
    pub(crate) async fn buy(&self, app: App, order: BuyOrder) -> Deal {
        let accounts = self.devnet.accounts();
        let domain = Domain { chain_id: self.chain.config().chain_id, hub: self.devnet.hub() };
        let tag = Tag(order.tag.unwrap_or_default());
        let volume = order.volume.unwrap_or(1);
        let mut app_order =
            requester::app_order(&domain, &accounts.developer, app.address, app.price, volume).unwrap();
        let mut workerpool_order =
            requester::pool_order(&self.pool, order.category.unwrap_or_default()).await.unwrap();
        if tag != Tag::NONE {
            app_order.tag = tag;
            app_order.sign(&domain, &accounts.developer).unwrap();
            workerpool_order.tag = tag;
            workerpool_order.sign(&domain, &accounts.scheduler).unwrap();
        }
        let market = Market::new(&self.chain, self.sender(&accounts.requester));
        let buyer = Buyer { chain: &self.chain, market: &market, key: &accounts.requester };
        let order = BuyOrder { app: Some(app.address), ..order };
        let wish = Wish { order, app_order: Some(app_order), app_price: app.price, workerpool_order };
        let bought = buyer.buy(wish).await.unwrap();
        Deal { id: bought.deal, tasks: bought.tasks }
    }

    /// The task once it is COMPLETED on chain.
    pub(crate) async fn completed(&self, task: TaskId) -> Task {
        let view = self.over(task).await;
        assert_eq!(view.status, TaskStatus::Completed, "{}", self.story(task));
        view
    }

    /// The task once it is finalised or claimed.
    pub(crate) async fn over(&self, task: TaskId) -> Task {
        self.once(task, |view| matches!(view.status, TaskStatus::Completed | TaskStatus::Failed)).await
    }

    /// The task once the chain has it so.
    pub(crate) async fn once(&self, task: TaskId, so: impl Fn(&Task) -> bool) -> Task {
        let found = async {
            loop {
                let head = self.chain.head();
                let view = self.chain.task(task).await.unwrap();
                if so(&view) {
                    return view;
                }
                self.chain.head_after(head.number).await.unwrap();
            }
        };
        within(&format!("a change of {task}"), found).await
    }

    /// Moves the chain's clock on.
    pub(crate) async fn let_pass(&self, seconds: u64) {
        let provider = self.devnet.endpoint().provider();
        let before = self.chain.head();
        let _: Value = provider.raw_request("evm_increaseTime".into(), [seconds]).await.unwrap();
        let later = async {
            let mut head = before;
            while head.timestamp < before.timestamp + seconds {
                head = self.chain.head_after(head.number).await.unwrap();
            }
        };
        within("a later block", later).await;
    }

    /// Waits until the task of a worker has entered a state.
    pub(crate) async fn entered(&self, worker: Address, task: TaskId, state: &str) -> Entered {
        let mut seen = self.seen.subscribe();
        let is_it =
            |entered: &&Entered| (entered.worker, entered.task) == (worker, task) && entered.state == state;
        let what = format!("{worker} enters {state} with {task}");
        let entered =
            within(&what, seen.wait_for(|seen| seen.iter().any(|each| is_it(&each)))).await.unwrap();
        entered.iter().find(is_it).cloned().unwrap()
    }

    /// How the task of a worker ends.
    pub(crate) async fn end_of(&self, worker: Address, task: TaskId) -> End {
        let mut seen = self.seen.subscribe();
        let end = |seen: &Vec<Entered>| {
            let ours = seen.iter().filter(|each| (each.worker, each.task) == (worker, task));
            ours.filter_map(|each| each.end.clone()).next()
        };
        let what = format!("{worker} ends {task}");
        let entered = within(&what, seen.wait_for(|seen| end(seen).is_some())).await.unwrap();
        end(&entered).unwrap()
    }

    /// What the workers did with a task, for a person.
    pub(crate) fn story(&self, task: TaskId) -> String {
        let seen = self.seen.borrow();
        let lines = seen.iter().filter(|each| each.task == task);
        lines.map(|each| format!("{} {}: {}\n", each.worker, each.state, each.reason)).collect()
    }

    /// What stands in a worker's ledger.
    pub(crate) async fn ledger_row(&self, worker: Address, task: TaskId) -> StoredTask {
        let ledger = Ledger::open(&self.workdir.path().join(format!("worker-{worker}.db"))).unwrap();
        ledger.task(worker, task).await.unwrap().expect("the worker has seen the task")
    }

    /// Asserts that `worker` gave the task up with this code, in its ledger, at its pool and on chain, where nothing was
    /// contributed; gives the reason.
    pub(crate) async fn given_up(&self, worker: Address, task: TaskId, code: &str) -> String {
        let (name, found, reason) = match self.end_of(worker, task).await {
            End::Refused { code, reason } => ("refused", code, reason),
            End::Failed { code, reason, .. } => ("failed", code, reason),
            end => panic!("it ended otherwise: {end:?}\n{}", self.story(task)),
        };
        assert_eq!(found, code, "{reason}");
        let row = self.ledger_row(worker, task).await;
        assert!(row.finished);
        let body: Value = serde_json::from_str(&row.body).unwrap();
        assert_eq!((row.state.as_str(), &body["code"]), (name, &Value::from(code)), "{body}");

        let report = within("the pool hears of it", self.report(worker, task)).await;
        assert_eq!((&report["code"], &report["reason"]), (&Value::from(code), &Value::from(reason.as_str())));

        let view = self.chain.task(task).await.unwrap();
        assert_eq!(view.status, TaskStatus::Active);
        assert!(view.contributors.is_empty(), "nothing may be contributed");
        let folder = self.workdir.path().join("tasks").join(format!("{task}-{worker}"));
        assert!(!folder.exists(), "the task's folder is removed");
        reason
    }

    /// A worker's report on a task, as the pool shows it to everybody.
    async fn report(&self, worker: Address, task: TaskId) -> Value {
        loop {
            let head = self.chain.head();
            let view = requester::pool_view(&self.pool, task).await.unwrap();
            let reports = view["reports"].as_array().unwrap();
            let theirs = |report: &&Value| report["worker"].as_str().unwrap().parse() == Ok(worker);
            if let Some(report) = reports.iter().find(theirs) {
                return report.clone();
            }
            self.chain.head_after(head.number).await.unwrap();
        }
    }
}

/// The machine's engine.
pub(crate) async fn engine() -> Arc<dyn Engine> {
    Arc::new(DockerEngine::connect().await.unwrap())
}
