//! A devnet with a deal of many tasks: whoever initialises one makes the hub tell an event.

#![allow(dead_code, reason = "each test file uses what it needs of it")]

pub mod proxy;
pub mod tunnel;

use alloy::primitives::{B256, U256};
use alloy::providers::{DynProvider, Provider};
use poco::chain::{Action, Chain, Endpoint, Event, EvmChain, Gas, Market, NewApp, Scope};
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::{DealId, Domain, Nrlc, Order, RequestOrder, WorkerpoolOrder};
use std::time::Duration;
use url::Url;

/// How often endpoints are polled here.
pub const POLL: Duration = Duration::from_millis(50);
/// What takes longer than this has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A devnet, seen through an endpoint of its own.
pub struct Bench {
    pub devnet: Devnet,
    pub deal: DealId,
    /// The first block of the deal.
    pub start: u64,
}

impl Bench {
    /// A devnet with a deal of `tasks` tasks, none initialised.
    pub async fn start(tasks: u64) -> Self {
        let devnet = Devnet::start(&DevnetOptions { workers: 1, ..DevnetOptions::default() }).await.unwrap();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
        let domain = Domain { chain_id: chain.config().chain_id, hub: devnet.hub() };
        let accounts = devnet.accounts();
        let sender = |key: &alloy::signers::local::PrivateKeySigner| {
            Market::new(&chain, devnet.endpoint().sender(key.clone(), Gas::default()))
        };
        let app = NewApp {
            name: "nothing".into(),
            kind: "DOCKER".into(),
            multiaddr: "nothing".into(),
            checksum: B256::ZERO,
        };
        let app = sender(&accounts.developer).create_app(app).await.unwrap();
        let app =
            poco::requester::app_order(&domain, &accounts.developer, app, Nrlc::default(), tasks).unwrap();
        let mut pool = WorkerpoolOrder {
            workerpool: devnet.workerpool(),
            volume: U256::from(tasks),
            ..WorkerpoolOrder::default()
        };
        pool.sign(&domain, &accounts.scheduler).unwrap();
        let mut request = RequestOrder {
            app: app.app,
            workerpool: devnet.workerpool(),
            requester: accounts.requester.address(),
            volume: U256::from(tasks),
            ..RequestOrder::default()
        };
        request.sign(&domain, &accounts.requester).unwrap();
        let market = sender(&accounts.requester);
        let (deal, receipt) = market.match_orders(&app, None, &pool, &request).await.unwrap();
        Self { devnet, deal, start: receipt.block }
    }

    /// The hub through endpoints of its own, with a fresh sender of the admin's key.
    pub async fn chain(&self, urls: &[Url]) -> EvmChain {
        let endpoint = Endpoint::open_all(urls, POLL).await.unwrap();
        let sender = endpoint.sender(self.devnet.accounts().admin.clone(), Gas::default());
        EvmChain::open(endpoint, self.devnet.hub(), vec![sender]).await.unwrap()
    }

    /// Initialises a task: one event in a block of its own.
    pub async fn initialize(&self, chain: &EvmChain, index: u64) {
        let action = Action::Initialize { deal: self.deal, indexes: vec![index] };
        chain.act(self.devnet.accounts().admin.address(), action).await.unwrap();
    }

    /// What the chain itself says now.
    pub async fn truth(&self) -> Vec<Event> {
        let chain = EvmChain::open(self.devnet.endpoint().clone(), self.devnet.hub(), vec![]).await.unwrap();
        chain.events(&Scope::Everything, self.start, newest(self.provider()).await).await.unwrap()
    }

    pub fn provider(&self) -> &DynProvider {
        self.devnet.endpoint().provider()
    }

    /// Mines empty blocks.
    pub async fn mine(&self, blocks: u64) {
        let _: serde_json::Value =
            self.provider().raw_request("anvil_mine".into(), (U256::from(blocks),)).await.unwrap();
    }

    /// Replaces the last `depth` blocks with empty ones, and adds one.
    pub async fn reorganise(&self, depth: u64) {
        let none: [(); 0] = [];
        let _: serde_json::Value =
            self.provider().raw_request("anvil_reorg".into(), (depth, none)).await.unwrap();
        self.mine(1).await;
    }
}

/// The newest block's number, asked for.
pub async fn newest(provider: &DynProvider) -> u64 {
    provider.get_block_number().await.unwrap()
}
