//! The sections: every setting, its unit and its default.

use super::{ConfigError, Secret};
use crate::chain::Gas;
use crate::devnet::{ChainEntry, ChainFile, DevnetError};
use crate::poco::Nrlc;
use crate::task::Terms;
use alloy::primitives::{Address, U256};
use bytesize::ByteSize;
use clap::Args;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Looked for in the current folder when no other is named.
const CHAIN_FILE: &str = "chain.json";

/// Where the chain is: `[chain]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChainSection {
    /// JSON-RPC endpoint; ws:// is followed by subscription, http:// by polling. Several, with commas between them, stand in for
    /// each other, the first preferred
    #[arg(
        long,
        env = "POCO_RPC_URL",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true,
        help_heading = "Chain"
    )]
    #[serde(default, deserialize_with = "one_or_many")]
    pub rpc_url: Option<Vec<Url>>,
    /// Address of the PoCo hub
    #[arg(long, env = "POCO_HUB", value_name = "ADDRESS", help_heading = "Chain")]
    pub hub: Option<Address>,
    /// A chain.json that names both [default: ./chain.json where there is one]
    #[arg(long, env = "POCO_CHAIN_FILE", value_name = "FILE", help_heading = "Chain")]
    pub chain_file: Option<PathBuf>,
    /// How often an http:// endpoint is polled [default: 1s]
    #[arg(long, env = "POCO_POLL_INTERVAL", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Chain")]
    #[serde(default, with = "humantime_serde")]
    pub poll_interval: Option<Duration>,
    /// The most that a unit of gas may cost, in gwei [default: what the network asks]
    #[arg(long, env = "POCO_MAX_FEE_GWEI", value_name = "GWEI", help_heading = "Chain")]
    pub max_fee_gwei: Option<u64>,
}

/// What the chain section comes to.
#[derive(Clone, Debug)]
pub struct ChainPlace {
    /// The endpoints, the preferred one first; at least one.
    pub rpc_urls: Vec<Url>,
    /// The hub.
    pub hub: Address,
    /// How often it is polled.
    pub poll_interval: Duration,
    /// What gas may cost.
    pub gas: Gas,
    /// What chain.json has besides.
    pub entry: Option<ChainEntry>,
}

impl ChainSection {
    /// The place, from what was given and what chain.json has.
    pub fn place(&self) -> Result<ChainPlace, ConfigError> {
        let entry = self.entry()?;
        let known = entry.as_ref();
        let rpc_urls = self
            .rpc_url
            .clone()
            .filter(|urls| !urls.is_empty())
            .or_else(|| known.map(|entry| vec![entry.ws.clone().unwrap_or_else(|| entry.host.clone())]))
            .ok_or(ConfigError::Missing {
                what: "the chain's endpoint",
                give: "give --rpc-url, POCO_RPC_URL, or a chain.json (`poco devnet` writes one)",
            })?;
        let hub = self.hub.or_else(|| known.map(|entry| entry.hub)).ok_or(ConfigError::Missing {
            what: "the hub's address",
            give: "give --hub, POCO_HUB, or a chain.json (`poco devnet` writes one)",
        })?;
        let gas = Gas {
            max_fee_wei: self.max_fee_gwei.map(|gwei| u128::from(gwei) * 1_000_000_000),
            ..Gas::default()
        };
        let poll_interval = self.poll_interval.unwrap_or(Duration::from_secs(1));
        Ok(ChainPlace { rpc_urls, hub, poll_interval, gas, entry })
    }

    fn entry(&self) -> Result<Option<ChainEntry>, ConfigError> {
        let (path, named) = match &self.chain_file {
            Some(path) => (path.as_path(), true),
            None => (Path::new(CHAIN_FILE), false),
        };
        if !named && !path.is_file() {
            return Ok(None);
        }
        let file = ChainFile::read(path).map_err(|error| match error {
            DevnetError::ChainFile { path, reason } => ConfigError::ChainFile { path, reason },
            other => ConfigError::ChainFile { path: path.to_owned(), reason: other.to_string() },
        })?;
        Ok(file.default_chain().cloned())
    }

