//! Reads heads; who is asked, and when, is the endpoint's.

use super::ChainError;
use super::endpoint::rpc;
use super::types::Head;
use alloy::consensus::BlockHeader;
use alloy::eips::BlockNumberOrTag;
use alloy::network::primitives::HeaderResponse;
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::Header;

/// Asks for the newest head.
pub(super) async fn newest(provider: &DynProvider) -> Result<Head, ChainError> {
    block(provider, BlockNumberOrTag::Latest).await
}

/// Asks for one block of the chain.
pub(super) async fn block(provider: &DynProvider, at: BlockNumberOrTag) -> Result<Head, ChainError> {
    let block = rpc("eth_getBlockByNumber", provider.get_block_by_number(at))
        .await?
        .ok_or_else(|| ChainError::NotFound { what: format!("block {at}") })?;
    Ok(head(&block.header))
}

/// What is kept of a block's header.
pub(super) fn head(header: &Header) -> Head {
    Head {
        number: header.number(),
        hash: header.hash(),
        parent: header.parent_hash(),
        timestamp: header.timestamp(),
        bloom: (header.inner.hash_slow() == header.hash).then_some(header.inner.logs_bloom),
    }
}
