//! Looks at what is open: receipts, reorganisations, what was dropped, what no longer has a chance.
//!
//! A look asks for the account's nonce first; receipts are asked for where that, or the depth reached, can have changed
//! something, and where something is about to be done.

use super::journal::AttemptState;
use super::owner::{Owner, Taken};
use super::pending::{Landed, Outcome, Pending, Standing};
use super::refusal::Refusal;
use crate::chain::ChainError;
use crate::chain::endpoint::rpc;
use alloy::providers::Provider;
use tokio::time::Instant;

impl Owner {
    /// Goes on with what an earlier life wrote: it may have been sent, and what was mined may have been taken back.
    pub(super) async fn take_up(&mut self) -> Result<(), ChainError> {
        self.open.clear();
        for attempt in self.journal.unfinished(self.wallet).await? {
            let taken = Pending::take_up(self.open.get_mut(&attempt.nonce), &attempt);
            if let Some(pending) = taken {
                self.open.insert(attempt.nonce, pending);
            }
        }
        self.look().await?;
        let nonces: Vec<u64> =
            self.open.iter().filter(|(_, open)| open.landed().is_none()).map(|(nonce, _)| *nonce).collect();
        for nonce in nonces {
            self.push(nonce).await;
        }
        Ok(())
    }

    /// Looks at every open nonce once.
    pub(super) async fn look(&mut self) -> Result<(), ChainError> {
        if self.open.is_empty() {
            return Ok(());
        }
        self.heed_wishes().await?;
        let mined = self.mined().await?;
        self.fill_gap(mined).await?;
        let nonces: Vec<u64> = self.open.keys().copied().collect();
        self.look_at(&nonces, mined).await
    }

    /// Looks at one nonce, whatever its depth.
    pub(super) async fn verify(&mut self, nonce: u64) -> Result<(), ChainError> {
        let mined = self.mined().await?;
        self.look_at(&[nonce], mined).await
    }

    /// How many transactions of the wallet are in blocks. Counted before receipts are asked for: what is mined in between has a
    /// receipt then.
    async fn mined(&self) -> Result<u64, ChainError> {
        rpc("eth_getTransactionCount", self.provider.get_transaction_count(self.wallet)).await
    }

    async fn look_at(&mut self, nonces: &[u64], mined: u64) -> Result<(), ChainError> {
        let mut asked = Vec::new();
        for nonce in nonces {
            let Some(pending) = self.open.get_mut(nonce) else { continue };
            if *nonce >= mined {
                pending.passed = None;
            }
            let (landed, due) = (pending.landed(), pending.is_due(&self.timing));
            if landed.map_or(*nonce < mined || due, |landed| *nonce >= mined || self.is_deep(landed)) {
                asked.push(*nonce);
            }
        }
        let receipts = self.receipts(&asked).await?;
        let mut missing = Vec::new();
        for nonce in asked {
            match self.open.get(&nonce).and_then(|pending| receipts.landed(pending)) {
                Some((landed, outcome)) => self.land(nonce, landed, outcome),
                None if nonce < mined => self.passed(nonce),
                None => missing.push(nonce),
            }
        }
        self.tell_journal().await;
        for nonce in missing {
            self.in_no_block(nonce, nonce == mined).await;
        }
        Ok(())
    }

    fn is_deep(&self, landed: Landed) -> bool {
        self.heads.borrow().number >= landed.block.saturating_add(self.timing.depth)
    }

    /// It is in a block: whoever waits is told at once, and the nonce is forgotten once the block is deep enough.
    fn land(&mut self, nonce: u64, landed: Landed, outcome: Outcome) {
        let deep = self.is_deep(landed);
        let Some(pending) = self.open.get_mut(&nonce) else { return };
        let news = pending.landed().is_none_or(|known| known.hash != landed.hash);
        pending.standing = Standing::Landed(landed);
        pending.passed = None;
        for waiting in pending.waiting.drain(..) {
            let _ = waiting.send(outcome);
        }
        if news {
            let hashes: Vec<_> = pending.tried.iter().map(|tried| tried.hash).collect();
            for hash in hashes {
                let (state, reason) = match (hash == landed.hash, outcome) {
                    (true, Outcome::Reverted(_)) => (AttemptState::Mined, "reverted"),
                    (true, _) => (AttemptState::Mined, ""),
                    (false, _) => (AttemptState::Replaced, "another attempt at this nonce was mined"),
                };
                self.mark(hash, state, reason);
            }
        }
        if deep {
            self.open.remove(&nonce);
            // Unwritten, it is looked at once more at the next start.
            self.settle(nonce);
        }
    }