    pub(super) fn or(self, file: Self) -> Self {
        Self {
            rpc_url: self.rpc_url.or(file.rpc_url),
            hub: self.hub.or(file.hub),
            chain_file: self.chain_file.or(file.chain_file),
            poll_interval: self.poll_interval.or(file.poll_interval),
            max_fee_gwei: self.max_fee_gwei.or(file.max_fee_gwei),
        }
    }
}

/// One URL, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<Url>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a URL, or a list of URLs")]
    enum Urls {
        One(Url),
        Many(Vec<Url>),
    }
    Ok(Some(match Urls::deserialize(source)? {
        Urls::One(url) => vec![url],
        Urls::Many(urls) => urls,
    }))
}

impl ChainPlace {
    /// Whether chain.json is a devnet's: only that has accounts, with keys that everyone knows.
    pub fn on_devnet(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| !entry.accounts.is_empty())
    }

    /// The key of a devnet's named account.
    pub fn devnet_key(&self, name: &str) -> Option<Secret> {
        self.entry.as_ref()?.accounts.get(name)?.key.parse().ok()
    }

    /// The keys of a devnet's workers.
    pub fn devnet_workers(&self) -> Vec<Secret> {
        let accounts = self.entry.iter().flat_map(|entry| &entry.accounts);
        accounts
            .filter(|(name, _)| name.starts_with("worker"))
            .filter_map(|(_, account)| account.key.parse().ok())
            .collect()
    }
}

/// The workerpool: `[pool]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PoolSection {
    /// Address of the workerpool
    #[arg(long, env = "POCO_WORKERPOOL", value_name = "ADDRESS", help_heading = "Pool")]
    pub workerpool: Option<Address>,
    /// Key of the workerpool's owner: hex, or @FILE
    #[arg(
        long,
        env = "POCO_SCHEDULER_KEY",
        value_name = "KEY",
        hide_env_values = true,
        help_heading = "Pool"
    )]
    pub scheduler_key: Option<Secret>,
    /// Where the pool's HTTP interface listens [default: 127.0.0.1:8787]
    #[arg(long, env = "POCO_LISTEN", value_name = "ADDRESS", help_heading = "Pool")]
    pub listen: Option<SocketAddr>,
    /// The URL under which others reach it [default: the address listened on]
    #[arg(long, env = "POCO_PUBLIC_URL", value_name = "URL", help_heading = "Pool")]
    pub public_url: Option<Url>,
    /// The largest result that is kept [default: 1 GiB]
    #[arg(long, env = "POCO_MAX_RESULT", value_name = "SIZE", help_heading = "Pool")]
    pub max_result: Option<ByteSize>,
    /// How long a result is kept after it came [default: 30d]
    #[arg(long, env = "POCO_KEEP_RESULTS", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Pool")]
    #[serde(default, with = "humantime_serde")]
    pub keep_results: Option<Duration>,
    /// What all results may take; over it the oldest go, but none within a day [default: 50 GiB]
    #[arg(long, env = "POCO_RESULTS_SIZE", value_name = "SIZE", help_heading = "Pool")]
    pub results_size: Option<ByteSize>,
    /// Wallets of the workers that are let in, comma-separated [default: all]
    #[arg(
        long,
        env = "POCO_WORKERS",
        value_name = "ADDRESSES",
        value_delimiter = ',',
        help_heading = "Pool"
    )]
    pub workers: Option<Vec<Address>>,
    /// The price of a task that the pool offers [default: 1 RLC]
    #[arg(long, env = "POCO_PRICE", value_name = "AMOUNT", help_heading = "Pool")]
    pub price: Option<Nrlc>,
    /// The highest trust that the pool offers [default: 1000]
    #[arg(long, env = "POCO_TRUST", value_name = "N", help_heading = "Pool")]
    pub trust: Option<u64>,
    /// First block whose deals are looked at [default: the newest]
    #[arg(long, env = "POCO_START_BLOCK", value_name = "BLOCK", help_heading = "Pool")]
    pub start_block: Option<u64>,
}

impl PoolSection {
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            workerpool: self.workerpool.or(file.workerpool),
            scheduler_key: self.scheduler_key.or(file.scheduler_key),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            max_result: self.max_result.or(file.max_result),
            keep_results: self.keep_results.or(file.keep_results),
            results_size: self.results_size.or(file.results_size),
            workers: self.workers.or(file.workers),
            price: self.price.or(file.price),
            trust: self.trust.or(file.trust),
            start_block: self.start_block.or(file.start_block),
        }
    }
}

