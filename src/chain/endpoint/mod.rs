//! The endpoints of one chain: connections, the heads they tell, and the senders that go through them.
//!
//! ```text
//! URL ─ keeper ─┐ opens, checks the chain, tells heads, begins again
//! URL ─ keeper ─┼─▶ lines ◀── every call: the best line, then the next
//! URL ─ keeper ─┘    │
//!                    └─ tally: who is well, whose head is furthest ─▶ head
//! ```
//!
//! All other rooms see one [`Endpoint`]. What it started ends with its last clone.

mod keeper;
mod lines;
mod prompt;
mod tally;

use self::lines::{Failover, Lines};
use super::ChainError;
use super::sender::{Gas, Journal, Sender, Timing};
use super::types::Head;
use crate::poco::chain_of;
use alloy::contract::Error as CallError;
use alloy::primitives::Address;
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use alloy::signers::local::PrivateKeySigner;
use alloy::transports::{TransportError, TransportErrorKind, TransportResult};
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

pub(super) use self::lines::PATIENCE;

/// How long the first answer of the others is awaited when one endpoint is open.
const GRACE: Duration = Duration::from_secs(1);

/// The open endpoints of a chain; cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    provider: DynProvider,
    lines: Arc<Lines>,
    chain_id: u64,
    heads: watch::Receiver<Head>,
    stop: CancellationToken,
    _guard: Arc<DropGuard>,
}

impl Endpoint {
    /// Opens one `url` (http, https, ws or wss). `interval` is how often an endpoint without subscriptions is polled.
    pub async fn open(url: &Url, interval: Duration) -> Result<Self, ChainError> {
        Self::open_all(std::slice::from_ref(url), interval).await
    }

    /// Opens several endpoints of one chain, the preferred one first. One that answers is enough; those that do not are tried
    /// again for as long as this lives. One of another chain is an error, now and later.
    pub async fn open_all(urls: &[Url], interval: Duration) -> Result<Self, ChainError> {
        if let Some(url) = urls.iter().find(|url| !["http", "https", "ws", "wss"].contains(&url.scheme())) {
            let reason = format!("`{}` is not a scheme of JSON-RPC", url.scheme());
            return Err(ChainError::BadEndpoint { url: lines::without_secrets(url), reason });
        }
        let (lines, heads) = Lines::new(urls, interval * keeper::SILENCE);
        let stop = CancellationToken::new();
        let guard = Arc::new(stop.clone().drop_guard());
        let (tell, mut first) = mpsc::channel(urls.len().max(1));
        for line in 0..lines.count() {
            tokio::spawn(keeper::keep(lines.clone(), line, interval, tell.clone(), stop.clone()));
        }
        drop(tell);
        let mut failed = None;
        let mut open = false;
        loop {
            let next = match open {
                true => tokio::time::timeout(GRACE, first.recv()).await.unwrap_or_default(),
                false => first.recv().await,
            };
            match next {
                Some(Ok(())) => open = true,
                Some(Err(error)) => failed = Some(failed.unwrap_or(error)),
                None => break,
            }
        }
        lines.verdict()?;
        let Some(chain_id) = lines.chain_id().filter(|_| open) else {
            let none = ChainError::BadEndpoint { url: String::new(), reason: "none was given".into() };
            return Err(failed.unwrap_or(none));
        };
        let client = RpcClient::new(Failover(lines.clone()), false);
        let provider = ProviderBuilder::new().disable_recommended_fillers().connect_client(client).erased();
        Ok(Self { provider, lines, chain_id, heads, stop, _guard: guard })
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

    /// Waits until the head is no older than block `number`, which a receipt has told of; for so long as an endpoint may lag.
    pub(super) async fn reached(&self, number: u64) {
        let Some(before) = number.checked_sub(1) else { return };
        // Without that head views still fail rather than answer from an older state of the endpoint that is asked.
        let _ = tokio::time::timeout(PATIENCE, self.head_after(before)).await;
    }

    /// An error once any of the endpoints has told another chain than the others.
    pub fn verdict(&self) -> Result<(), ChainError> {
        self.lines.verdict()
    }

    /// Ends the connections, of all clones: the chain is about to go.
    pub(crate) fn close(&self) {
        self.stop.cancel();
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