    /// A block holds another transaction with this nonce, unless the endpoints disagree.
    fn passed(&mut self, nonce: u64) {
        let Some(pending) = self.open.get_mut(&nonce) else { return };
        // The endpoint that counts may be some blocks ahead of the one that has the receipt.
        let since = *pending.passed.get_or_insert_with(Instant::now);
        if since.elapsed() < self.timing.replace {
            return;
        }
        let Some(pending) = self.open.remove(&nonce) else { return };
        for tried in &pending.tried {
            self.mark(tried.hash, AttemptState::Failed, "a transaction from elsewhere took this nonce");
        }
        let hash = pending.newest().map(|tried| tried.hash).unwrap_or_default();
        for waiting in pending.waiting {
            let _ = waiting.send(Outcome::Displaced(hash));
        }
    }

    /// It waits for its block, or a reorganisation took it out of one. Only what is `first` can hold up the others.
    async fn in_no_block(&mut self, nonce: u64, first: bool) {
        let last = self.open.keys().next_back() == Some(&nonce);
        let Some(pending) = self.open.get_mut(&nonce) else { return };
        let old = pending.is_old(self.timing.replace);
        let silent = pending.is_silent(self.timing.rebroadcast);
        match pending.standing {
            Standing::Landed(landed) => {
                pending.standing = Standing::Wanted;
                pending.since = Instant::now();
                tracing::info!(wallet = %self.wallet, nonce, hash = %landed.hash, "no block holds this any more; it is sent again");
                self.mark(landed.hash, AttemptState::Sent, "a reorganisation took it back");
                self.push(nonce).await;
            }
            Standing::Unwanted if old => {
                pending.since = Instant::now();
                // What waits behind it may be a reveal, with a stake. Where the cap lets nothing replace it, it goes as it is,
                // and its gas is lost.
                if !self.has_no_chance(nonce).await || first && !last && !self.make_way(nonce).await {
                    self.broadcast(nonce).await;
                }
            }
            Standing::Unwanted => {}
            Standing::Wanted if first && old => {
                if !self.has_no_chance(nonce).await && !self.raise_fee(nonce).await {
                    self.broadcast(nonce).await;
                }
            }
            Standing::Wanted if silent => self.broadcast(nonce).await,
            Standing::Wanted => {}
        }
    }

    /// Gives it to the endpoint again if it still has a chance.
    async fn push(&mut self, nonce: u64) {
        if !self.has_no_chance(nonce).await {
            self.broadcast(nonce).await;
        }
    }

    /// Whether nobody wants it any more; as long as that holds no gas is burnt for it.
    async fn has_no_chance(&mut self, nonce: u64) -> bool {
        let Some(pending) = self.open.get(&nonce) else { return true };
        let Some(tried) = pending.newest().filter(|tried| !tried.cancels) else { return false };
        let (hash, before) = (tried.hash, pending.standing);
        let reason = self.journal.unwanted(&pending.intent.action, pending.intent.task).await;
        let standing = if reason.is_some() { Standing::Unwanted } else { Standing::Wanted };
        if let Some(pending) = self.open.get_mut(&nonce) {
            pending.standing = standing;
        }
        if let Some(reason) = reason.filter(|_| before != standing) {
            tracing::info!(wallet = %self.wallet, nonce, %hash, reason, "not sent again: it has no chance any more");
            self.mark(hash, AttemptState::Unknown, &format!("not sent again: {reason}"));
        }
        standing == Standing::Unwanted
    }

    pub(super) async fn broadcast(&mut self, nonce: u64) {
        let Some(pending) = self.open.get_mut(&nonce) else { return };
        pending.broadcast = Instant::now();
        let Some((hash, raw)) = pending.newest().map(|tried| (tried.hash, tried.raw.clone())) else { return };
        let taken = self.give(&raw).await;
        if matches!(taken, Taken::Yes | Taken::No(Refusal::Known, _)) {
            self.mark(hash, AttemptState::Sent, "");
        }
    }
}
