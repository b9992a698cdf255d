//! A workerpool's scheduler and one or several workers in one process.
//!
//! It only puts together what the other rooms hold. Its workers reach their pool by HTTP like any others, so that there is
//! one way and not two.

mod audit;
mod error;
mod journal;
mod tidy;
mod transactions;

pub use self::audit::audit;
pub use self::error::SoloError;
pub use self::journal::Kept;
pub use self::transactions::{Fate, Listed, OwnerPlan, Which, act_as_owner, ask_owner, find, transactions};
use crate::chain::{Chain, ChainError, Endpoint, EvmChain, Gas, Timing};
use crate::container::{self, Engine};
use crate::inputs::{self, Supply};
use crate::ledger::{Ledger, WalletLock};
use crate::observe;
use crate::poco::{TaskId, chain_of};
use crate::pool::{Keeping, Offer, Pool, PoolSettings};
use crate::results::{self, HttpStore, StoreError};
use crate::task::{State, Terms, Tools, Watcher};
pub use crate::worker::{Board, Pending};
use crate::worker::{HttpPoolLink, Worker, WorkerSettings};
use alloy::primitives::Address;
use alloy::signers::local::PrivateKeySigner;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// What a pool is started with.
#[derive(Clone, Debug)]
pub struct PoolPlan {
    /// The workerpool.
    pub workerpool: Address,
    /// Its owner's key.
    pub key: PrivateKeySigner,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The URL under which others reach it.
    pub public_url: Option<Url>,
    /// The largest result that is kept.
    pub max_result_bytes: u64,
    /// The workers that are let in; empty for all.
    pub workers: Vec<Address>,
    /// What the pool offers.
    pub offer: Offer,
    /// First block whose deals are looked at; the newest when none.
    pub start_block: Option<u64>,
    /// Where everything is kept.
    pub workdir: PathBuf,
}

/// What a worker is started with.
#[derive(Clone)]
pub struct WorkerPlan {
    /// The worker's key.
    pub key: PrivateKeySigner,
    /// The workerpool.
    pub workerpool: Address,
    /// The pool's HTTP interface.
    pub pool: Url,
    /// How many containers run side by side.
    pub slots: usize,
    /// What is asked of a deal.
    pub terms: Terms,
    /// Where inputs may come from, and what they may cost.
    pub inputs: inputs::Settings,
    /// What a container may use.
    pub container_limits: container::Limits,
    /// What is taken as a proof.
    pub proof_policy: results::Policy,
    /// First block whose tasks are looked at; the newest when none.
    pub start_block: Option<u64>,
    /// Where everything is kept.
    pub workdir: PathBuf,
    /// What runs containers.
    pub engine: Arc<dyn Engine>,
}

/// How long what is over is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// A task in the ledger, after its final deadline.
    pub tasks: Duration,
    /// The results of a pool.
    pub results: Keeping,
}

impl Default for Retention {
    fn default() -> Self {
        Self { tasks: Duration::from_secs(90 * 24 * 60 * 60), results: Keeping::default() }
    }
}

/// The daemons of one process.
pub struct Solo {
    endpoint: Endpoint,
    hub: Address,
    gas: Gas,
    stop: CancellationToken,
    /// Held until the process ends or all daemons have.
    locks: Vec<WalletLock>,
    /// Ends the pools, which workers need to their own end.
    close: CancellationToken,
    grace: Duration,
    retention: Retention,
    board: Board,
    workers: JoinSet<Result<(), SoloError>>,
    pools: JoinSet<Result<(), SoloError>>,
    engines: Vec<(Arc<dyn Engine>, String)>,
    /// The newest block when the first daemon was started. All begin there unless told otherwise: what the pool makes of a
    /// deal while its workers are still being started, they must see.
    first_block: Option<u64>,
}

impl Solo {
    /// No daemon yet. `stop` ends them all: the workers first, then the pool.
    pub fn new(endpoint: Endpoint, hub: Address, gas: Gas, stop: CancellationToken) -> Self {
        Self {
            endpoint,
            hub,
            gas,
            stop,
            locks: Vec::new(),
            close: CancellationToken::new(),
            grace: Duration::ZERO,
            retention: Retention::default(),
            board: Board::default(),
            workers: JoinSet::new(),
            pools: JoinSet::new(),
            engines: Vec::new(),
            first_block: None,
        }
    }

    /// Gives what is under way so much time after a stop.
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Keeps what is over for so long.
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// What is under way, of all workers.
    pub fn board(&self) -> Board {
        self.board.clone()
    }

