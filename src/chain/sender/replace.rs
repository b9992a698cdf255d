//! New attempts at a nonce that is open: a higher fee, a cancellation, and the filling of a gap below it.

use super::journal::{AttemptState, WishKind};
use super::owner::{Owner, Taken};
use super::pending::{Intent, Pending};
use super::refusal::Refusal;
use super::{CANCEL, pricing};
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use crate::poco::TaskId;
use alloy::network::TransactionBuilder;
use alloy::primitives::{B256, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use tokio::time::Instant;

/// What a transfer of nothing takes, with room for chains that charge more.
const CANCEL_GAS: u64 = 100_000;

impl Owner {
    /// The price of `request` raised by at least an eighth and to the market's; none when the cap forbids it.
    pub(super) async fn raised(
        &mut self,
        request: &TransactionRequest,
        before: u128,
    ) -> Result<Option<TransactionRequest>, ChainError> {
        // What was refused or passed over says that the market has moved.
        let head = *self.heads.borrow();
        self.quote = self.quote.take().filter(|quote| quote.is_of(head));
        let market = self.market().await?;
        Ok(pricing::raise(request, before, &market, self.gas.max_fee_wei))
    }

    /// Does what persons left word of. A wish that is done and whose answer is lost is done once more.
    pub(super) async fn heed_wishes(&mut self) -> Result<(), ChainError> {
        for wish in self.journal.wishes(self.wallet).await? {
            let outcome = match wish.kind {
                WishKind::Bump => self.bump(wish.nonce).await,
                WishKind::Cancel => self.cancel(wish.nonce).await,
            };
            self.journal.answer(wish, outcome).await?;
        }
        Ok(())
    }

    /// Replaces what is open under `nonce` by the same with a higher fee.
    pub(super) async fn bump(&mut self, nonce: u64) -> Result<B256, ChainError> {
        let pending = self.replaceable(nonce)?;
        let cancels = pending.newest().is_some_and(|tried| tried.cancels);
        let intent = match cancels {
            true => self.nothing(&pending.intent.request, pending.intent.task),
            false => pending.intent.clone(),
        };
        self.replace(nonce, intent, cancels).await
    }

    /// Replaces what is open under `nonce` by a transfer of nothing to the wallet itself.
    pub(super) async fn cancel(&mut self, nonce: u64) -> Result<B256, ChainError> {
        let pending = self.replaceable(nonce)?;
        let nothing = self.nothing(&pending.intent.request, pending.intent.task);
        self.replace(nonce, nothing, true).await
    }

    /// Raises the fee of what waits long; whether it did. What the cap or the endpoint refuses is tried again after a pause that
    /// grows.
    pub(super) async fn raise_fee(&mut self, nonce: u64) -> bool {
        let bumped = self.bump(nonce).await;
        self.tell_refusal(nonce, bumped.as_ref().err());
        bumped.is_ok()
    }

    /// Cancels what nobody wants and later nonces wait for; whether it did.
    pub(super) async fn make_way(&mut self, nonce: u64) -> bool {
        let cancelled = self.cancel(nonce).await;
        self.tell_refusal(nonce, cancelled.as_ref().err());
        cancelled.is_ok()
    }

    /// The first refusal is said aloud, the same again is not.
    fn tell_refusal(&mut self, nonce: u64, refused: Option<&ChainError>) {
        let Some((error, pending)) = refused.zip(self.open.get_mut(&nonce)) else { return };
        if pending.refusals == 0 {
            tracing::warn!(wallet = %self.wallet, nonce, action = pending.intent.action, %error,
                "it waits for its block at the fee it has");
        }
        pending.refusals += 1;
        pending.since = Instant::now();
    }

    fn replaceable(&self, nonce: u64) -> Result<&Pending, ChainError> {
        let unknown = |what: String| ChainError::NotFound { what };
        let Some(pending) = self.open.get(&nonce) else {
            return Err(unknown(format!("an open transaction with nonce {nonce}")));
        };
        match pending.landed() {
            Some(landed) => Err(ChainError::Mined { nonce, hash: landed.hash, block: landed.block }),
            None => Ok(pending),
        }
    }

    fn nothing(&self, priced: &TransactionRequest, task: Option<TaskId>) -> Intent {
        let request = TransactionRequest::default()
            .from(self.wallet)
            .to(self.wallet)
            .value(U256::ZERO)
            .with_gas_limit(CANCEL_GAS);
        let request = pricing::like(request, priced);
        Intent { action: CANCEL.into(), task, request }
    }

    async fn replace(&mut self, nonce: u64, intent: Intent, cancels: bool) -> Result<B256, ChainError> {
        let action = super::known_action(&intent.action);
        let before = self.open.get(&nonce).and_then(Pending::newest).map_or(0, |tried| tried.max_fee);
        let Some(request) = self.raised(&intent.request, before).await? else {
            let reason = format!("an eighth above {before} wei is more than the cap");
            return Err(ChainError::Underpriced { action, reason });
        };
        let intent = Intent { request, ..intent };
        let tried = self.signed(&intent, nonce, cancels).await?;
        let (hash, taken) = (tried.hash, self.give(&tried.raw).await);
        if let Taken::No(refusal, said) = &taken
            && !matches!(refusal, Refusal::Known | Refusal::Busy)
        {
            self.mark(hash, AttemptState::Failed, said);
            let reason = said.clone();
            return Err(match refusal {
                Refusal::Underpriced | Refusal::ReplacementUnderpriced => {
                    ChainError::Underpriced { action, reason }
                }
                Refusal::NoFunds => ChainError::NoGas { action, wallet: self.wallet },
                _ => ChainError::Refused { action, reason },
            });
        }
        self.note_taken(hash, &taken);
        if let Some(pending) = self.open.get_mut(&nonce) {
            tracing::info!(wallet = %self.wallet, nonce, %hash, action, "replaced by a higher fee");
            if !cancels {
                pending.intent = intent;
            }
            pending.since = Instant::now();
            pending.broadcast = pending.since;
            pending.refusals = 0;
            pending.tried.push(tried);
        }
        Ok(hash)
    }

    /// A nonce below ours that nobody uses holds up all of ours: it is filled by a transfer of nothing.
    pub(super) async fn fill_gap(&mut self, mined: u64) -> Result<(), ChainError> {
        let lowest = self.open.iter().find(|(_, pending)| pending.landed().is_none());
        let Some((nonce, pending)) = lowest else { return Ok(()) };
        if *nonce <= mined || self.open.contains_key(&mined) || !pending.is_old(self.timing.replace) {
            return Ok(());
        }
        let counting = self.provider.get_transaction_count(self.wallet).pending();
        if rpc("eth_getTransactionCount", counting).await? != mined {
            return Ok(());
        }
        self.fill(mined).await
    }

    /// Fills a nonce that nobody uses by a transfer of nothing.
    pub(super) async fn fill(&mut self, nonce: u64) -> Result<(), ChainError> {
        let market = self.market().await?;
        let price = pricing::priced(TransactionRequest::default(), &market, &self.gas);
        let nothing = self.nothing(&price, None);
        let tried = self.signed(&nothing, nonce, true).await?;
        let taken = self.give(&tried.raw).await;
        tracing::info!(wallet = %self.wallet, nonce, hash = %tried.hash, "a gap before open transactions is filled");
        self.note_taken(tried.hash, &taken);
        self.open.insert(nonce, Pending::new(nothing, vec![tried]));
        Ok(())
    }
}