/// The workers: `[worker]`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkerSection {
    /// Keys of the workers, comma-separated: hex, or @FILE
    #[arg(
        long,
        env = "POCO_WORKER_KEYS",
        value_name = "KEYS",
        value_delimiter = ',',
        hide_env_values = true,
        help_heading = "Worker"
    )]
    pub worker_keys: Option<Vec<Secret>>,
    /// The pool's HTTP interface (a solo's workers use its own)
    #[arg(long, env = "POCO_POOL_URL", value_name = "URL", help_heading = "Worker")]
    pub pool_url: Option<Url>,
    /// Where ledger, task folders and results are kept [default: poco-work]
    #[arg(long, env = "POCO_WORKDIR", value_name = "FOLDER", help_heading = "Worker")]
    pub workdir: Option<PathBuf>,
    /// How many containers each worker runs side by side [default: 1]
    #[arg(long, env = "POCO_SLOTS", value_name = "N", help_heading = "Worker")]
    pub slots: Option<usize>,
    /// The least price of a task that is taken [default: 0]
    #[arg(long, env = "POCO_MIN_PRICE", value_name = "AMOUNT", help_heading = "Worker")]
    pub min_price: Option<Nrlc>,
    /// The most that one contribution may lock [default: no limit but the free stake]
    #[arg(long, env = "POCO_MAX_STAKE", value_name = "AMOUNT", help_heading = "Worker")]
    pub max_stake: Option<Nrlc>,
    /// The longest category that is taken [default: 10h]
    #[arg(long, env = "POCO_MAX_TIME", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Worker")]
    #[serde(default, with = "humantime_serde")]
    pub max_time: Option<Duration>,
    /// Time that must remain for transactions after the container's own [default: 30s]
    #[arg(long, env = "POCO_MARGIN", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Worker")]
    #[serde(default, with = "humantime_serde")]
    pub margin: Option<Duration>,
    /// Time for what is under way once the worker is told to stop; then it is parked [default: 30s]
    #[arg(long, env = "POCO_GRACE", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Worker")]
    #[serde(default, with = "humantime_serde")]
    pub grace: Option<Duration>,
    /// How long the ledger keeps a task after its final deadline, and a pool's whom it let in [default: 90d]
    #[arg(long, env = "POCO_KEEP_TASKS", value_name = "TIME", value_parser = humantime::parse_duration, help_heading = "Worker")]
    #[serde(default, with = "humantime_serde")]
    pub keep_tasks: Option<Duration>,
    /// Refuse dapps that write no consensus.iexec instead of proving them by all they left
    #[arg(long, env = "POCO_REQUIRE_CONSENSUS_FILE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", help_heading = "Worker")]
    pub require_consensus_file: Option<bool>,
}

impl WorkerSection {
    /// Where everything is kept.
    pub fn workdir(&self) -> PathBuf {
        self.workdir.clone().unwrap_or_else(|| PathBuf::from("poco-work"))
    }

    /// Time for what is under way once the worker is told to stop.
    pub fn grace(&self) -> Duration {
        self.grace.unwrap_or(Duration::from_secs(30))
    }

    /// What is asked of a deal.
    pub fn terms(&self) -> Terms {
        Terms {
            min_price_nrlc: self.min_price.map_or(U256::ZERO, |price| price.0),
            max_stake_nrlc: self.max_stake.map_or(U256::MAX, |stake| stake.0),
            max_seconds: self.max_time.map_or(36_000, |time| time.as_secs()),
            margin_seconds: self.margin.map_or(30, |time| time.as_secs()),
        }
    }

    pub(super) fn or(self, file: Self) -> Self {
        Self {
            worker_keys: self.worker_keys.or(file.worker_keys),
            pool_url: self.pool_url.or(file.pool_url),
            workdir: self.workdir.or(file.workdir),
            slots: self.slots.or(file.slots),
            min_price: self.min_price.or(file.min_price),
            max_stake: self.max_stake.or(file.max_stake),
            max_time: self.max_time.or(file.max_time),
            margin: self.margin.or(file.margin),
            grace: self.grace.or(file.grace),
            keep_tasks: self.keep_tasks.or(file.keep_tasks),
            require_consensus_file: self.require_consensus_file.or(file.require_consensus_file),
        }
    }
}
