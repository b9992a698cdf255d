//! The owner of one key's nonce.
//!
//! ```text
//! intents ▶ nonces ▶ sign ─▶ journal ─▶ endpoint ─▶ open ─┬─ receipt of any attempt ──▶ told: done / reverted ─▶ deep: forgotten
//!                                                        ├─ nonce passed, none ours ─▶ displaced
//!                                                        ├─ old ─▶ the same bytes again
//!                                                        └─ older ▶ a higher fee, under the cap
//! ```
//!
//! A nonce belongs to one intent from the moment an endpoint may have taken it until a block that is deep enough holds it; only
//! a replacement or a cancellation of that very nonce may use it meanwhile. It is free for another intent only when every
//! endpoint that was asked refused the attempt for what it is (it does not verify, the wallet cannot pay, somebody else's
//! transaction waits there): such an endpoint keeps nothing and passes nothing on. A refusal that tells of the moment (the
//! nonce is passed or too far ahead, the fee too low, the endpoint busy) leaves it with its intent.

use super::journal::{Attempt, AttemptState, Journal, Mark};
use super::pending::{Intent, Pending, Tried};
use super::pricing::{self, Quote};
use super::refusal::{Refusal, classify};
use super::{Gas, Order, Timing};
use crate::chain::ChainError;
use crate::chain::types::Head;
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many transactions are signed and given to the endpoint, and receipts asked for, side by side.
pub(super) const AT_ONCE: usize = 32;

/// The owner of one key's nonce.
pub(super) struct Owner {
    pub(super) provider: DynProvider,
    pub(super) chain_id: u64,
    pub(super) wallet: Address,
    pub(super) key: EthereumWallet,
    pub(super) gas: Gas,
    pub(super) timing: Timing,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) heads: watch::Receiver<Head>,
    pub(super) open: BTreeMap<u64, Pending>,
    /// What the market asked for when it was last looked at.
    pub(super) quote: Option<Quote>,
    /// Whether the endpoint tells all receipts of a block in one answer, as far as is known.
    pub(super) whole_blocks: bool,
    /// What the journal is not told yet: it is told in one go, and before anything else is written.
    pub(super) news: News,
}

/// What became of attempts and nonces since the journal was last told.
#[derive(Default)]
pub(super) struct News {
    marks: Vec<Mark>,
    settled: Vec<u64>,
}

/// What the endpoint made of a transaction.
pub(super) enum Taken {
    Yes,
    Unsure(String),
    No(Refusal, String),
}

