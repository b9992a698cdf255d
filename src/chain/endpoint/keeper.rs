//! Keeps one endpoint open: connects, checks the chain, tells heads, and begins again when that fails.
//!
//! Heads come by WebSocket subscription where the endpoint has one, by polling where not. A subscription that says
//! nothing is asked by hand.

use super::lines::{Line, Lines, PATIENCE};
use super::prompt::{self, Prompt};
use super::{rpc, what_failed};
use crate::chain::{ChainError, Head, heads};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::client::{BuiltInConnectionString, ConnectionConfig, RpcClient, RpcClientInner};
use alloy::transports::BoxTransport;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A subscription that says nothing for this many polling intervals is asked by hand.
pub(super) const SILENCE: u32 = 20;

/// The first number of a keeper's own calls; those of all others begin at zero.
const OWN_CALLS: u64 = 1 << 40;

/// Keeps line number `at` open until `stop`; `first` hears how the first attempt went.
pub(super) async fn keep(
    lines: Arc<Lines>,
    at: usize,
    interval: Duration,
    first: mpsc::Sender<Result<(), ChainError>>,
    stop: CancellationToken,
) {
    let mut first = Some(first);
    let keeping = async {
        loop {
            if let Err(error) = serve(&lines, at, interval, &mut first).await {
                tracing::debug!(%error, "an endpoint is tried again");
                if let Some(first) = first.take() {
                    // Whoever opened the endpoints may have had enough of them already.
                    let _ = first.send(Err(error)).await;
                }
            }
            lines.closed(at);
            tokio::time::sleep(interval).await;
        }
    };
    tokio::select! {
        // What breaks after a stop is no failure to tell of.
        biased;
        () = stop.cancelled() => {}
        () = keeping => {}
    }
}

/// Serves until the line fails.
async fn serve(
    lines: &Lines,
    at: usize,
    interval: Duration,
    first: &mut Option<mpsc::Sender<Result<(), ChainError>>>,
) -> Result<(), ChainError> {
    let line = lines.get(at).ok_or(ChainError::Stopped("endpoint"))?;
    let (transport, prompt, provider) = open(line).await?;
    lines.met(at, rpc("eth_chainId", provider.get_chain_id()).await?)?;
    let head = heads::newest(&provider).await?;
    lines.connected(at, transport, prompt.clone());
    lines.told(at, head);
    if let Some(first) = first.take() {
        let _ = first.send(Ok(())).await;
    }
    let subscribed = line.url.scheme().starts_with("ws");
    let (mut news, patience) = match subscribed {
        true => (subscribe(&provider).await?, interval * SILENCE),
        false => (stream::pending().boxed(), interval),
    };
    loop {
        match tokio::time::timeout(patience, news.next()).await {
            Ok(Some(head)) => {
                prompt.iter().for_each(Prompt::acknowledge);
                lines.told(at, head);
            }
            Ok(None) => {
                return Err(ChainError::Unavailable { call: "eth_subscribe", reason: "it has ended".into() });
            }
            Err(_) => lines.told(at, heads::newest(&provider).await?),
        }
    }
}

/// Opens a connection without any of the library's own fillers and retries: nonces, gas and keys are the sender's,
/// and a connection that breaks is seen here.
async fn open(line: &Line) -> Result<(BoxTransport, Option<Prompt>, DynProvider), ChainError> {
    let failed = |reason: &str| ChainError::Unavailable {
        call: "connect",
        reason: format!("{}: {}", line.label, line.scrubbed(reason)),
    };
    let connecting = async {
        if line.url.scheme() == "ws" {
            return prompt::connect(line.url.as_str())
                .await
                .map(|(transport, prompt)| (transport, Some(prompt)));
        }
        let place: BuiltInConnectionString = line.url.as_str().parse()?;
        let transport = place.connect_boxed_with(ConnectionConfig::new().with_max_retries(0)).await?;
        Ok((transport, None))
    };
    let (transport, prompt) = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(open)) => open,
        Ok(Err(error)) => return Err(failed(&what_failed(&error))),
        Err(_) => return Err(failed("no answer")),
    };
    // The calls of all others go over the same connection, which tells answers apart by the numbers of the calls.
    let client = RpcClient::from_inner(RpcClientInner::new(transport.clone(), false).with_id(OWN_CALLS));
    let provider = ProviderBuilder::new().disable_recommended_fillers().connect_client(client).erased();
    Ok((transport, prompt, provider))
}

async fn subscribe(provider: &DynProvider) -> Result<BoxStream<'static, Head>, ChainError> {
    let asking = async { provider.subscribe_blocks().await };
    let blocks = rpc("eth_subscribe", asking).await?.into_stream();
    Ok(blocks.map(|header| heads::head(&header)).boxed())
}
