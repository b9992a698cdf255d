//! The owner of one key's nonce.
//!
//! ```text
//! intent ─▶ nonce ─▶ sign ─▶ journal ─▶ endpoint ─▶ open ─┬─ receipt of any attempt ──▶ told: done / reverted ─▶ deep: forgotten
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

use super::journal::{Attempt, AttemptState, Journal};
use super::pending::{Intent, Pending, Standing, Tried};
use super::refusal::{Refusal, classify};
use super::{Gas, Order, Submission, Timing, pricing};
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use crate::chain::types::Head;
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{DynProvider, Provider};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// How often a nonce or a fee that was refused is chosen anew before giving up.
const TRIES: u32 = 4;

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
        loop {
            let idle = self.open.is_empty();
            // What is in a block is looked at when there is a new one.
            let restless = self.open.values().any(|pending| pending.landed().is_none());
            let pause = restless.then_some(self.timing.look);
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                next = orders.recv() => match next {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                () = stir(&mut self.heads, pause), if !idle => {}
            }
            if let Err(error) = self.look().await {
                tracing::debug!(wallet = %self.wallet, %error, "open transactions are looked at again");
            }
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Send(submission) => self.send(*submission).await,
            // Whoever asked may have given up; what was done stands.
            Order::Bump(nonce, reply) => {
                let _ = reply.send(self.bump(nonce).await);
            }
            Order::Cancel(nonce, reply) => {
                let _ = reply.send(self.cancel(nonce).await);
            }
        }
    }

    async fn send(&mut self, submission: Submission) {
        let Submission { intent, reply } = submission;
        let answer = match self.already_open(&intent).await {
            Ok(Some(open)) => Ok(open),
            Ok(None) => self.submit(intent).await,
            Err(error) => Err(error),
        };
        let answer = answer.map(|(nonce, hash)| {
            let (tell, outcome) = oneshot::channel();
            if let Some(pending) = self.open.get_mut(&nonce) {
                pending.waiting.push(tell);
            }
            (hash, outcome)
        });
        let _ = reply.send(answer);
    }

    /// The nonce at which the same is open already. What landed is over for whoever asks again, unless it was taken back.
    async fn already_open(&mut self, intent: &Intent) -> Result<Option<(u64, B256)>, ChainError> {
        let same: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, pending)| pending.intent.same(intent))
            .map(|(nonce, _)| *nonce)
            .collect();
        for nonce in same {
            if self.open.get(&nonce).is_some_and(|pending| pending.landed().is_some()) {
                self.verify(nonce).await?;
            }
            let Some(pending) = self.open.get_mut(&nonce).filter(|pending| pending.landed().is_none()) else {
                continue;
            };
            let hash = pending.newest().map(|tried| tried.hash).unwrap_or_default();
            if pending.standing == Standing::Unwanted {
                pending.standing = Standing::Wanted;
                self.broadcast(nonce).await;
            }
            return Ok(Some((nonce, hash)));
        }
        Ok(None)
    }

    /// A nonce for a new intent, after all that is not settled and all that the chain has seen.
    async fn fresh_nonce(&self) -> Result<u64, ChainError> {
        let counting = self.provider.get_transaction_count(self.wallet).pending();
        let counted = rpc("eth_getTransactionCount", counting).await?;
        Ok(counted.max(self.open.keys().next_back().map_or(0, |last| last + 1)))
    }

    async fn submit(&mut self, mut intent: Intent) -> Result<(u64, B256), ChainError> {
        let action = super::known_action(&intent.action);
        let (mut least, mut last) = (0, String::new());
        for _ in 0..TRIES {
            let nonce = self.fresh_nonce().await?.max(least);
            let tried = self.sign(&intent, nonce, false).await?;
            let taken = self.give(&tried.raw).await;
            let Taken::No(refusal, said) = &taken else {
                return Ok(self.keep(nonce, intent, tried, taken).await);
            };
            match refusal {
                Refusal::Known | Refusal::Busy | Refusal::NonceTooLow | Refusal::NonceGap => {
                    return Ok(self.keep(nonce, intent, tried, taken).await);
                }
                // Under the cap it is offered more; above the cap it waits until the network asks for less.
                Refusal::Underpriced => match self.raised(&intent.request, tried.max_fee).await {
                    Ok(Some(raised)) => intent.request = raised,
                    Ok(None) | Err(_) => return Ok(self.keep(nonce, intent, tried, taken).await),
                },
                // Somebody else's transaction waits under that nonce.
                Refusal::ReplacementUnderpriced => least = nonce + 1,
                Refusal::NoFunds | Refusal::Other => {}
            }
            self.mark(tried.hash, AttemptState::Failed, said).await;
            match refusal {
                Refusal::NoFunds => return Err(ChainError::NoGas { action, wallet: self.wallet }),
                Refusal::Other => return Err(ChainError::Refused { action, reason: said.clone() }),
                _ => last = said.clone(),
            }
        }
        Err(ChainError::Unavailable { call: "eth_sendRawTransaction", reason: last })
    }

    /// From now on the nonce is the intent's.
    async fn keep(&mut self, nonce: u64, intent: Intent, tried: Tried, taken: Taken) -> (u64, B256) {
        let hash = tried.hash;
        self.note_taken(hash, &taken).await;
        self.open.insert(nonce, Pending::new(intent, vec![tried]));
        (nonce, hash)
    }

    pub(super) async fn sign(&self, intent: &Intent, nonce: u64, cancels: bool) -> Result<Tried, ChainError> {
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
        // What is not written is not sent.
        self.journal.write(attempt).await?;
        Ok(tried)
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

    pub(super) async fn note_taken(&self, hash: B256, taken: &Taken) {
        match taken {
            Taken::Yes | Taken::No(Refusal::Known, _) => self.mark(hash, AttemptState::Sent, "").await,
            Taken::Unsure(reason) | Taken::No(_, reason) => {
                tracing::warn!(%hash, reason, "the endpoint does not have this for certain; it is given to it again");
                self.mark(hash, AttemptState::Unknown, reason).await;
            }
        }
    }

    /// The row is behind the chain when this fails, and the next start puts it right.
    pub(super) async fn mark(&self, hash: B256, state: AttemptState, reason: &str) {
        if let Err(error) = self.journal.mark(hash, state, reason).await {
            tracing::warn!(%hash, state = state.name(), %error, "the journal was not told");
        }
    }
}

/// Until a head comes, or after `pause`, which is for an endpoint that went silent.
async fn stir(heads: &mut watch::Receiver<Head>, pause: Option<Duration>) {
    let changed = async {
        if heads.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    match pause {
        Some(pause) => {
            let _ = tokio::time::timeout(pause, changed).await;
        }
        None => changed.await,
    }
}
