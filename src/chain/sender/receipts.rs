//! Receipts of open attempts: where several are to be expected by whole blocks, else one by one, side by side.

use super::CANCEL;
use super::owner::{AT_ONCE, Owner};
use super::pending::{Landed, Outcome, Pending};
use crate::chain::ChainError;
use crate::chain::api::Receipt;
use crate::chain::endpoint::rpc;
use alloy::primitives::{B256, U64};
use alloy::providers::Provider;
use futures_util::future::try_join_all;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// From so many receipts on a whole block's may be fewer questions.
const SEVERAL: usize = 4;

/// What is read of a receipt. The rest differs from chain to chain, and a block may hold kinds of transactions that are a
/// chain's own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mined {
    transaction_hash: B256,
    block_number: U64,
    gas_used: U64,
    status: U64,
}

/// The receipts that there are, by transaction.
#[derive(Default)]
pub(super) struct Receipts(HashMap<B256, Mined>);

impl Receipts {
    /// Where a nonce's transaction is and what that means, if in a block.
    pub(super) fn landed(&self, pending: &Pending) -> Option<(Landed, Outcome)> {
        let (tried, found) =
            pending.tried.iter().rev().find_map(|tried| Some((tried, self.0.get(&tried.hash)?)))?;
        let (hash, block) = (tried.hash, found.block_number.to());
        let outcome = match (tried.cancels, found.status.is_zero()) {
            (true, _) if pending.intent.action != CANCEL => Outcome::Displaced(hash),
            (_, false) => Outcome::Done(Receipt { hash, block, gas_used: found.gas_used.to() }),
            (_, true) => Outcome::Reverted(hash),
        };
        Some((Landed { hash, block }, outcome))
    }
}

impl Owner {
    /// The receipts of the attempts at these nonces.
    pub(super) async fn receipts(&mut self, nonces: &[u64]) -> Result<Receipts, ChainError> {
        let hashes = |pending: &Pending| pending.tried.iter().rev().map(|tried| tried.hash).collect();
        let mut wanted: BTreeMap<u64, Vec<B256>> =
            nonces.iter().filter_map(|nonce| Some((*nonce, hashes(self.open.get(nonce)?)))).collect();
        let mut found = HashMap::new();
        while self.whole_blocks && wanted.len() >= SEVERAL {
            let Some((_, lowest)) = wanted.pop_first() else { break };
            let Some(one) = self.receipt(&lowest).await? else { break };
            found.insert(one.transaction_hash, one);
            let before = wanted.len();
            for other in self.block_receipts(one.block_number).await {
                let ours = |hashes: &Vec<B256>| hashes.contains(&other.transaction_hash);
                if let Some(nonce) = wanted.iter().find(|(_, hashes)| ours(hashes)).map(|(nonce, _)| *nonce) {
                    wanted.remove(&nonce);
                    found.insert(other.transaction_hash, other);
                }
            }
            if wanted.len() == before {
                // Blocks hold few of ours here.
                break;
            }
        }
        let asked: Vec<_> = wanted.into_values().collect();
        for some in asked.chunks(AT_ONCE) {
            let answers = try_join_all(some.iter().map(|hashes| self.receipt(hashes))).await?;
            found.extend(answers.into_iter().flatten().map(|one| (one.transaction_hash, one)));
        }
        Ok(Receipts(found))
    }

    /// The receipt of the first of these that has one.
    async fn receipt(&self, hashes: &[B256]) -> Result<Option<Mined>, ChainError> {
        const CALL: &str = "eth_getTransactionReceipt";
        for hash in hashes {
            let found: Option<Mined> = rpc(CALL, self.provider.raw_request(CALL.into(), [hash])).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// All receipts of a block; none from an endpoint that fails at it, which is not asked for so much again.
    async fn block_receipts(&mut self, block: U64) -> Vec<Mined> {
        const CALL: &str = "eth_getBlockReceipts";
        let asking = self.provider.raw_request::<_, Option<Vec<Mined>>>(CALL.into(), [block]);
        match rpc(CALL, asking).await {
            Ok(answer) => answer.unwrap_or_default(),
            Err(error) => {
                tracing::debug!(%error, "receipts are asked for one by one");
                self.whole_blocks = false;
                Vec::new()
            }
        }
    }
}
