//! Heads of the chain: by WebSocket subscription where the endpoint has one, by polling where not.
//!
//! One task owns the endpoint's subscription and tells everybody through a watch channel; it ends when the last
//! listener is gone or the token is cancelled. A subscription that breaks falls back to polling and is tried again.

use super::ChainError;
use super::endpoint::rpc;
use super::types::Head;
use alloy::consensus::BlockHeader;
use alloy::eips::BlockNumberOrTag;
use alloy::network::primitives::HeaderResponse;
use alloy::providers::{DynProvider, Provider};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A subscription that says nothing for this many polling intervals is asked by hand.
const SILENCE: u32 = 20;

/// Asks for the newest head.
pub(super) async fn newest(provider: &DynProvider) -> Result<Head, ChainError> {
    block(provider, BlockNumberOrTag::Latest).await
}

/// Asks for one block of the chain.
pub(super) async fn block(provider: &DynProvider, at: BlockNumberOrTag) -> Result<Head, ChainError> {
    let block = rpc("eth_getBlockByNumber", provider.get_block_by_number(at))
        .await?
        .ok_or_else(|| ChainError::NotFound { what: format!("block {at}") })?;
    Ok(Head { number: block.header.number(), hash: block.header.hash(), timestamp: block.header.timestamp() })
}

/// Follows heads until `stop`; what was learned stands in the channel.
pub(super) async fn follow(
    provider: DynProvider,
    subscribe: bool,
    interval: Duration,
    heads: watch::Sender<Head>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() && !heads.is_closed() {
        if subscribe {
            tokio::select! {
                () = stop.cancelled() => return,
                () = by_subscription(&provider, interval, &heads) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
        ask(&provider, &heads).await;
    }
}

/// Returns when the subscription cannot be had or has ended.
async fn by_subscription(provider: &DynProvider, interval: Duration, heads: &watch::Sender<Head>) {
    let Ok(subscription) = provider.subscribe_blocks().await else { return };
    let mut stream = subscription.into_stream();
    loop {
        match tokio::time::timeout(interval * SILENCE, stream.next()).await {
            Ok(Some(header)) => {
                tell(
                    heads,
                    Head { number: header.number(), hash: header.hash(), timestamp: header.timestamp() },
                );
            }
            Ok(None) => return,
            Err(_) => ask(provider, heads).await,
        }
    }
}

async fn ask(provider: &DynProvider, heads: &watch::Sender<Head>) {
    match newest(provider).await {
        Ok(head) => tell(heads, head),
        Err(error) => tracing::debug!(%error, "the endpoint told no head"),
    }
}

/// Listeners wake for what is new only.
fn tell(heads: &watch::Sender<Head>, head: Head) {
    heads.send_if_modified(|known| {
        let new = *known != head;
        *known = head;
        new
    });
}
