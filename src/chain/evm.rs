//! A real hub behind a real endpoint.

use super::abi::{Entry, Hub};
use super::api::{Action, Chain, Receipt};
use super::events::{self, Event};
use super::follow::Scope;
use super::sender::{Gas, Sender};
use super::types::{
    Account, AppEntry, Category, Contribution, DatasetEntry, Deal, Head, HubConfig, Task,
};
use super::{ChainError, decode, heads};
use crate::poco::{DealId, TaskId};
use alloy::contract::Error as CallError;
use alloy::primitives::{Address, Bytes, U256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use alloy::transports::TransportResult;
use async_trait::async_trait;
use std::collections::HashMap;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// No answer after this long is a failure of the endpoint.
const PATIENCE: Duration = Duration::from_secs(20);

/// A hub behind an endpoint; cheap to clone, one per program.
#[derive(Clone)]
pub struct EvmChain {
    inner: Arc<Inner>,
}

struct Inner {
    provider: DynProvider,
    hub: Hub::HubInstance<DynProvider>,
    config: HubConfig,
    heads: watch::Receiver<Head>,
    senders: HashMap<Address, Sender>,
    /// Ends the follower of heads with the last clone.
    _stop: DropGuard,
}

impl EvmChain {
    /// Connects to `url` and reads the hub's configuration. `interval` is how often an endpoint without subscriptions
    /// is polled; `keys` are the wallets that may act.
    pub async fn connect(
        url: &Url,
        hub: Address,
        interval: Duration,
        gas: Gas,
        keys: Vec<PrivateKeySigner>,
    ) -> Result<Self, ChainError> {
        let provider = provider(url).await?;
        let config = read_config(&provider, hub).await?;
        let head = heads::newest(&provider).await?;
        let (tell, heads) = watch::channel(head);
        let stop = CancellationToken::new();
        let subscribe = url.scheme().starts_with("ws");
        tokio::spawn(heads::follow(provider.clone(), subscribe, interval, tell, stop.clone()));
        let senders = keys
            .into_iter()
            .map(|key| {
                let sender =
                    Sender::spawn(provider.clone(), config.chain_id, key, gas.clone(), heads.clone(), stop.clone());
                (sender.wallet(), sender)
            })
            .collect();
        let hub = Hub::new(hub, provider.clone());
        let inner = Inner { provider, hub, config, heads, senders, _stop: stop.drop_guard() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The endpoint, for calls that are not the protocol's (deployment, token, registries).
    pub fn provider(&self) -> &DynProvider {
        &self.inner.provider
    }

    /// The sender of `wallet`'s key.
    pub fn sender(&self, wallet: Address) -> Result<&Sender, ChainError> {
        self.inner.senders.get(&wallet).ok_or_else(|| ChainError::Signing {
            wallet,
            reason: "this key was not given".into(),
        })
    }

    async fn view<C: SolCall>(&self, name: &'static str, call: C) -> Result<Bytes, ChainError> {
        let request = TransactionRequest::default().to(self.inner.config.hub).input(call.abi_encode().into());
        rpc(name, self.inner.provider.call(request)).await
    }

    fn undecodable(&self, call: &'static str, reason: String) -> ChainError {
        ChainError::Undecodable { call, contract: self.inner.config.hub, reason }
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
            Action::Contribute { task, hash, seal, authorization } => Hub::contributeCall {
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
        &self.inner.config
    }

    fn head(&self) -> Head {
        *self.inner.heads.borrow()
    }

    async fn head_after(&self, number: u64) -> Result<Head, ChainError> {
        let mut heads = self.inner.heads.clone();
        let head = heads
            .wait_for(|head| head.number > number)
            .await
            .map_err(|_| ChainError::Stopped("follower of heads"))?;
        Ok(*head)
    }

    async fn deal(&self, id: DealId) -> Result<Deal, ChainError> {
        let answer = self.view("viewDeal", Hub::viewDealCall { dealid: id.0 }).await?;
        let deal = decode::deal(id, &answer).map_err(|reason| self.undecodable("viewDeal", reason))?;
        // An endpoint that has not seen the deal's block yet answers with an empty deal.
        if deal.bot_size == 0 {
            return Err(ChainError::NotFound { what: format!("deal {id}") });
        }
        Ok(deal)
    }

    async fn task(&self, id: TaskId) -> Result<Task, ChainError> {
        let answer = self.view("viewTask", Hub::viewTaskCall { taskid: id.0 }).await?;
        decode::task(id, &answer).map_err(|reason| self.undecodable("viewTask", reason))
    }

    async fn contribution(&self, task: TaskId, worker: Address) -> Result<Contribution, ChainError> {
        let call = Hub::viewContributionCall { taskid: task.0, worker };
        let answer = self.view("viewContribution", call).await?;
        decode::contribution(&answer).map_err(|reason| self.undecodable("viewContribution", reason))
    }

    async fn account(&self, account: Address) -> Result<Account, ChainError> {
        let view = self.inner.hub.viewAccount(account);
        let view = contract("viewAccount", view.call()).await?;
        Ok(Account { stake_nrlc: view.stake, locked_nrlc: view.locked })
    }

    async fn score(&self, worker: Address) -> Result<U256, ChainError> {
        contract("viewScore", self.inner.hub.viewScore(worker).call()).await
    }

    async fn category(&self, id: U256) -> Result<Category, ChainError> {
        let view = contract("viewCategory", self.inner.hub.viewCategory(id).call()).await?;
        let work_clock_time = u64::try_from(view.workClockTimeRef)
            .map_err(|_| self.undecodable("viewCategory", "a time beyond all clocks".into()))?;
        Ok(Category { name: view.name, work_clock_time })
    }

    async fn app(&self, app: Address) -> Result<AppEntry, ChainError> {
        let entry = Entry::new(app, self.inner.provider.clone());
        let (name, kind, multiaddr, checksum) =
            (entry.m_appName(), entry.m_appType(), entry.m_appMultiaddr(), entry.m_appChecksum());
        let (name, kind, multiaddr, checksum) = tokio::try_join!(
            contract("m_appName", name.call()),
            contract("m_appType", kind.call()),
            contract("m_appMultiaddr", multiaddr.call()),
            contract("m_appChecksum", checksum.call()),
        )?;
        Ok(AppEntry { name, kind, multiaddr, checksum })
    }

    async fn dataset(&self, dataset: Address) -> Result<DatasetEntry, ChainError> {
        let entry = Entry::new(dataset, self.inner.provider.clone());
        let (multiaddr, checksum) = (entry.m_datasetMultiaddr(), entry.m_datasetChecksum());
        let (multiaddr, checksum) = tokio::try_join!(
            contract("m_datasetMultiaddr", multiaddr.call()),
            contract("m_datasetChecksum", checksum.call()),
        )?;
        Ok(DatasetEntry { multiaddr, checksum })
    }

    async fn owner(&self, entry: Address) -> Result<Address, ChainError> {
        contract("owner", Entry::new(entry, self.inner.provider.clone()).owner().call()).await
    }

    async fn gas_balance(&self, account: Address) -> Result<U256, ChainError> {
        rpc("eth_getBalance", self.inner.provider.get_balance(account)).await
    }

    async fn events(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<Event>, ChainError> {
        let mut found = Vec::new();
        for filter in scope.filters(self.inner.config.hub) {
            let filter = filter.from_block(from).to_block(to);
            let logs = rpc("eth_getLogs", self.inner.provider.get_logs(&filter)).await?;
            found.extend(logs.iter().filter_map(events::read));
        }
        found.sort_by_key(|event| (event.block, event.log_index));
        found.dedup_by_key(|event| (event.block, event.log_index));
        Ok(found)
    }

    async fn act(&self, wallet: Address, action: Action) -> Result<Receipt, ChainError> {
        // A callback gets its gas only if the caller brings it, whatever the estimate says of a callback that fails.
        let spare = match &action {
            Action::Finalize { .. } => self.inner.config.callback_gas,
            _ => 0,
        };
        let data = self.encode(&action).into();
        self.sender(wallet)?.send(action.name(), self.inner.config.hub, data, spare).await
    }
}

/// Opens an endpoint, without any of the library's own fillers: nonces, gas and keys are the sender's.
pub(crate) async fn provider(url: &Url) -> Result<DynProvider, ChainError> {
    let bad = |reason: String| ChainError::BadEndpoint { url: without_secrets(url), reason };
    if !["http", "https", "ws", "wss"].contains(&url.scheme()) {
        return Err(bad(format!("`{}` is not a scheme of JSON-RPC", url.scheme())));
    }
    let connecting = ProviderBuilder::new().disable_recommended_fillers().connect(url.as_str());
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(provider)) => Ok(provider.erased()),
        Ok(Err(error)) => {
            Err(ChainError::Unavailable { call: "connect", reason: format!("{}: {error}", without_secrets(url)) })
        }
        Err(_) => Err(ChainError::Unavailable { call: "connect", reason: "no answer".into() }),
    }
}

/// API keys live in paths, queries and user names; none of them belongs in a log.
fn without_secrets(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or("?"))
}

async fn read_config(provider: &DynProvider, hub: Address) -> Result<HubConfig, ChainError> {
    let chain_id = rpc("eth_chainId", provider.get_chain_id()).await?;
    let code = rpc("eth_getCode", provider.get_code_at(hub)).await?;
    if code.is_empty() {
        return Err(ChainError::NoHub { hub, chain_id });
    }
    let view = Hub::new(hub, provider.clone());
    let small = |value: U256| u64::try_from(value).unwrap_or(u64::MAX);
    let (apps, datasets, pools, token) =
        (view.appregistry(), view.datasetregistry(), view.workerpoolregistry(), view.token());
    let (gas, contribution, reveal, last, kitty) = (
        view.callbackgas(),
        view.contribution_deadline_ratio(),
        view.reveal_deadline_ratio(),
        view.final_deadline_ratio(),
        view.kitty_address(),
    );
    let config = async {
        let (app_registry, dataset_registry, workerpool_registry, token) = tokio::try_join!(
            contract("appregistry", apps.call()),
            contract("datasetregistry", datasets.call()),
            contract("workerpoolregistry", pools.call()),
            contract("token", token.call()),
        )?;
        let (callback_gas, contribution, reveal, last, kitty) = tokio::try_join!(
            contract("callbackgas", gas.call()),
            contract("contribution_deadline_ratio", contribution.call()),
            contract("reveal_deadline_ratio", reveal.call()),
            contract("final_deadline_ratio", last.call()),
            contract("kitty_address", kitty.call()),
        )?;
        Ok::<_, ChainError>(HubConfig {
            chain_id,
            hub,
            app_registry,
            dataset_registry,
            workerpool_registry,
            token,
            callback_gas: small(callback_gas),
            contribution_ratio: small(contribution),
            reveal_ratio: small(reveal),
            final_ratio: small(last),
            kitty,
        })
    };
    config.await.map_err(|error| match error {
        ChainError::Undecodable { .. } | ChainError::Refused { .. } => ChainError::NoHub { hub, chain_id },
        other => other,
    })
}

/// One JSON-RPC call, with patience and an error that names it.
pub(crate) async fn rpc<T>(
    call: &'static str,
    future: impl IntoFuture<Output = TransportResult<T>>,
) -> Result<T, ChainError> {
    match tokio::time::timeout(PATIENCE, future.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(ChainError::Unavailable { call, reason: error.to_string() }),
        Err(_) => Err(ChainError::Unavailable { call, reason: "no answer".into() }),
    }
}

/// One view of a contract, with patience and an error that names it.
pub(crate) async fn contract<T>(
    call: &'static str,
    future: impl IntoFuture<Output = Result<T, CallError>>,
) -> Result<T, ChainError> {
    match tokio::time::timeout(PATIENCE, future.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(CallError::TransportError(error))) => match error.as_error_resp() {
            Some(said) => Err(ChainError::Refused { action: call, reason: said.message.to_string() }),
            None => Err(ChainError::Unavailable { call, reason: error.to_string() }),
        },
        Ok(Err(CallError::ZeroData(..))) => {
            Err(ChainError::Undecodable { call, contract: Address::ZERO, reason: "no data".into() })
        }
        Ok(Err(error)) => {
            Err(ChainError::Undecodable { call, contract: Address::ZERO, reason: error.to_string() })
        }
        Err(_) => Err(ChainError::Unavailable { call, reason: "no answer".into() }),
    }
}
