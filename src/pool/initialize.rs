//! Deals become tasks: what a deal has bought is initialised, some tasks in one transaction.

use super::PoolError;
use super::daemon::Shared;
use super::reading::patiently;
use super::scheduler::{REST, ends};
use crate::chain::{Action, ChainError};
use crate::observe;
use crate::poco::{DealId, TaskId, TaskStatus};
use alloy::primitives::U256;
use std::sync::Arc;

/// How many tasks are initialised in one transaction: each takes some 250 000 gas.
const BATCH: usize = 20;

impl Shared {
    /// Initialises those tasks of a deal that are not, for as long as that makes sense: an endpoint may be away, or gas too
    /// dear for now. A deal that the chain does not know any more is told again when it is back.
    pub(super) async fn initialize(self: Arc<Self>, deal: DealId) -> Result<(), PoolError> {
        loop {
            match self.initialize_all(deal).await {
                Ok(count) => {
                    observe::deal_initialized(deal, count);
                    break;
                }
                Err(error) if ends(&error) => return Err(error),
                Err(error) => {
                    observe::pool_failed("initialize", &error);
                    if matches!(error, PoolError::Chain(ChainError::NotFound { .. })) {
                        break;
                    }
                }
            }
            tokio::time::sleep(REST).await;
        }
        self.book().deal_initialized(deal);
        Ok(())
    }

    async fn initialize_all(&self, id: DealId) -> Result<usize, PoolError> {
        let deal = patiently(|| self.chain.deal(id)).await?;
        let category = patiently(|| self.chain.category(deal.category)).await?;
        let deadlines = self.chain.config().deadlines(&deal, &category);
        if self.chain.head().timestamp >= deadlines.contribution {
            return Ok(0);
        }
        let mut unset = Vec::new();
        for index in deal.bot_first..deal.bot_first.saturating_add(deal.bot_size) {
            let task = TaskId::new(id, U256::from(index));
            let view = patiently(|| self.chain.task(task)).await?;
            if view.status == TaskStatus::Unset {
                unset.push(index);
            }
        }
        for indexes in unset.chunks(BATCH) {
            let action = Action::Initialize { deal: id, indexes: indexes.to_vec() };
            self.chain.act(self.key.address(), action).await?;
        }
        Ok(unset.len())
    }
}
