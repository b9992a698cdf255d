//! A real hub behind a real endpoint.

use super::abi::{Entry, Hub, Multicall3};
use super::api::{Action, Chain, Receipt};
use super::endpoint::{Endpoint, PATIENCE, rpc};
use super::events::{self, Event};
use super::follow::Scope;
use super::sender::Sender;
use super::types::{Account, AppEntry, Category, Contribution, DatasetEntry, Deal, Head, HubConfig, Task};
use super::views::{MULTICALL3, Views};
use super::{ChainError, config, decode, heads};
use crate::poco::{DealId, TaskId};
use alloy::eips::BlockId;
use alloy::primitives::{Address, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolCall;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an endpoint that does not know a block is left alone.
const AGAIN: Duration = Duration::from_millis(250);
/// What a contribution may take beyond its estimate, which may be of one that does not make the consensus: three new words
/// of the task and an event, 69 000 when measured…
const CONSENSUS_GAS: u64 = 90_000;
/// …and a look at each contributor, 6 900 when measured.
const CONTRIBUTOR_GAS: u64 = 8_000;
/// So many contributors may come between the estimate and the block.
const NEW_CONTRIBUTORS: u64 = 8;

/// How many apps' entries are kept…
const APPS: usize = 256;
/// …and how long the price of gas: who asks reckons with its doubling.
const PRICE_HOLDS: Duration = Duration::from_secs(1);

/// A hub behind an endpoint; cheap to clone, one per program.
#[derive(Clone)]
pub struct EvmChain {
    endpoint: Endpoint,
    views: Views,
    config: Arc<HubConfig>,
    senders: Arc<HashMap<Address, Sender>>,
    known: Arc<Mutex<Known>>,
}

/// What was asked before and is the same still.
#[derive(Default)]
struct Known {
    /// An app's entry never changes: its address is made of it.
    apps: HashMap<Address, AppEntry>,
    gas_price: Option<(Instant, u128)>,
    /// Whether this chain's blooms tell of events, as the first block with one has shown.
    blooms_tell: Option<bool>,
}

impl EvmChain {
    /// Reads the configuration of the hub behind `endpoint`; `senders` are the wallets that may act.
    pub async fn open(endpoint: Endpoint, hub: Address, senders: Vec<Sender>) -> Result<Self, ChainError> {
        let (config, views) = tokio::try_join!(config::read(&endpoint, hub), Views::open(&endpoint))?;
        let config = Arc::new(config);
        let known = Arc::default();
        Ok(Self { endpoint, views, config, senders: Arc::default(), known }.with_senders(senders))
    }

    /// The same hub, acted on by `senders`.
    pub fn with_senders(self, senders: Vec<Sender>) -> Self {
        let senders = senders.into_iter().map(|sender| (sender.wallet(), sender)).collect();
        Self { senders: Arc::new(senders), ..self }
    }

    /// The endpoint, for calls that are not the protocol's.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The sender of `wallet`'s key.
    pub fn sender(&self, wallet: Address) -> Result<&Sender, ChainError> {
        self.senders
            .get(&wallet)
            .ok_or_else(|| ChainError::Signing { wallet, reason: "this key was not given".into() })
    }

    /// What a view of the hub says, as bytes for [`decode`].
    async fn raw<C: SolCall>(&self, name: &'static str, call: C) -> Result<Bytes, ChainError> {
        self.ask(name, self.config.hub, &call).await
    }

    async fn view<C: SolCall>(
        &self,
        name: &'static str,
        contract: Address,
        call: C,
    ) -> Result<C::Return, ChainError> {
        let answer = self.ask(name, contract, &call).await?;
        C::abi_decode_returns(&answer).map_err(|error| ChainError::Undecodable {
            call: name,
            contract,
            reason: error.to_string(),
        })
    }

    async fn ask<C: SolCall>(
        &self,
        name: &'static str,
        contract: Address,
        call: &C,
    ) -> Result<Bytes, ChainError> {
        let data = Bytes::from(call.abi_encode());
        self.at_head(|_| self.views.ask(name, contract, data.clone())).await
    }

    /// Asks at the newest block known, which is not older than any event or receipt told of. An endpoint that does not know
    /// that block can only fail; asked for its latest state it would answer from an older one. It is asked again for a
    /// while.
    async fn at_head<T, F>(&self, ask: impl Fn(BlockId) -> F) -> Result<T, ChainError>
    where
        F: Future<Output = Result<T, ChainError>>,
    {
        let start = Instant::now();
        loop {
            match ask(BlockId::number(self.endpoint.head().number)).await {
                Err(ChainError::Unavailable { call, reason }) if start.elapsed() < PATIENCE => {
                    tracing::debug!(call, reason, "a view is asked for again");
                    self.endpoint.verdict()?;
                    tokio::time::sleep(AGAIN).await;
                }
                answer => return answer,
            }
        }
    }

    /// The events that a filter finds, in the order of the chain; `refused` tells what it means when the endpoint says no.
    async fn logs(
        &self,
        scope: &Scope,
        filter: Filter,
        refused: impl FnOnce(String) -> ChainError,
    ) -> Result<Vec<Event>, ChainError> {
        let asking = self.endpoint.provider().raw_request("eth_getLogs".into(), [filter]);
        let logs: Vec<events::Log> = match tokio::time::timeout(PATIENCE, asking).await {
            Ok(Ok(logs)) => logs,
            Ok(Err(error)) if error.is_error_resp() => return Err(refused(error.to_string())),
            Ok(Err(error)) => return Err(no_logs(error.to_string())),
            Err(_) => return Err(no_logs("no answer".into())),
        };
        let mut found: Vec<Event> = logs.iter().filter_map(events::read).collect();
        found.retain(|event| scope.takes(&event.what));
        found.sort_by_key(|event| (event.block, event.log_index));
        Ok(found)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn undecodable(&self, call: &'static str, reason: String) -> ChainError {
        ChainError::Undecodable { call, contract: self.config.hub, reason }
    }

    fn encode(&self, action: &Action) -> Vec<u8> {
        let none = Address::ZERO;
        match action.clone() {
            Action::Initialize { deal, indexes } => match indexes.as_slice() {
                [index] => Hub::initializeCall { dealid: deal.0, idx: U256::from(*index) }.abi_encode(),
                many => Hub::initializeArrayCall {
                    dealid: vec![deal.0; many.len()],
                    idx: many.iter().map(|index| U256::from(*index)).collect(),
                }
                .abi_encode(),
            },
            Action::Contribute { task, hash, seal, authorization, .. } => Hub::contributeCall {
                taskid: task.0,
                resultHash: hash.0,
                resultSeal: seal.0,
                enclaveChallenge: none,
                enclaveSign: Bytes::new(),
                authorizationSign: authorization,
            }
            .abi_encode(),
            Action::Reveal { task, digest } => {
                Hub::revealCall { taskid: task.0, resultDigest: digest.0 }.abi_encode()
            }
            Action::Finalize { task, results, callback } => {
                Hub::finalizeCall { taskid: task.0, results, resultsCallback: callback }.abi_encode()
            }
            Action::Reopen(task) => Hub::reopenCall { taskid: task.0 }.abi_encode(),
            Action::Claim(task) => Hub::claimCall { taskid: task.0 }.abi_encode(),
        }
    }
}

#[async_trait]
impl Chain for EvmChain {
    fn config(&self) -> &HubConfig {
        &self.config
    }

    fn head(&self) -> Head {
        self.endpoint.head()
    }

    async fn head_after(&self, number: u64) -> Result<Head, ChainError> {
        self.endpoint.head_after(number).await
    }

    async fn block(&self, number: u64) -> Result<Head, ChainError> {
        self.endpoint.verdict()?;
        heads::block(self.endpoint.provider(), number.into()).await
    }

    async fn deal(&self, id: DealId) -> Result<Deal, ChainError> {
        let answer = self.raw("viewDeal", Hub::viewDealCall { dealid: id.0 }).await?;
        let deal = decode::deal(id, &answer).map_err(|reason| self.undecodable("viewDeal", reason))?;
        // An endpoint that has not seen the deal's block yet answers with an empty deal.
        if deal.bot_size == 0 {
            return Err(ChainError::NotFound { what: format!("deal {id}") });
        }
        Ok(deal)
    }

    async fn task(&self, id: TaskId) -> Result<Task, ChainError> {
        let answer = self.raw("viewTask", Hub::viewTaskCall { taskid: id.0 }).await?;
        decode::task(id, &answer).map_err(|reason| self.undecodable("viewTask", reason))
    }

    async fn contribution(&self, task: TaskId, worker: Address) -> Result<Contribution, ChainError> {
        let call = Hub::viewContributionCall { taskid: task.0, worker };
        let answer = self.raw("viewContribution", call).await?;
        decode::contribution(&answer).map_err(|reason| self.undecodable("viewContribution", reason))
    }

    async fn account(&self, account: Address) -> Result<Account, ChainError> {
        let found = self.view("viewAccount", self.config.hub, Hub::viewAccountCall { account }).await?;
        Ok(Account { stake_nrlc: found.stake, locked_nrlc: found.locked })
    }

    async fn score(&self, worker: Address) -> Result<U256, ChainError> {
        self.view("viewScore", self.config.hub, Hub::viewScoreCall { worker }).await
    }

    async fn category(&self, id: U256) -> Result<Category, ChainError> {
        let found = self.view("viewCategory", self.config.hub, Hub::viewCategoryCall { id }).await?;
        let work_clock_time = u64::try_from(found.workClockTimeRef)
            .map_err(|_| self.undecodable("viewCategory", "a time beyond all clocks".into()))?;
        Ok(Category { name: found.name, work_clock_time })
    }

    async fn app(&self, app: Address) -> Result<AppEntry, ChainError> {
        if let Some(entry) = self.known().apps.get(&app) {
            return Ok(entry.clone());
        }
        let (name, kind, multiaddr, checksum) = tokio::try_join!(
            self.view("m_appName", app, Entry::m_appNameCall {}),
            self.view("m_appType", app, Entry::m_appTypeCall {}),
            self.view("m_appMultiaddr", app, Entry::m_appMultiaddrCall {}),
            self.view("m_appChecksum", app, Entry::m_appChecksumCall {}),
        )?;
        let entry = AppEntry { name, kind, multiaddr, checksum };
        let apps = &mut self.known().apps;
        if apps.len() >= APPS {
            apps.clear();
        }
        apps.insert(app, entry.clone());
        Ok(entry)
    }

    async fn dataset(&self, dataset: Address) -> Result<DatasetEntry, ChainError> {
        let (multiaddr, checksum) = tokio::try_join!(
            self.view("m_datasetMultiaddr", dataset, Entry::m_datasetMultiaddrCall {}),
            self.view("m_datasetChecksum", dataset, Entry::m_datasetChecksumCall {}),
        )?;
        Ok(DatasetEntry { multiaddr, checksum })
    }

    async fn owner(&self, entry: Address) -> Result<Address, ChainError> {
        self.view("owner", entry, Entry::ownerCall {}).await
    }

    async fn gas_balance(&self, account: Address) -> Result<U256, ChainError> {
        if self.views.are_many() {
            let call = Multicall3::getEthBalanceCall { addr: account };
            match self.view("getEthBalance", MULTICALL3, call).await {
                // A local chain that was set back has it no more.
                Err(ChainError::Undecodable { .. }) => {}
                told => return told,
            }
        }
        let provider = self.endpoint.provider();
        self.at_head(|at| rpc("eth_getBalance", provider.get_balance(account).block_id(at))).await
    }

    async fn gas_price(&self) -> Result<u128, ChainError> {
        if let Some((since, price)) = self.known().gas_price
            && since.elapsed() < PRICE_HOLDS
        {
            return Ok(price);
        }
        let price = rpc("eth_gasPrice", self.endpoint.provider().get_gas_price()).await?;
        self.known().gas_price = Some((Instant::now(), price));
        Ok(price)
    }

    async fn events(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError> {
        let filter = scope.filter(self.config.hub).from_block(from).to_block(to);
        // An endpoint that is there and says no to several blocks is asked for fewer.
        let refused = |reason| match to > from {
            true => ChainError::RangeRefused { from, to, reason },
            false => no_logs(reason),
        };
        self.logs(scope, filter, refused).await
    }

    async fn events_of(&self, scope: &Scope, block: &Head) -> Result<Vec<Event>, ChainError> {
        let filter = scope.filter(self.config.hub);
        // Most blocks of a live chain hold nothing of the hub. Their own header says so, where it is known to tell the truth.
        let may_have = block.bloom.map(|bloom| filter.matches_bloom(bloom));
        if may_have == Some(false) && self.known().blooms_tell == Some(true) {
            self.endpoint.verdict()?;
            return Ok(Vec::new());
        }
        // By hash an endpoint answers for that very block or not at all; by number one that lags says "no logs".
        let events = self.logs(scope, filter.at_block_hash(block.hash), no_logs).await?;
        if let Some(may_have) = may_have.filter(|_| !events.is_empty()) {
            self.known().blooms_tell.get_or_insert(may_have);
        }
        Ok(events)
    }

    async fn act(&self, wallet: Address, action: Action) -> Result<Receipt, ChainError> {
        // A callback gets its gas only if the caller brings it, whatever the estimate says of a callback that fails.
        let spare = match &action {
            Action::Contribute { contributors, .. } => {
                CONSENSUS_GAS + CONTRIBUTOR_GAS * (contributors + NEW_CONTRIBUTORS)
            }
            Action::Finalize { .. } => self.config.callback_gas,
            _ => 0,
        };
        let task = match &action {
            Action::Initialize { .. } => None,
            Action::Contribute { task, .. } | Action::Reveal { task, .. } | Action::Finalize { task, .. } => {
                Some(*task)
            }
            Action::Reopen(task) | Action::Claim(task) => Some(*task),
        };
        let data = self.encode(&action).into();
        let sending = self.sender(wallet)?.send_for(task, action.name(), self.config.hub, data, spare);
        let receipt = match sending.await {
            Err(ChainError::Refused { action: name, reason }) => {
                let reason = self.why_refused(wallet, &action).await.unwrap_or(reason);
                return Err(ChainError::Refused { action: name, reason });
            }
            other => other?,
        };
        self.endpoint.reached(receipt.block).await;
        Ok(receipt)
    }
}

fn no_logs(reason: String) -> ChainError {
    ChainError::Unavailable { call: "eth_getLogs", reason }
}
