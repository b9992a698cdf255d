//! The scheduler: deals are initialised, tasks are moved on by what the chain says of them.

use super::auth::Gate;
use super::book::{Book, Entry, Next};
use super::keep::{Keep, Keeping};
use super::{PoolError, api};
use crate::chain::{Action, Chain, ChainError, Event, Follower, Happening, Scope, Task};
use crate::ledger::Ledger;
use crate::observe;
use crate::poco::{
    ContributionStatus, DealId, Domain, Nrlc, Order, PocoError, ResultHash, TaskId, TaskStatus,
    WorkerpoolOrder,
};
use alloy::primitives::{Address, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How many tasks are initialised in one transaction: each takes some 250 000 gas.
const BATCH: usize = 20;
/// How often deadlines are looked at when no event comes.
const TICK: Duration = Duration::from_secs(1);

/// How often old results are looked for.
const TIDYING: Duration = Duration::from_secs(600);

/// How long what failed on chain is left alone.
const REST: Duration = Duration::from_secs(2);

/// What is being done on chain; an error ends the pool.
type Acting = JoinSet<Result<(), PoolError>>;

/// What a pool is run with.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The workerpool's contract.
    pub workerpool: Address,
    /// Where workers and requesters reach the pool.
    pub listen: SocketAddr,
    /// The URL under which others reach it; by default the address that is listened on.
    pub public_url: Option<Url>,
    /// The first block whose deals are looked at when the ledger knows no later one.
    pub start_block: u64,
    /// Where results are kept.
    pub results: PathBuf,
    /// The largest result taken.
    pub max_result_bytes: u64,
    /// How long results are kept.
    pub keeping: Keeping,
    /// The workers that are let in; empty for all.
    pub workers: Vec<Address>,
    /// What the pool offers.
    pub offer: Offer,
}

/// What a pool offers to requesters, as orders of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The price of a task.
    pub price: Nrlc,
    /// The highest trust.
    pub trust: u64,
    /// How many tasks one order is good for.
    pub volume: u64,
}

impl Default for Offer {
    fn default() -> Self {
        Self { price: Nrlc::ONE_RLC, trust: 1_000, volume: 1_000_000 }
    }
}

/// The workerpool's daemon.
pub struct Pool {
    shared: Arc<Shared>,
    listener: TcpListener,
}

/// What the scheduler and the HTTP interface share.
pub(super) struct Shared {
    pub(super) chain: Arc<dyn Chain>,
    pub(super) ledger: Ledger,
    pub(super) key: PrivateKeySigner,
    pub(super) settings: PoolSettings,
    pub(super) public: Url,
    pub(super) gate: Gate,
    pub(super) keep: Keep,
    book: Mutex<Book>,
}

impl Pool {
    /// Opens the pool: checks the key against the workerpool's owner and listens.
    pub async fn open(
        chain: Arc<dyn Chain>,
        ledger: Ledger,
        key: PrivateKeySigner,
        settings: PoolSettings,
    ) -> Result<Self, PoolError> {
        let (workerpool, wallet) = (settings.workerpool, key.address());
        let owner = chain.owner(workerpool).await?;
        if owner != wallet {
            return Err(PoolError::NotOwner { wallet, workerpool, owner });
        }
        let cannot = |error: std::io::Error| PoolError::Listen {
            address: settings.listen.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(settings.listen).await.map_err(cannot)?;
        let here = listener.local_addr().map_err(cannot)?;
        let public = match &settings.public_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{here}/")).map_err(|error| PoolError::Listen {
                address: here.to_string(),
                reason: error.to_string(),
            })?,
        };
        let keep = Keep::open(settings.results.clone(), settings.max_result_bytes)?;
        let gate = Gate { chain_id: chain.config().chain_id, workerpool };
        let shared = Shared { chain, ledger, key, settings, public, gate, keep, book: Mutex::default() };
        Ok(Self { shared: Arc::new(shared), listener })
    }

    /// Where others reach the pool.
    pub fn url(&self) -> &Url {
        &self.shared.public
    }

    /// Runs until told to stop.
    pub async fn run(self, stop: CancellationToken) -> Result<(), PoolError> {
        observe::pool_opened(self.shared.settings.workerpool, &self.shared.public);
        let serving = api::serve(self.shared.clone(), self.listener, stop.clone());
        let scheduling = self.shared.clone().schedule(stop);
        tokio::try_join!(serving, scheduling)?;
        Ok(())
    }
}