    /// Starts a pool and gives its URL.
    pub async fn start_pool(&mut self, plan: PoolPlan) -> Result<Url, SoloError> {
        self.locks.push(WalletLock::take(&plan.workdir, plan.key.address())?);
        let ledger = Ledger::open(&plan.workdir.join("pool.db"))?;
        let chain = self.chain(&plan.key, &ledger).await?;
        let settings = PoolSettings {
            workerpool: plan.workerpool,
            listen: plan.listen,
            public_url: plan.public_url,
            start_block: self.start_block(plan.start_block, &chain),
            results: plan.workdir.join("results"),
            max_result_bytes: plan.max_result_bytes,
            keeping: self.retention.results.clone(),
            workers: plan.workers,
            offer: plan.offer,
        };
        let chain = Arc::new(chain);
        let tidying = tidy::tidy(ledger.clone(), chain.clone(), self.retention.tasks);
        let pool = Pool::open(chain, ledger, plan.key, settings).await?;
        let url = pool.url().clone();
        let close = self.close.clone();
        self.pools.spawn(async move {
            tokio::select! {
                ended = pool.run(close) => Ok(ended?),
                never = tidying => match never {},
            }
        });
        Ok(url)
    }

    /// Starts a worker. `watcher` hears of every state that its tasks enter, after the log.
    pub async fn start_worker(
        &mut self,
        plan: WorkerPlan,
        watcher: Option<Watcher>,
    ) -> Result<(), SoloError> {
        let wallet = plan.key.address();
        self.locks.push(WalletLock::take(&plan.workdir, wallet)?);
        let ledger = Ledger::open(&plan.workdir.join(format!("worker-{wallet}.db")))?;
        let chain = self.chain(&plan.key, &ledger).await?;
        let chain_id = chain.config().chain_id;
        let client = results::pool_client().map_err(|error| StoreError::Unreachable {
            store: plan.pool.to_string(),
            reason: chain_of(&error),
        })?;
        let link =
            HttpPoolLink::new(client.clone(), plan.pool.clone(), chain_id, plan.workerpool, plan.key.clone());
        let store = HttpStore::new(client, plan.pool, chain_id, plan.workerpool, plan.key);
        let settings = WorkerSettings {
            workerpool: plan.workerpool,
            slots: plan.slots,
            terms: plan.terms,
            start_block: self.start_block(plan.start_block, &chain),
        };
        let tools = Tools {
            chain: Arc::new(chain),
            engine: plan.engine,
            supply: Supply::open(&plan.inputs, plan.workdir.join("inputs"))?,
            store: Arc::new(store),
            ledger,
            wallet,
            workdir: plan.workdir,
            container_limits: plan.container_limits,
            proof_policy: plan.proof_policy,
            watcher: Arc::new(move |task: TaskId, state: &State, reason: &str| {
                observe::task_entered(wallet, task, state.name(), reason);
                if let Some(watcher) = &watcher {
                    watcher(task, state, reason);
                }
            }),
        };
        self.engines.push((tools.engine.clone(), tools.label()));
        let tidying = tidy::tidy(tools.ledger.clone(), tools.chain.clone(), self.retention.tasks);
        let worker = Worker::new(Arc::new(tools), Arc::new(link), settings)
            .with_grace(self.grace)
            .on_board(self.board.clone());
        let stop = self.stop.clone();
        self.workers.spawn(async move {
            tokio::select! {
                ended = worker.run(stop) => Ok(ended?),
                never = tidying => match never {},
            }
        });
        Ok(())
    }

    /// Waits for the daemons. One that fails says so and stops the others, which have the grace; the first error is given.
    /// Containers of tasks that are not over stay, and are taken up at the next start.
    pub async fn wait(mut self) -> Result<(), SoloError> {
        self.join().await
    }

    /// Waits for the daemons and removes their containers: nobody will go on with what they left.
    pub async fn wait_for_good(mut self) -> Result<(), SoloError> {
        let outcome = self.join().await;
        for (engine, label) in &self.engines {
            engine.sweep(label, None).await?;
        }
        outcome
    }

    async fn join(&mut self) -> Result<(), SoloError> {
        let mut outcome = Ok(());
        while !(self.workers.is_empty() && self.pools.is_empty()) {
            let closing = self.workers.is_empty() && !self.close.is_cancelled();
            let ended = tokio::select! {
                Some(ended) = self.workers.join_next() => ended,
                Some(ended) = self.pools.join_next() => ended,
                () = self.stop.cancelled(), if closing => {
                    self.close.cancel();
                    continue;
                }
            };
            if let Err(error) = ended.map_err(SoloError::from).and_then(|ended| ended) {
                // Said now: what the others have under way still has the grace.
                observe::daemon_failed(&error);
                self.stop.cancel();
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }

    fn start_block(&mut self, asked: Option<u64>, chain: &EvmChain) -> u64 {
        asked.unwrap_or_else(|| *self.first_block.get_or_insert_with(|| chain.head().number))
    }

    async fn chain(&self, key: &PrivateKeySigner, ledger: &Ledger) -> Result<EvmChain, ChainError> {
        let chain = EvmChain::open(self.endpoint.clone(), self.hub, vec![]).await?;
        let journal = Arc::new(Kept { ledger: ledger.clone(), chain: Some(chain.clone()) });
        let sender =
            self.endpoint.journaled_sender(key.clone(), self.gas.clone(), Timing::default(), journal);
        Ok(chain.with_senders(vec![sender]))
    }
}
