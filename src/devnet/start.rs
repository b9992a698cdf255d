//! Brings a devnet up: chain, contracts, money, a workerpool.

use super::accounts::Accounts;
use super::chain_file::{ChainEntry, ChainFile, DevAccount};
use super::deploy::{Deployment, create_category, deploy};
use super::{Anvil, DevnetError};
use crate::chain::{Endpoint, EvmChain, Gas, Market};
use crate::poco::Nrlc;
use alloy::primitives::{Address, U256};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// What each account is given of RLC in escrow.
const ESCROW_RLC: u64 = 1_000;
/// How often the devnet's endpoint is polled where it is not subscribed to.
const POLL: Duration = Duration::from_millis(100);

/// How a devnet is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevnetOptions {
    /// Port of the chain, 0 for any free one.
    pub port: u16,
    /// Number of workers' accounts.
    pub workers: usize,
    /// A block comes at least this often, in seconds.
    pub block_seconds: u64,
    /// A category of so many seconds besides the live network's, for tests of what takes too long.
    pub short_category_seconds: Option<u64>,
}

impl Default for DevnetOptions {
    fn default() -> Self {
        Self { port: 0, workers: 3, block_seconds: 1, short_category_seconds: None }
    }
}

/// A devnet; the chain ends with it.
pub struct Devnet {
    anvil: Anvil,
    endpoint: Endpoint,
    accounts: Accounts,
    deployment: Deployment,
    workerpool: Address,
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // Before its chain goes, which is no failure then.
        self.endpoint.close();
    }
}

impl Devnet {
    /// Brings a devnet up.
    pub async fn start(options: &DevnetOptions) -> Result<Self, DevnetError> {
        let accounts = Accounts::derive(options.workers)?;
        let anvil = Anvil::start(options.port, options.workers + 10, options.block_seconds).await?;
        let endpoint = Endpoint::open(&anvil.ws()?, POLL).await?;
        let admin = endpoint.sender(accounts.admin.clone(), Gas::default());
        let deployment = deploy(&endpoint, &admin).await?;
        if let Some(seconds) = options.short_category_seconds {
            create_category(&admin, deployment.hub, "XXS", "for tests", seconds).await?;
        }
        let chain = EvmChain::open(endpoint.clone(), deployment.hub, vec![admin.clone()]).await?;
        let amount = Nrlc(Nrlc::ONE_RLC.0 * U256::from(ESCROW_RLC));
        let bank = Market::new(&chain, admin);
        for (_, key) in accounts.named() {
            bank.deposit_for(key.address(), amount).await?;
        }
        let scheduler = Market::new(&chain, endpoint.sender(accounts.scheduler.clone(), Gas::default()));
        let workerpool = scheduler.create_workerpool("devnet").await?;
        Ok(Self { anvil, endpoint, accounts, deployment, workerpool })
    }

    /// The WebSocket endpoint.
    pub fn ws(&self) -> Result<Url, DevnetError> {
        self.anvil.ws()
    }

    /// The HTTP endpoint.
    pub fn http(&self) -> Result<Url, DevnetError> {
        self.anvil.http()
    }

    /// The open endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The hub.
    pub fn hub(&self) -> Address {
        self.deployment.hub
    }

    /// The token.
    pub fn token(&self) -> Address {
        self.deployment.token
    }

    /// The workerpool, which the scheduler owns.
    pub fn workerpool(&self) -> Address {
        self.workerpool
    }

    /// The named accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The devnet as a chain.json; `pool` is the URL of a pool that serves its workerpool.
    pub fn chain_file(&self, pool: Option<Url>) -> Result<ChainFile, DevnetError> {
        let accounts = self.accounts.named().into_iter().map(|(name, key)| {
            let account =
                DevAccount { address: key.address(), key: format!("0x{}", hex::encode(key.to_bytes())) };
            (name, account)
        });
        let entry = ChainEntry {
            id: self.endpoint.chain_id().to_string(),
            host: self.http()?,
            ws: Some(self.ws()?),
            hub: self.deployment.hub,
            workerpool: Some(self.workerpool),
            pool,
            accounts: accounts.collect(),
        };
        Ok(ChainFile { default: "devnet".into(), chains: BTreeMap::from([("devnet".into(), entry)]) })
    }
}
