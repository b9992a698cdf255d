//! Names the condition for which the hub would refuse an action: its functions revert without a reason.
//!
//! It is asked only after the hub has refused, and it reads the same views that the conditions are made of. What the views do
//! not tell (a signature, a callback that takes too much gas) is named as what is left.

use super::api::{Action, Chain};
use super::{ChainError, EvmChain};
use crate::poco::moves::{Candidate, Contributed, MoveRefusal, TaskFacts};
use crate::poco::{DealId, Nrlc, ResultDigest, ResultHash, Tag, TaskId, TaskStatus};
use alloy::primitives::{Address, B256, U256};

impl EvmChain {
    /// The condition that stands against an action of `wallet`; none when the views do not tell.
    pub(super) async fn why_refused(&self, wallet: Address, action: &Action) -> Option<String> {
        let found = match action {
            Action::Initialize { deal, indexes } => self.why_not_initialize(*deal, indexes).await,
            Action::Contribute { task, .. } => self.why_not_contribute(wallet, *task).await,
            Action::Reveal { task, digest } => {
                let asked = (*task, wallet, *digest);
                self.why_not_reveal(asked).await
            }
            Action::Finalize { task, .. } => {
                self.why_not_as_scheduler(wallet, *task, |facts, now| facts.may_finalize(now)).await
            }
            Action::Reopen(task) => {
                self.why_not_as_scheduler(wallet, *task, |facts, now| facts.may_reopen(now)).await
            }
            Action::Claim(task) => self.why_not_claim(*task).await,
        };
        // Without the views the hub's own words are all there is.
        found.ok().flatten()
    }

    async fn why_not_initialize(&self, id: DealId, indexes: &[u64]) -> Result<Option<String>, ChainError> {
        let deal = match self.deal(id).await {
            Err(ChainError::NotFound { what }) => return Ok(Some(format!("the chain does not know {what}"))),
            other => other?,
        };
        let category = self.category(deal.category).await?;
        let deadline = self.config().deadlines(&deal, &category).contribution;
        if self.head().timestamp >= deadline {
            return Ok(Some(MoveRefusal::TooLate(deadline).to_string()));
        }
        for index in indexes {
            let past = deal.bot_first.saturating_add(deal.bot_size);
            if !(deal.bot_first..past).contains(index) {
                return Ok(Some(format!("the deal has the tasks {} to {past}, not {index}", deal.bot_first)));
            }
            let task = self.task(TaskId::new(id, U256::from(*index))).await?;
            if task.status != TaskStatus::Unset {
                return Ok(Some(format!("task {} is {:?} already", task.id, task.status)));
            }
        }
        Ok(None)
    }

    async fn why_not_contribute(&self, wallet: Address, id: TaskId) -> Result<Option<String>, ChainError> {
        let (task, own, account) =
            tokio::try_join!(self.task(id), self.contribution(id, wallet), self.account(wallet))?;
        if task.status == TaskStatus::Unset {
            return Ok(Some(MoveRefusal::NotYet(task.status).to_string()));
        }
        let deal = self.deal(task.deal).await?;
        let candidate = Candidate {
            own: own.status,
            enclave: Address::ZERO,
            tag: Tag(deal.tag),
            free: Nrlc(account.stake_nrlc),
            stake: Nrlc(deal.worker_stake_nrlc),
        };
        let refusal = task.facts().may_contribute(self.head().timestamp, &candidate).err();
        let left = "the authorization is not of this worker, task and workerpool";
        Ok(Some(refusal.map_or_else(|| left.into(), |refusal| refusal.to_string())))
    }

    async fn why_not_reveal(
        &self,
        asked: (TaskId, Address, ResultDigest),
    ) -> Result<Option<String>, ChainError> {
        let (id, wallet, _) = asked;
        let (task, own) = tokio::try_join!(self.task(id), self.contribution(id, wallet))?;
        let own = Contributed { status: own.status, hash: own.hash, seal: own.seal };
        let consensus = task.consensus.unwrap_or(ResultHash(B256::ZERO));
        let refusal = task.facts().may_reveal(self.head().timestamp, &own, consensus, asked).err();
        Ok(refusal.map(|refusal| refusal.to_string()))
    }

    /// For what only the owner of the deal's workerpool may do.
    async fn why_not_as_scheduler(
        &self,
        wallet: Address,
        id: TaskId,
        may: impl Fn(&TaskFacts, u64) -> Result<(), MoveRefusal>,
    ) -> Result<Option<String>, ChainError> {
        let task = self.task(id).await?;
        if let Err(refusal) = may(&task.facts(), self.head().timestamp) {
            return Ok(Some(refusal.to_string()));
        }
        let scheduler = self.deal(task.deal).await?.workerpool.owner;
        Ok((scheduler != wallet)
            .then(|| format!("only the workerpool's owner at the match, {scheduler}, may")))
    }

    async fn why_not_claim(&self, id: TaskId) -> Result<Option<String>, ChainError> {
        let task = self.task(id).await?;
        Ok(task.facts().may_claim(self.head().timestamp).err().map(|refusal| refusal.to_string()))
    }
}
