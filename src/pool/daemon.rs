//! The daemon: what scheduler and HTTP interface share, and both side by side.

use super::auth::Gate;
use super::book::Book;
use super::keep::Keep;
use super::{Offer, PoolError, PoolSettings, api};
use crate::chain::Chain;
use crate::ledger::Ledger;
use crate::observe;
use crate::poco::{Domain, Order, PocoError, TaskId, WorkerpoolOrder};
use alloy::primitives::U256;
use alloy::signers::local::PrivateKeySigner;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

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
    /// A file of a task came: what it was missing, perhaps.
    pub(super) received: Notify,
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
        let shared = Shared {
            chain,
            ledger,
            key,
            settings,
            public,
            gate,
            keep,
            received: Notify::new(),
            book: Mutex::default(),
        };
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
}