impl Shared {
    /// The book, for a moment; never held while something is awaited.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cursor_name(&self) -> String {
        format!("pool {}", self.settings.workerpool)
    }

    async fn schedule(self: Arc<Self>, stop: CancellationToken) -> Result<(), PoolError> {
        let from = self.ledger.cursor(self.cursor_name()).await?.unwrap_or(self.settings.start_block);
        let scope = Scope::Workerpool(self.settings.workerpool);
        let mut stretches = Follower::new(self.chain.clone(), scope, from).spawn(stop.clone());
        let mut acting = Acting::new();
        let mut tick = tokio::time::interval(TICK);
        // Not at once: until the chain was read the book does not know which tasks are not over.
        let mut tidying = tokio::time::interval_at(tokio::time::Instant::now() + TIDYING, TIDYING);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                stretch = stretches.recv() => {
                    let Some(stretch) = stretch.transpose()? else { break };
                    if stretch.reverted_from.is_some() {
                        self.chain_reverted(&stretch.reverted, &mut acting).await;
                    }
                    for event in stretch.events {
                        self.note(event, &mut acting).await?;
                    }
                    let safe = self.book().oldest_open().map_or(stretch.next_block, |open| open.min(stretch.next_block));
                    self.ledger.set_cursor(self.cursor_name(), safe).await?;
                }
                Some(done) = acting.join_next() => done.unwrap_or(Ok(()))?,
                _ = tick.tick() => {}
                _ = tidying.tick() => {
                    let shared = self.clone();
                    acting.spawn_blocking(move || {
                        shared.tidy();
                        Ok(())
                    });
                }
            }
            self.act_on_due(&mut acting);
        }
        // What was sent is on its way; its receipt is read from the chain after the restart.
        acting.shutdown().await;
        Ok(())
    }

    /// Removes old results.
    fn tidy(&self) {
        #[expect(clippy::disallowed_methods, reason = "a file's age is told by the clock that dated it")]
        let now = std::time::SystemTime::now();
        let open = self.book().unfinished().into_iter().collect();
        match self.keep.tidy(&self.settings.keeping, &open, now) {
            Ok(tidied) => {
                if tidied.removed > 0 {
                    observe::results_removed(tidied.removed, tidied.removed_bytes);
                }
                if tidied.left_bytes > self.settings.keeping.bytes {
                    observe::results_too_large(tidied.left_bytes);
                }
            }
            Err(error) => observe::pool_failed("removing old results", &PoolError::Store(error)),
        }
    }

    /// Takes an event into the book.
    async fn note(self: &Arc<Self>, event: Event, acting: &mut Acting) -> Result<(), PoolError> {
        match event.what {
            Happening::Notice { deal, workerpool } if workerpool == self.settings.workerpool => {
                self.book().deal_struck(deal, event.block);
                let shared = self.clone();
                acting.spawn(async move { shared.initialize(deal).await });
            }
            Happening::Initialized { task, workerpool } if workerpool == self.settings.workerpool => {
                self.adopt(task, event.block).await?;
            }
            Happening::Contributed { task, worker, hash } => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.contributed(worker, hash);
                }
                self.refresh(task).await;
            }
            Happening::Consensus { task, hash } => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.agreed(hash);
                }
                self.refresh(task).await;
            }
            Happening::Reopened(task) => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.reopened();
                }
                self.rebuild(task).await;
            }
            other => {
                if let Some(task) = other.task() {
                    self.refresh(task).await;
                }
            }
        }
        Ok(())
    }

    /// Blocks have gone: what the book has of their tasks, and of all that are not over, is read anew.
    async fn chain_reverted(self: &Arc<Self>, gone: &[Event], acting: &mut Acting) {
        let mut concerned: BTreeSet<TaskId> = gone.iter().filter_map(|event| event.what.task()).collect();
        concerned.extend(self.book().unfinished());
        let mut deals: BTreeMap<DealId, u64> = BTreeMap::new();
        for task in concerned {
            let Some((deal, block)) = self.rebuild(task).await else { continue };
            self.book().remove(task);
            let first = deals.entry(deal).or_insert(block);
            *first = block.min(*first);
        }
        // The initialisations went with the blocks. They may be mined again by themselves; if not, they are sent again.
        for (deal, block) in deals {
            self.book().deal_struck(deal, block);
            let shared = self.clone();
            acting.spawn(async move { shared.initialize(deal).await });
        }
    }

    /// Reads a task of the book and its contributions from the chain. Gives its deal, and the block the task was
    /// initialised in, when the chain does not know the task any more.
    async fn rebuild(&self, id: TaskId) -> Option<(DealId, u64)> {
        let (deal, block) = self.book().get(id).map(|entry| (entry.deal.id, entry.block))?;
        match self.reread(id).await {
            Ok(Some((task, contributions))) => {
                let mut book = self.book();
                if let Some(entry) = book.get_mut(id) {
                    entry.rederive(contributions, task.consensus);
                }
                book.update(task);
                None
            }
            Ok(None) => Some((deal, block)),
            Err(error) => {
                observe::pool_failed("reading a task after a reorganisation", &error);
                None
            }
        }
    }

    /// A task and the contributions that count, as the chain has them now; none for a task that is not initialised.
    async fn reread(&self, id: TaskId) -> Result<Option<(Task, Vec<(Address, ResultHash)>)>, ChainError> {
        let task = patiently(|| self.chain.task(id)).await?;
        if task.status == TaskStatus::Unset {
            return Ok(None);
        }
        let mut contributions = Vec::new();
        for worker in &task.contributors {
            let made = patiently(|| self.chain.contribution(id, *worker)).await?;
            if !matches!(made.status, ContributionStatus::Unset | ContributionStatus::Rejected) {
                contributions.push((*worker, made.hash));
            }
        }
        Ok(Some((task, contributions)))
    }

    /// Initialises those tasks of a deal that are not, for as long as that makes sense: an endpoint may be away, or gas too
    /// dear for now. A deal that the chain does not know any more is told again when it is back.
    async fn initialize(self: Arc<Self>, deal: DealId) -> Result<(), PoolError> {
        loop {
            match self.initialize_all(deal).await {
                Ok(count) => {
                    observe::deal_initialized(deal, count);
                    break;
                }
                Err(error) if ends(&error) => return Err(error),
                Err(error) => {
                    observe::pool_failed("initialize", &error);
                    if matches!(error, PoolError::Chain(ChainError::NotFound { .. })) {
                        break;
                    }
                }
            }
            tokio::time::sleep(REST).await;
        }
        self.book().deal_initialized(deal);
        Ok(())
    }

    async fn initialize_all(&self, id: DealId) -> Result<usize, PoolError> {
        let deal = patiently(|| self.chain.deal(id)).await?;
        let category = patiently(|| self.chain.category(deal.category)).await?;
        let ratio = self.chain.config().contribution_ratio;
        let time = category.work_clock_time.saturating_mul(ratio);
        let deadline = deal.start_time.saturating_add(time);
        if self.chain.head().timestamp >= deadline {
            return Ok(0);
        }
        let mut unset = Vec::new();
        for index in deal.bot_first..deal.bot_first.saturating_add(deal.bot_size) {
            let task = TaskId::new(id, U256::from(index));
            let view = patiently(|| self.chain.task(task)).await?;
            if view.status == TaskStatus::Unset {
                unset.push(index);
            }
        }
        for indexes in unset.chunks(BATCH) {
            let action = Action::Initialize { deal: id, indexes: indexes.to_vec() };
            self.chain.act(self.key.address(), action).await?;
        }
        Ok(unset.len())
    }

    /// Takes a task of this pool into the book.
    pub(super) async fn adopt(&self, id: TaskId, block: u64) -> Result<(), PoolError> {
        if self.book().get(id).is_some() {
            return Ok(());
        }
        let task = match patiently(|| self.chain.task(id)).await {
            Ok(task) if task.status != TaskStatus::Unset => task,
            Ok(_) => return Err(PoolError::NotOurs(id)),
            Err(error) => return Err(error.into()),
        };
        let deal = patiently(|| self.chain.deal(task.deal)).await?;
        if deal.workerpool.pointer != self.settings.workerpool {
            return Err(PoolError::NotOurs(id));
        }
        self.book().insert(Entry::new(Arc::new(deal), task, block));
        Ok(())
    }

    /// Reads a task of the book again.
    pub(super) async fn refresh(&self, id: TaskId) {
        if self.book().get(id).is_none_or(Entry::over) {
            return;
        }
        match self.chain.task(id).await {
            Ok(task) => self.book().update(task),
            Err(error) => observe::pool_failed("viewTask", &error),
        }
    }

    /// Starts what is due, each task's in a task of its own.
    fn act_on_due(self: &Arc<Self>, acting: &mut Acting) {
        let now = self.chain.head().timestamp;
        let due: Vec<(TaskId, Next)> = {
            let mut book = self.book();
            let due: Vec<_> = book
                .open()
                .map(|entry| {
                    let callback = self.callback(entry);
                    (entry.task.id, entry.next(now, self.keep.has(entry.task.id), &callback))
                })
                .filter(|(_, next)| *next != Next::Wait)
                .collect();
            for (task, _) in &due {
                if let Some(entry) = book.get_mut(*task) {
                    entry.busy = true;
                }
            }
            due
        };
        for (task, next) in due {
            let shared = self.clone();
            acting.spawn(async move {
                match shared.act(task, next).await {
                    Err(error) if ends(&error) => return Err(error),
                    Err(error) => {
                        observe::pool_failed("a task's transaction", &error);
                        tokio::time::sleep(REST).await;
                    }
                    Ok(()) => {}
                }
                shared.refresh(task).await;
                if let Some(entry) = shared.book().get_mut(task) {
                    entry.busy = false;
                }
                Ok(())
            });
        }
    }

    async fn act(&self, task: TaskId, next: Next) -> Result<(), PoolError> {
        let action = match next {
            Next::Wait => return Ok(()),
            Next::Finalize => {
                let callback = self.book().get(task).map(|entry| self.callback(entry)).unwrap_or_default();
                Action::Finalize { task, results: self.results(task), callback: callback.into() }
            }
            Next::Reopen => Action::Reopen(task),
            Next::Claim => Action::Claim(task),
        };
        let name = action.name();
        let receipt = self.chain.act(self.key.address(), action).await?;
        observe::pool_acted(task, name, receipt.block);
        Ok(())
    }

    /// The bytes for the callback of an entry's deal; none when it has none or they are not here yet.
    fn callback(&self, entry: &Entry) -> Vec<u8> {
        if entry.deal.callback.is_zero() || entry.task.status != TaskStatus::Revealing {
            return Vec::new();
        }
        std::fs::read(self.keep.callback(entry.task.id)).unwrap_or_default()
    }

    /// The pool's own order for a category, signed. The same terms give the same order, so that the hub counts what was
    /// taken of it.
    pub(super) fn order(&self, category: u64) -> Result<WorkerpoolOrder, PocoError> {
        let Offer { price, trust, volume } = self.settings.offer;
        let mut order = WorkerpoolOrder {
            workerpool: self.settings.workerpool,
            workerpoolprice: price,
            volume: U256::from(volume),
            category: U256::from(category),
            trust: U256::from(trust),
            ..WorkerpoolOrder::default()
        };
        let domain = Domain { chain_id: self.gate.chain_id, hub: self.chain.config().hub };
        order.sign(&domain, &self.key)?;
        Ok(order)
    }

    /// Where a task's result is reached.
    pub(super) fn location(&self, task: TaskId) -> String {
        format!("{}results/{task}.zip", self.public)
    }

    /// What finalize says of a result, spaced as the live network's schedulers write it.
    fn results(&self, task: TaskId) -> Bytes {
        format!(r#"{{ "storage": "http", "location": "{}" }}"#, self.location(task)).into_bytes().into()
    }
}

/// Whether nothing can be done on chain any more until somebody mends it: what is not written down is not sent.
fn ends(error: &PoolError) -> bool {
    matches!(
        error,
        PoolError::Ledger(_)
            | PoolError::Chain(ChainError::Journal(_) | ChainError::Stopped(_) | ChainError::Signing { .. })
    )
}

/// Asks again while an endpoint fails or lags, for as long as a few blocks.
async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, ChainError>
where
    F: Future<Output = Result<T, ChainError>>,
{
    let mut tries = 0;
    loop {
        match ask().await {
            Err(ChainError::Unavailable { .. } | ChainError::NotFound { .. }) if tries < 10 => {
                tries += 1;
                tokio::time::sleep(TICK / 2).await;
            }
            other => return other,
        }
    }
}
