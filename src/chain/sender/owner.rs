//! The owner of one key's nonce.
//!
//! ```text
//! intent ─▶ nonce ─▶ sign ─▶ journal ─▶ endpoint ─▶ open ─┬─ receipt of any attempt ──▶ done / reverted
//!                                                        ├─ nonce passed, none ours ─▶ displaced
//!                                                        ├─ old ─▶ the same bytes again
//!                                                        └─ older ▶ a higher fee, under the cap
//! ```
//!
//! A nonce belongs to one intent from the moment an endpoint may have taken it; only a replacement or a cancellation of that
//! very nonce may use it again.

use super::journal::{Attempt, AttemptState, Journal};
use super::pending::{Intent, Outcome, Pending, Tried};
use super::refusal::{Refusal, classify};
use super::{CANCEL, Gas, Order, Submission, Timing, pricing};
use crate::chain::ChainError;
use crate::chain::api::Receipt;
use crate::chain::endpoint::rpc;
use crate::chain::types::Head;
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often a nonce or a fee that was refused is chosen anew before giving up.
const TRIES: u32 = 4;
/// How often the nonce must be seen passed without a receipt: the endpoint that counts may be ahead of the one that has it.
const SURE: u32 = 3;
/// What a transfer of nothing takes, with room for chains that charge more.
const CANCEL_GAS: u64 = 100_000;

/// The owner of one key's nonce.
pub(super) struct Owner {
    pub(super) provider: DynProvider,
    pub(super) chain_id: u64,
    pub(super) wallet: Address,
    pub(super) key: EthereumWallet,
    pub(super) gas: Gas,
    pub(super) timing: Timing,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) next: Option<u64>,
    pub(super) open: BTreeMap<u64, Pending>,
}

/// What the endpoint made of a transaction.
enum Taken {
    Yes,
    Unsure(String),
    No(Refusal, String),
}

