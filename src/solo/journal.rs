//! The ledger as the sender's journal: the one place where both rooms meet.

use crate::chain::{Attempt, AttemptState, ChainError, Journal};
use crate::ledger::{Ledger, LedgerError, StoredTransaction};
use alloy::primitives::{Address, B256};
use async_trait::async_trait;

/// The attempts of a wallet in its ledger.
pub struct Kept(pub Ledger);

#[async_trait]
impl Journal for Kept {
    async fn write(&self, attempt: Attempt) -> Result<(), ChainError> {
        let row = StoredTransaction {
            wallet: attempt.wallet,
            nonce: attempt.nonce,
            action: attempt.action,
            task: attempt.task,
            to: attempt.to,
            hash: attempt.hash,
            raw: attempt.raw,
            max_fee_wei: attempt.max_fee_wei,
            state: AttemptState::Written.name().into(),
            reason: String::new(),
        };
        self.0.write_transaction(row).await.map_err(failed)
    }

    async fn mark(&self, hash: B256, state: AttemptState, reason: &str) -> Result<(), ChainError> {
        self.0.mark_transaction(hash, state.name(), reason.into()).await.map_err(failed)
    }

    async fn settle(&self, wallet: Address, nonce: u64) -> Result<(), ChainError> {
        self.0.settle_nonce(wallet, nonce).await.map_err(failed)
    }

    async fn unfinished(&self, wallet: Address) -> Result<Vec<Attempt>, ChainError> {
        let rows = self.0.open_transactions(wallet).await.map_err(failed)?;
        let attempts = rows.into_iter().map(|row| Attempt {
            wallet: row.wallet,
            nonce: row.nonce,
            action: row.action,
            task: row.task,
            to: row.to,
            hash: row.hash,
            raw: row.raw,
            max_fee_wei: row.max_fee_wei,
        });
        Ok(attempts.collect())
    }
}

fn failed(error: LedgerError) -> ChainError {
    ChainError::Journal(error.to_string())
}
