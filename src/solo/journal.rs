//! Ledger and hub as the sender's journal: the one place where these rooms meet.

use crate::chain::{Attempt, AttemptState, Chain, ChainError, EvmChain, Journal, Mark, Wish, WishKind};
use crate::ledger::{Ledger, LedgerError, StoredTransaction};
use crate::poco::moves::MoveRefusal;
use crate::poco::{Class, Fault, TaskId, TaskStatus};
use alloy::primitives::{Address, B256};
use async_trait::async_trait;

/// The attempts of a wallet in its ledger, and what the hub says of their tasks.
pub struct Kept {
    /// Where the attempts are kept.
    pub ledger: Ledger,
    /// The hub that is asked; without one every attempt stays wanted.
    pub chain: Option<EvmChain>,
}

#[async_trait]
impl Journal for Kept {
    async fn write(&self, attempts: Vec<Attempt>) -> Result<(), ChainError> {
        let rows = attempts.into_iter().map(|attempt| StoredTransaction {
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
        });
        self.ledger.write_transactions(rows.collect()).await.map_err(failed)
    }

    async fn mark(&self, marks: Vec<Mark>) -> Result<(), ChainError> {
        let marks = marks.into_iter().map(|mark| (mark.hash, mark.state.name(), mark.reason)).collect();
        self.ledger.mark_transactions(marks).await.map_err(failed)
    }

    async fn settle(&self, wallet: Address, nonces: Vec<u64>) -> Result<(), ChainError> {
        self.ledger.settle_nonces(wallet, nonces).await.map_err(failed)
    }

    async fn unfinished(&self, wallet: Address) -> Result<Vec<Attempt>, ChainError> {
        let rows = self.ledger.open_transactions(wallet).await.map_err(failed)?;
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

    async fn unwanted(&self, action: &str, task: Option<TaskId>) -> Option<String> {
        let refusal = self.refusal(action, task?).await.ok()??;
        (refusal.class() == Class::GiveUp).then(|| refusal.to_string())
    }

    async fn wishes(&self, wallet: Address) -> Result<Vec<Wish>, ChainError> {
        let rows = self.ledger.open_wishes(wallet).await.map_err(failed)?;
        let kinds = [WishKind::Bump, WishKind::Cancel];
        let wishes = rows.into_iter().filter_map(|row| {
            let kind = kinds.into_iter().find(|kind| kind.name() == row.kind)?;
            Some(Wish { id: row.id, nonce: row.nonce, kind })
        });
        Ok(wishes.collect())
    }

    async fn answer(&self, wish: Wish, outcome: Result<B256, ChainError>) -> Result<(), ChainError> {
        let answer = outcome.map_err(|error| format!("[{}] {error}", error.code()));
        self.ledger.answer_wish(wish.id, answer).await.map_err(failed)
    }
}

impl Kept {
    /// Which condition of the hub stands against an action, as far as it does not hang on who acts.
    async fn refusal(&self, action: &str, task: TaskId) -> Result<Option<MoveRefusal>, ChainError> {
        let Some(chain) = &self.chain else { return Ok(None) };
        let now = chain.head().timestamp;
        let facts = chain.task(task).await?.facts();
        let in_time = |status: TaskStatus, deadline: u64| match facts.status {
            found if found > status => Err(MoveRefusal::Past(found)),
            found if found == status && now >= deadline => Err(MoveRefusal::TooLate(deadline)),
            _ => Ok(()),
        };
        let possible = match action {
            "contribute" => in_time(TaskStatus::Active, facts.contribution_deadline),
            "reveal" => in_time(TaskStatus::Revealing, facts.reveal_deadline),
            "finalize" => facts.may_finalize(now),
            "reopen" => facts.may_reopen(now),
            "claim" => facts.may_claim(now),
            _ => Ok(()),
        };
        Ok(possible.err())
    }
}

fn failed(error: LedgerError) -> ChainError {
    ChainError::Journal(error.to_string())
}
