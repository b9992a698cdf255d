//! One JSON-RPC endpoint: the connection, the heads it tells, and the senders that go through it.

use super::ChainError;
use super::heads;
use super::sender::{Gas, Journal, Sender, Timing};
use super::types::Head;
use crate::poco::chain_of;
use alloy::contract::Error as CallError;
use alloy::primitives::Address;
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::signers::local::PrivateKeySigner;
use alloy::transports::{TransportError, TransportErrorKind, TransportResult};
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// No answer after this long is a failure of the endpoint.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// An open endpoint; cheap to clone. What it started ends with the last clone.
#[derive(Clone)]
pub struct Endpoint {
    provider: DynProvider,
    chain_id: u64,
    heads: watch::Receiver<Head>,
    stop: CancellationToken,
    _guard: Arc<DropGuard>,
}

impl Endpoint {
    /// Opens `url` (http, https, ws or wss). `interval` is how often an endpoint without subscriptions is polled.
    pub async fn open(url: &Url, interval: Duration) -> Result<Self, ChainError> {
        let provider = connect(url).await?;
        let chain_id = rpc("eth_chainId", provider.get_chain_id()).await?;
        let head = heads::newest(&provider).await?;
        let (tell, heads) = watch::channel(head);
        let stop = CancellationToken::new();
        let subscribe = url.scheme().starts_with("ws");
        tokio::spawn(heads::follow(provider.clone(), subscribe, interval, tell, stop.clone()));
        let guard = Arc::new(stop.clone().drop_guard());
        Ok(Self { provider, chain_id, heads, stop, _guard: guard })
    }

    /// The connection, for calls that are not the protocol's (deployment, token, registries).
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// The chain.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The newest head known, without asking.
    pub fn head(&self) -> Head {
        *self.heads.borrow()
    }

    /// Waits for a head newer than block `number`.
    pub async fn head_after(&self, number: u64) -> Result<Head, ChainError> {
        let mut heads = self.heads.clone();
        let waiting = heads.wait_for(|head| head.number > number).await;
        waiting.map(|head| *head).map_err(|_| ChainError::Stopped("follower of heads"))
    }

    /// The one sender of a key's transactions.
    pub fn sender(&self, key: PrivateKeySigner, gas: Gas) -> Sender {
        Sender::spawn(self.provider.clone(), self.chain_id, key, gas, self.heads.clone(), self.stop.clone())
    }

    /// The one sender of a key's transactions, with a journal of every attempt.
    pub fn journaled_sender(
        &self,
        key: PrivateKeySigner,
        gas: Gas,
        timing: Timing,
        journal: Arc<dyn Journal>,
    ) -> Sender {
        let (heads, stop) = (self.heads.clone(), self.stop.clone());
        Sender::spawn_with(self.provider.clone(), self.chain_id, key, (gas, timing, journal), heads, stop)
    }
}

/// Opens a connection without any of the library's own fillers: nonces, gas and keys are the sender's.
async fn connect(url: &Url) -> Result<DynProvider, ChainError> {
    if !["http", "https", "ws", "wss"].contains(&url.scheme()) {
        let reason = format!("`{}` is not a scheme of JSON-RPC", url.scheme());
        return Err(ChainError::BadEndpoint { url: without_secrets(url), reason });
    }
    let connecting = ProviderBuilder::new().disable_recommended_fillers().connect(url.as_str());
    let failed = |reason| ChainError::Unavailable { call: "connect", reason };
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(provider)) => Ok(provider.erased()),
        Ok(Err(error)) => Err(failed(format!("{}: {}", without_secrets(url), what_failed(&error)))),
        Err(_) => Err(failed(format!("{}: no answer", without_secrets(url)))),
    }
}

/// API keys live in paths, queries and user names; none of them belongs in a log.
fn without_secrets(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or("?"))
}

/// What a transport says of its failure. The HTTP client opens its sentence with the whole URL, API key and all, and tells
/// only in its causes what happened, so the causes are what is told.
pub(super) fn what_failed(error: &TransportError) -> String {
    let causes = match error {
        TransportError::Transport(TransportErrorKind::Custom(error)) => error.source(),
        _ => None,
    };
    causes.map_or_else(|| error.to_string(), chain_of)
}

/// One JSON-RPC call, with patience and an error that names it.
pub(crate) async fn rpc<T>(
    call: &'static str,
    future: impl IntoFuture<Output = TransportResult<T>>,
) -> Result<T, ChainError> {
    match tokio::time::timeout(PATIENCE, future.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(ChainError::Unavailable { call, reason: what_failed(&error) }),
        Err(_) => Err(ChainError::Unavailable { call, reason: "no answer".into() }),
    }
}

/// One view of `address`, with patience and an error that names it.
pub(crate) async fn view<T>(
    call: &'static str,
    address: Address,
    future: impl IntoFuture<Output = Result<T, CallError>>,
) -> Result<T, ChainError> {
    let undecodable = |reason: String| ChainError::Undecodable { call, contract: address, reason };
    match tokio::time::timeout(PATIENCE, future.into_future()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(CallError::TransportError(error))) => Err(match error.as_error_resp() {
            Some(said) if said.message.contains("revert") => {
                ChainError::Refused { action: call, reason: said.message.to_string() }
            }
            _ => ChainError::Unavailable { call, reason: what_failed(&error) },
        }),
        Ok(Err(error)) => Err(undecodable(error.to_string())),
        Err(_) => Err(ChainError::Unavailable { call, reason: "no answer".into() }),
    }
}
