//! A pool on a devnet, a deal whose tasks are active, and workers without containers.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use poco::chain::{Action, Chain, ChainError, EvmChain, Gas, Market, NewApp, Receipt};
use poco::devnet::{Devnet, DevnetOptions};
use poco::ledger::Ledger;
use poco::poco::messages::{AuthorizationRequest, Denial, Envelope, Purpose};
use poco::poco::{
    AppOrder, Authorization, Domain, Nrlc, Order, RequestOrder, ResultDigest, TaskId, TaskStatus,
    WorkerpoolOrder, result_hash, result_seal, signature,
};
use poco::pool::{Keeping, Offer, Pool, PoolSettings};
use reqwest::{Client, RequestBuilder, StatusCode};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// The largest result that the pool takes.
pub(crate) const MOST_BYTES: u64 = 10_000;

/// A running pool and its chain.
pub(crate) struct Place {
    pub(crate) devnet: Devnet,
    pub(crate) chain: Arc<EvmChain>,
    pub(crate) pool: Url,
    pub(crate) results: PathBuf,
    pub(crate) client: Client,
    _folder: tempfile::TempDir,
    _stop: DropGuard,
}

/// What a pool said no with.
#[derive(Debug)]
pub(crate) struct No {
    pub(crate) status: StatusCode,
    pub(crate) denial: Denial,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self::with_workers_listed(vec![]).await
    }

    /// A pool that lets in these workers only, or all if there is none.
    pub(crate) async fn with_workers_listed(workers: Vec<Address>) -> Self {
        let devnet = Devnet::start(&DevnetOptions::default()).await.unwrap();
        let accounts = devnet.accounts();
        let keys: Vec<_> = accounts.workers.iter().chain([&accounts.scheduler]).cloned().collect();
        let senders = keys.into_iter().map(|key| devnet.endpoint().sender(key, Gas::default())).collect();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), senders).await.unwrap();
        let chain = Arc::new(chain);
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("results");
        let settings = PoolSettings { workers, ..settings(&devnet, results.clone()) };
        let ledger = Ledger::open(&folder.path().join("ledger")).unwrap();
        let pool = Pool::open(chain.clone(), ledger, accounts.scheduler.clone(), settings).await.unwrap();
        let url = pool.url().clone();
        let stop = CancellationToken::new();
        tokio::spawn(pool.run(stop.clone()));
        let client = Client::builder().build().unwrap();
        Self { devnet, chain, pool: url, results, client, _folder: folder, _stop: stop.drop_guard() }
    }

    pub(crate) fn domain(&self) -> Domain {
        Domain { chain_id: self.chain.config().chain_id, hub: self.devnet.hub() }
    }

    pub(crate) fn worker(&self, n: usize) -> &PrivateKeySigner {
        &self.devnet.accounts().workers[n]
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.pool.join(path).unwrap()
    }

    /// Strikes a deal over the pool's own order and waits until its tasks are active.
    pub(crate) async fn tasks(&self, volume: u64, trust: u64, callback: Address) -> Vec<TaskId> {
        let accounts = self.devnet.accounts();
        let requester = &accounts.requester;
        let market =
            Market::new(&self.chain, self.devnet.endpoint().sender(requester.clone(), Gas::default()));
        let name = B256::random().to_string();
        let app = NewApp { name, kind: "DOCKER".into(), multiaddr: "any".into(), checksum: B256::ZERO };
        let app = market.create_app(app).await.unwrap();
        let workerpool: WorkerpoolOrder =
            self.client.get(self.url("v1/order?category=0")).send().await.unwrap().json().await.unwrap();
        let mut app_order =
            AppOrder { app, volume: U256::from(volume), salt: B256::random(), ..AppOrder::default() };
        let mut request = RequestOrder {
            app,
            workerpoolmaxprice: workerpool.workerpoolprice,
            requester: requester.address(),
            volume: U256::from(volume),
            trust: U256::from(trust),
            callback,
            params: "{}".into(),
            salt: B256::random(),
            ..RequestOrder::default()
        };
        app_order.sign(&self.domain(), requester).unwrap();
        request.sign(&self.domain(), requester).unwrap();
        let (deal, _) = market.match_orders(&app_order, None, &workerpool, &request).await.unwrap();
        let tasks: Vec<_> = (0..volume).map(|index| TaskId::new(deal, U256::from(index))).collect();
        for task in &tasks {
            self.until(*task, TaskStatus::Active).await;
        }
        tasks
    }

    /// Waits block by block until the task has this status.
    pub(crate) async fn until(&self, task: TaskId, status: TaskStatus) {
        loop {
            let seen = self.chain.head().number;
            let now = self.chain.task(task).await.unwrap().status;
            if now == status {
                return;
            }
            assert!(now < status, "the task is {now:?} and never was seen {status:?}");
            self.chain.head_after(seen).await.unwrap();
        }
    }

    pub(crate) fn envelope(&self, task: TaskId, worker: Address) -> Envelope {
        Envelope {
            chain_id: self.chain.config().chain_id,
            workerpool: self.devnet.workerpool(),
            task,
            worker,
        }
    }

    /// A request for leave for `worker`, as `key` signs it for `task`.
    pub(crate) fn asking(
        &self,
        worker: Address,
        key: &PrivateKeySigner,
        task: TaskId,
    ) -> AuthorizationRequest {
        let digest = self.envelope(task, worker).digest(Purpose::Authorize, B256::ZERO);
        AuthorizationRequest { worker, signature: signature::sign(digest, key).unwrap() }
    }

    pub(crate) async fn ask(&self, task: TaskId, asked: &AuthorizationRequest) -> Result<Authorization, No> {
        let url = self.url(&format!("v1/tasks/{task}/authorization"));
        Ok(answer(self.client.post(url).json(asked)).await?.json().await.unwrap())
    }

    /// Asks for a worker's own leave.
    pub(crate) async fn leave(&self, task: TaskId, key: &PrivateKeySigner) -> Result<Authorization, No> {
        self.ask(task, &self.asking(key.address(), key, task)).await
    }

    /// Contributes the digest with a leave of the pool.
    pub(crate) async fn contribute(&self, task: TaskId, key: &PrivateKeySigner, digest: ResultDigest) {
        let leave = self.leave(task, key).await.unwrap();
        let action = Action::Contribute {
            task,
            hash: result_hash(task, digest),
            seal: result_seal(key.address(), task, digest),
            authorization: leave.signature,
            contributors: 0,
        };
        self.act(key, action).await.unwrap();
    }

    pub(crate) async fn act(&self, key: &PrivateKeySigner, action: Action) -> Result<Receipt, ChainError> {
        self.chain.act(key.address(), action).await
    }

    /// The header of a delivery of `body` that says it is `said`.
    pub(crate) fn credentials(
        &self,
        task: TaskId,
        key: &PrivateKeySigner,
        purpose: Purpose,
        said: B256,
    ) -> String {
        let digest = self.envelope(task, key.address()).digest(purpose, said);
        let signed = signature::sign(digest, key).unwrap();
        format!("Poco {} {signed} {said}", key.address())
    }

    /// Delivers bytes; `credentials` is the whole `Authorization` header.
    pub(crate) async fn deliver(
        &self,
        task: TaskId,
        what: &str,
        credentials: Option<String>,
        body: impl Into<reqwest::Body>,
    ) -> Result<String, No> {
        let mut request = self.client.put(self.url(&format!("v1/tasks/{task}/{what}"))).body(body);
        if let Some(credentials) = credentials {
            request = request.header("Authorization", credentials);
        }
        Ok(answer(request).await?.text().await.unwrap())
    }
}

pub(crate) fn settings(devnet: &Devnet, results: PathBuf) -> PoolSettings {
    PoolSettings {
        workerpool: devnet.workerpool(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        public_url: None,
        start_block: 0,
        results,
        max_result_bytes: MOST_BYTES,
        keeping: Keeping::default(),
        workers: vec![],
        offer: Offer { price: Nrlc::new(1_000), ..Offer::default() },
    }
}

async fn answer(request: RequestBuilder) -> Result<reqwest::Response, No> {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    if status.is_success() { Ok(answer) } else { Err(No { status, denial: answer.json().await.unwrap() }) }
}

pub(crate) fn digest_of(bytes: &[u8]) -> ResultDigest {
    ResultDigest(keccak256(bytes))
}

pub(crate) fn nothing() -> Bytes {
    Bytes::new()
}