impl Owner {
    pub(super) async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut heads: watch::Receiver<Head>,
        stop: CancellationToken,
    ) {
        while let Err(error) = self.take_up().await {
            tracing::warn!(wallet = %self.wallet, %error, "what an earlier life sent cannot be read yet");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.timing.look) => {}
            }
        }
        loop {
            let idle = self.open.is_empty();
            tokio::select! {
                () = stop.cancelled() => return,
                next = orders.recv() => match next {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                // A head wakes us; the timer is for an endpoint that went silent.
                _ = tokio::time::timeout(self.timing.look, heads.changed()), if !idle => {
                    heads.mark_unchanged();
                }
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

    /// Goes on with what an earlier life wrote: it may have been sent.
    async fn take_up(&mut self) -> Result<(), ChainError> {
        self.open.clear();
        for attempt in self.journal.unfinished(self.wallet).await? {
            let taken = Pending::take_up(self.open.get_mut(&attempt.nonce), &attempt);
            if let Some(pending) = taken {
                self.open.insert(attempt.nonce, pending);
            }
        }
        self.look().await?;
        let nonces: Vec<u64> = self.open.keys().copied().collect();
        for nonce in nonces {
            self.broadcast_again(nonce).await;
        }
        Ok(())
    }

    async fn send(&mut self, submission: Submission) {
        let Submission { intent, reply } = submission;
        let (tell, outcome) = oneshot::channel();
        let same = self.open.values_mut().find(|pending| pending.intent.same(&intent));
        if let Some(pending) = same {
            let hash = pending.newest().map(|tried| tried.hash).unwrap_or_default();
            pending.waiting.push(tell);
            let _ = reply.send(Ok((hash, outcome)));
            return;
        }
        let answer = match self.submit(intent).await {
            Ok((nonce, hash)) => {
                if let Some(pending) = self.open.get_mut(&nonce) {
                    pending.waiting.push(tell);
                }
                Ok((hash, outcome))
            }
            Err(error) => Err(error),
        };
        let _ = reply.send(answer);
    }

    /// A nonce for a new intent, after all that is open and all that the chain has seen.
    async fn fresh_nonce(&self) -> Result<u64, ChainError> {
        let counting = self.provider.get_transaction_count(self.wallet).pending();
        let counted = match self.next {
            Some(next) if !self.open.is_empty() => next,
            // With nothing open the chain counts: a reorganisation may have taken back what was mined, and counting on would
            // leave a gap before which everything waits for ever.
            _ => rpc("eth_getTransactionCount", counting).await?,
        };
        let after_open = self.open.keys().next_back().map_or(0, |last| last + 1);
        Ok(counted.max(after_open))
    }

    async fn submit(&mut self, mut intent: Intent) -> Result<(u64, B256), ChainError> {
        let action = super::known_action(&intent.action);
        let mut last = String::new();
        for _ in 0..TRIES {
            let nonce = self.fresh_nonce().await?;
            let tried = self.sign(&intent, nonce, false).await?;
            let (hash, taken) = (tried.hash, self.give(&tried.raw).await);
            match taken {
                Taken::Yes | Taken::Unsure(_) | Taken::No(Refusal::Known, _) => {
                    self.next = Some(nonce + 1);
                    self.note_taken(hash, &taken).await;
                    self.open.insert(nonce, Pending::new(intent, tried));
                    return Ok((nonce, hash));
                }
                Taken::No(Refusal::Busy, said) => {
                    // A proxy may have passed it on all the same: the nonce stays with this intent.
                    self.next = Some(nonce + 1);
                    self.note_taken(hash, &Taken::Unsure(said)).await;
                    self.open.insert(nonce, Pending::new(intent, tried));
                    return Ok((nonce, hash));
                }
                Taken::No(refusal, said) => {
                    self.mark(hash, AttemptState::Failed, &said).await;
                    match refusal {
                        Refusal::NonceTooLow | Refusal::NonceGap => self.next = None,
                        // Somebody else's transaction waits under that nonce.
                        Refusal::ReplacementUnderpriced => self.next = Some(nonce + 1),
                        Refusal::Underpriced => {
                            let Some(raised) = self.raised(&intent.request, tried.max_fee).await? else {
                                return Err(ChainError::Underpriced { action, reason: said });
                            };
                            intent.request = raised;
                        }
                        Refusal::NoFunds => return Err(ChainError::NoGas { action, wallet: self.wallet }),
                        Refusal::Known | Refusal::Busy | Refusal::Other => {
                            return Err(ChainError::Refused { action, reason: said });
                        }
                    }
                    last = said;
                }
            }
        }
        Err(ChainError::Unavailable { call: "eth_sendRawTransaction", reason: last })
    }

    async fn sign(&self, intent: &Intent, nonce: u64, cancels: bool) -> Result<Tried, ChainError> {
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

    async fn give(&self, raw: &Bytes) -> Taken {
        match tokio::time::timeout(self.timing.answer, self.provider.send_raw_transaction(raw)).await {
            Ok(Ok(_)) => Taken::Yes,
            Ok(Err(error)) => match error.as_error_resp() {
                Some(said) => Taken::No(classify(said.code, &said.message), said.message.to_string()),
                None => Taken::Unsure(crate::chain::endpoint::what_failed(&error)),
            },
            Err(_) => Taken::Unsure("no answer".into()),
        }
    }

    async fn note_taken(&self, hash: B256, taken: &Taken) {
        match taken {
            Taken::Unsure(reason) => {
                tracing::warn!(%hash, reason, "the endpoint did not say whether it took this");
                self.mark(hash, AttemptState::Unknown, reason).await;
            }
            Taken::Yes | Taken::No(..) => self.mark(hash, AttemptState::Sent, "").await,
        }
    }

    /// The row is behind the chain when this fails, and the next start puts it right.
    async fn mark(&self, hash: B256, state: AttemptState, reason: &str) {
        if let Err(error) = self.journal.mark(hash, state, reason).await {
            tracing::warn!(%hash, state = state.name(), %error, "the journal was not told");
        }
    }

    /// Looks at every open nonce once.
    async fn look(&mut self) -> Result<(), ChainError> {
        if self.open.is_empty() {
            return Ok(());
        }
        // Counted before the receipts are asked for: what is mined in between has a receipt then.
        let mined = rpc("eth_getTransactionCount", self.provider.get_transaction_count(self.wallet)).await?;
        self.fill_gap(mined).await?;
        let nonces: Vec<u64> = self.open.keys().copied().collect();
        for nonce in nonces {
            if let Some(outcome) = self.outcome(nonce, mined).await? {
                self.close(nonce, outcome).await;
                continue;
            }
            let Some(pending) = self.open.get(&nonce) else { continue };
            if nonce < mined {
                continue;
            }
            if pending.since.elapsed() >= self.timing.replace {
                // Only the lowest can be what holds up the others.
                let lowest = nonce == mined;
                if !lowest || self.bump(nonce).await.is_err() {
                    self.broadcast_again(nonce).await;
                }
            } else if pending.broadcast.elapsed() >= self.timing.rebroadcast {
                self.broadcast_again(nonce).await;
            }
        }
        Ok(())
    }

    async fn outcome(&mut self, nonce: u64, mined: u64) -> Result<Option<Outcome>, ChainError> {
        let Some(pending) = self.open.get_mut(&nonce) else { return Ok(None) };
        for tried in pending.tried.iter().rev() {
            let asking = self.provider.get_transaction_receipt(tried.hash);
            if let Some(found) = rpc("eth_getTransactionReceipt", asking).await? {
                let hash = tried.hash;
                let block = found.block_number.unwrap_or_default();
                return Ok(Some(match (tried.cancels, found.status()) {
                    (true, _) if pending.intent.action != CANCEL => Outcome::Displaced(hash),
                    (_, true) => Outcome::Done(Receipt { hash, block, gas_used: found.gas_used }),
                    (_, false) => Outcome::Reverted(hash),
                }));
            }
        }
        if nonce >= mined {
            pending.passed = 0;
            return Ok(None);
        }
        pending.passed += 1;
        let hash = pending.newest().map(|tried| tried.hash).unwrap_or_default();
        Ok((pending.passed >= SURE).then_some(Outcome::Displaced(hash)))
    }

    async fn close(&mut self, nonce: u64, outcome: Outcome) {
        let Some(pending) = self.open.remove(&nonce) else { return };
        let (mined, state) = match outcome {
            Outcome::Done(receipt) => (Some(receipt.hash), AttemptState::Mined),
            Outcome::Reverted(hash) => (Some(hash), AttemptState::Failed),
            Outcome::Displaced(hash) => {
                let ours = pending.tried.iter().find(|tried| tried.hash == hash && tried.cancels);
                (ours.map(|tried| tried.hash), AttemptState::Mined)
            }
        };
        for tried in &pending.tried {
            let (state, reason) = match (mined == Some(tried.hash), mined.is_some()) {
                (true, _) if state == AttemptState::Failed => (state, "reverted"),
                (true, _) => (state, ""),
                (false, true) => (AttemptState::Replaced, "another attempt at this nonce was mined"),
                (false, false) => (AttemptState::Failed, "a transaction from elsewhere took this nonce"),
            };
            self.mark(tried.hash, state, reason).await;
        }
        if mined.is_none() {
            self.next = None;
        }
        for waiting in pending.waiting {
            let _ = waiting.send(outcome);
        }
    }

    async fn broadcast_again(&mut self, nonce: u64) {
        let Some((hash, raw)) =
            self.open.get(&nonce).and_then(Pending::newest).map(|tried| (tried.hash, tried.raw.clone()))
        else {
            return;
        };
        let taken = self.give(&raw).await;
        if matches!(taken, Taken::Yes | Taken::No(Refusal::Known, _)) {
            self.mark(hash, AttemptState::Sent, "").await;
        }
        if let Some(pending) = self.open.get_mut(&nonce) {
            pending.broadcast = Instant::now();
        }
    }

    /// The price of `request` raised by at least an eighth and to the market's; none when the cap forbids it.
    async fn raised(
        &self,
        request: &TransactionRequest,
        before: u128,
    ) -> Result<Option<TransactionRequest>, ChainError> {
        let market =
            pricing::priced(&self.provider, &Gas { max_fee_wei: None, ..self.gas.clone() }, request.clone())
                .await?;
        Ok(pricing::raise(request, before, &market, self.gas.max_fee_wei))
    }

    /// Replaces what is open under `nonce` by the same with a higher fee.
    async fn bump(&mut self, nonce: u64) -> Result<B256, ChainError> {
        let Some(pending) = self.open.get(&nonce) else {
            return Err(ChainError::NotFound { what: format!("an open transaction with nonce {nonce}") });
        };
        let intent = pending.intent.clone();
        let cancels = pending.newest().is_some_and(|tried| tried.cancels);
        let intent = if cancels { self.nothing(&intent.request, intent.task) } else { intent };
        self.replace(nonce, intent, cancels).await
    }

    /// Replaces what is open under `nonce` by a transfer of nothing to the wallet itself.
    async fn cancel(&mut self, nonce: u64) -> Result<B256, ChainError> {
        let Some(pending) = self.open.get(&nonce) else {
            return Err(ChainError::NotFound { what: format!("an open transaction with nonce {nonce}") });
        };
        let nothing = self.nothing(&pending.intent.request, pending.intent.task);
        self.replace(nonce, nothing, true).await
    }

    fn nothing(&self, priced: &TransactionRequest, task: Option<crate::poco::TaskId>) -> Intent {
        let request = TransactionRequest::default()
            .from(self.wallet)
            .to(self.wallet)
            .value(U256::ZERO)
            .with_gas_limit(CANCEL_GAS);
        let request = pricing::like(request, priced);
        Intent { action: CANCEL.into(), task, request }
    }

    async fn replace(&mut self, nonce: u64, intent: Intent, cancels: bool) -> Result<B256, ChainError> {
        let before = self.open.get(&nonce).and_then(Pending::newest).map_or(0, |tried| tried.max_fee);
        let Some(request) = self.raised(&intent.request, before).await? else {
            let reason = format!("an eighth above {before} wei is more than the cap");
            return Err(ChainError::Underpriced { action: super::known_action(&intent.action), reason });
        };
        let intent = Intent { request, ..intent };
        let tried = self.sign(&intent, nonce, cancels).await?;
        let (hash, taken) = (tried.hash, self.give(&tried.raw).await);
        if let Taken::No(refusal, said) = &taken
            && !matches!(refusal, Refusal::Known | Refusal::Busy)
        {
            self.mark(hash, AttemptState::Failed, said).await;
            let reason = said.clone();
            return Err(ChainError::Refused { action: super::known_action(&intent.action), reason });
        }
        self.note_taken(hash, &taken).await;
        if let Some(pending) = self.open.get_mut(&nonce) {
            tracing::info!(wallet = %self.wallet, nonce, %hash, action = intent.action, "replaced by a higher fee");
            if !cancels {
                pending.intent = intent;
            }
            pending.since = Instant::now();
            pending.broadcast = pending.since;
            pending.tried.push(tried);
        }
        Ok(hash)
    }

    /// A nonce below ours that nobody uses holds up all of ours: it is filled by a transfer of nothing.
    async fn fill_gap(&mut self, mined: u64) -> Result<(), ChainError> {
        let Some((lowest, stuck)) =
            self.open.iter().next().map(|(nonce, pending)| (*nonce, pending.since.elapsed()))
        else {
            return Ok(());
        };
        if lowest <= mined || stuck < self.timing.replace {
            return Ok(());
        }
        let counting = self.provider.get_transaction_count(self.wallet).pending();
        if rpc("eth_getTransactionCount", counting).await? != mined {
            return Ok(());
        }
        let request = pricing::priced(&self.provider, &self.gas, TransactionRequest::default()).await?;
        let nothing = self.nothing(&request, None);
        let tried = self.sign(&nothing, mined, true).await?;
        let taken = self.give(&tried.raw).await;
        self.note_taken(tried.hash, &taken).await;
        self.open.insert(mined, Pending::new(nothing, tried));
        Ok(())
    }
}