impl Owner {
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>, stop: CancellationToken) {
        while let Err(error) = self.take_up().await {
            tracing::warn!(wallet = %self.wallet, %error, "what an earlier life sent cannot be read yet");
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.timing.look) => {}
            }
        }
        let mut looked = Instant::now();
        loop {
            self.tell_journal().await;
            let idle = self.open.is_empty();
            // What waits for its block is looked at whenever there is one; what is in a block already, once in a while: there
            // may be several blocks a second.
            let restless = self.open.values().any(|pending| pending.landed().is_none());
            let due = looked + self.timing.look;
            let mut asked = Vec::new();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                count = orders.recv_many(&mut asked, AT_ONCE) => match count {
                    0 => return,
                    _ => self.obey(asked).await,
                },
                () = stir(&mut self.heads, due, restless), if !idle => {}
            }
            self.tell_journal().await;
            looked = Instant::now();
            if let Err(error) = self.look().await {
                tracing::debug!(wallet = %self.wallet, %error, "open transactions are looked at again");
            }
        }
    }

    async fn obey(&mut self, orders: Vec<Order>) {
        let mut submissions = Vec::new();
        for order in orders {
            match order {
                Order::Send(submission) => submissions.push(*submission),
                // Whoever asked may have given up; what was done stands.
                Order::Bump(nonce, reply) => {
                    let _ = reply.send(self.bump(nonce).await);
                }
                Order::Cancel(nonce, reply) => {
                    let _ = reply.send(self.cancel(nonce).await);
                }
            }
        }
        if !submissions.is_empty() {
            self.submit(submissions).await;
        }
    }

    /// What the market asks for a unit of gas, without regard to the cap; asked once per block, and not more often than that
    /// matters.
    pub(super) async fn market(&mut self) -> Result<TransactionRequest, ChainError> {
        let head = *self.heads.borrow();
        if let Some(quote) = self.quote.as_ref().filter(|quote| quote.holds(head)) {
            return Ok(quote.price.clone());
        }
        let price = pricing::market(&self.provider).await?;
        self.quote = Some(Quote::new(head, price.clone()));
        Ok(price)
    }

    /// Signs an intent and writes it into the journal.
    pub(super) async fn signed(
        &mut self,
        intent: &Intent,
        nonce: u64,
        cancels: bool,
    ) -> Result<Tried, ChainError> {
        let (tried, attempt) = self.sign(intent, nonce, cancels).await?;
        self.write(vec![attempt]).await?;
        Ok(tried)
    }

    pub(super) async fn sign(
        &self,
        intent: &Intent,
        nonce: u64,
        cancels: bool,
    ) -> Result<(Tried, Attempt), ChainError> {
        let signed = intent
            .request
            .clone()
            .with_nonce(nonce)
            .with_chain_id(self.chain_id)
            .build(&self.key)
            .await
            .map_err(|error| ChainError::Signing { wallet: self.wallet, reason: error.to_string() })?;
        let max_fee = pricing::max_fee(&intent.request);
        let tried =
            Tried { hash: *signed.tx_hash(), raw: Bytes::from(signed.encoded_2718()), max_fee, cancels };
        let attempt = Attempt {
            wallet: self.wallet,
            nonce,
            action: intent.action.clone(),
            task: intent.task,
            to: intent.request.to.and_then(|kind| kind.to().copied()),
            hash: tried.hash,
            raw: tried.raw.clone(),
            max_fee_wei: max_fee,
        };
        Ok((tried, attempt))
    }

    /// Writes attempts into the journal: what is not written is not sent. What became of earlier ones is written first, for
    /// the nonce of one that was refused may be another's now.
    pub(super) async fn write(&mut self, attempts: Vec<Attempt>) -> Result<(), ChainError> {
        self.try_tell_journal().await?;
        self.journal.write(attempts).await
    }

    pub(super) async fn give(&self, raw: &Bytes) -> Taken {
        match tokio::time::timeout(self.timing.answer, self.provider.send_raw_transaction(raw)).await {
            Ok(Ok(_)) => Taken::Yes,
            Ok(Err(error)) => match error.as_error_resp() {
                Some(said) => Taken::No(classify(said.code, &said.message), said.message.to_string()),
                None => Taken::Unsure(crate::chain::endpoint::what_failed(&error)),
            },
            Err(_) => Taken::Unsure("no answer".into()),
        }
    }

    pub(super) fn note_taken(&mut self, hash: B256, taken: &Taken) {
        match taken {
            Taken::Yes | Taken::No(Refusal::Known, _) => self.mark(hash, AttemptState::Sent, ""),
            Taken::Unsure(reason) | Taken::No(_, reason) => {
                tracing::warn!(%hash, reason, "the endpoint does not have this for certain; it is given to it again");
                self.mark(hash, AttemptState::Unknown, reason);
            }
        }
    }

    pub(super) fn mark(&mut self, hash: B256, state: AttemptState, reason: &str) {
        self.news.marks.push(Mark { hash, state, reason: reason.into() });
    }

    pub(super) fn settle(&mut self, nonce: u64) {
        self.news.settled.push(nonce);
    }

    /// The rows are behind the chain when this fails; it is tried again, and the next start puts them right, too.
    pub(super) async fn tell_journal(&mut self) {
        if let Err(error) = self.try_tell_journal().await {
            tracing::warn!(wallet = %self.wallet, %error, "the journal was not told");
        }
    }

    async fn try_tell_journal(&mut self) -> Result<(), ChainError> {
        if !self.news.marks.is_empty() {
            self.journal.mark(self.news.marks.clone()).await?;
            self.news.marks.clear();
        }
        if !self.news.settled.is_empty() {
            self.journal.settle(self.wallet, self.news.settled.clone()).await?;
            self.news.settled.clear();
        }
        Ok(())
    }
}

/// Until a head comes: the first one if `restless`, but not past `due`, for an endpoint may go silent; else the first after
/// `due`.
async fn stir(heads: &mut watch::Receiver<Head>, due: Instant, restless: bool) {
    if restless {
        let _ = tokio::time::timeout_at(due, head(heads)).await;
    } else {
        tokio::time::sleep_until(due).await;
        head(heads).await;
    }
}

async fn head(heads: &mut watch::Receiver<Head>) {
    if heads.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
