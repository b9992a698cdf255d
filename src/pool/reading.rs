//! What the book has of its tasks is read from the chain: a task that is new to it, one that has moved, and all that a
//! reorganisation may have changed.

use super::PoolError;
use super::book::Entry;
use super::daemon::Shared;
use super::scheduler::Acting;
use crate::chain::{ChainError, Event, Task};
use crate::observe;
use crate::poco::{ContributionStatus, DealId, ResultHash, TaskId, TaskStatus};
use alloy::primitives::Address;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How long an endpoint that fails or lags is left alone…
const BREATH: Duration = Duration::from_millis(500);
/// …and how often, before it is believed.
const TRIES: u32 = 10;

/// A task and the contributions to it that count.
type Found = (Task, Vec<(Address, ResultHash)>);

impl Shared {
    /// Takes a task of this pool into the book.
    pub(super) async fn adopt(&self, id: TaskId, block: u64) -> Result<(), PoolError> {
        if self.book().get(id).is_some() {
            return Ok(());
        }
        let task = match patiently(|| self.chain.task(id)).await {
            Ok(task) if task.status != TaskStatus::Unset => task,
            Ok(_) => return Err(PoolError::NotOurs(id)),
            Err(error) => return Err(error.into()),
        };
        let deal = patiently(|| self.chain.deal(task.deal)).await?;
        if deal.workerpool.pointer != self.settings.workerpool {
            return Err(PoolError::NotOurs(id));
        }
        self.book().insert(Entry::new(Arc::new(deal), task, block));
        Ok(())
    }

    /// Reads a task of the book again.
    pub(super) async fn refresh(&self, id: TaskId) {
        if self.book().get(id).is_none_or(Entry::over) {
            return;
        }
        match self.chain.task(id).await {
            Ok(task) => self.book().update(task),
            Err(error) => observe::pool_failed("viewTask", &error),
        }
    }

    /// Blocks have gone: what the book has of their tasks, and of all that are not over, is read anew.
    pub(super) async fn chain_reverted(self: &Arc<Self>, gone: &[Event], acting: &mut Acting) {
        let mut concerned: BTreeSet<TaskId> = gone.iter().filter_map(|event| event.what.task()).collect();
        concerned.extend(self.book().unfinished());
        let mut deals: BTreeMap<DealId, u64> = BTreeMap::new();
        for task in concerned {
            let Some((deal, block)) = self.rebuild(task).await else { continue };
            self.book().remove(task);
            let first = deals.entry(deal).or_insert(block);
            *first = block.min(*first);
        }
        // The initialisations went with the blocks. They may be mined again by themselves; if not, they are sent again.
        for (deal, block) in deals {
            self.book().deal_struck(deal, block);
            let shared = self.clone();
            acting.spawn(async move { shared.initialize(deal).await });
        }
    }

    /// Reads a task of the book and its contributions from the chain. Gives its deal, and the block the task was
    /// initialised in, when the chain does not know the task any more.
    pub(super) async fn rebuild(&self, id: TaskId) -> Option<(DealId, u64)> {
        let (deal, block) = self.book().get(id).map(|entry| (entry.deal.id, entry.block))?;
        match self.reread(id).await {
            Ok(Some((task, contributions))) => {
                let mut book = self.book();
                if let Some(entry) = book.get_mut(id) {
                    entry.rederive(contributions, task.consensus);
                }
                book.update(task);
                None
            }
            Ok(None) => Some((deal, block)),
            Err(error) => {
                observe::pool_failed("reading a task after a reorganisation", &error);
                None
            }
        }
    }

    /// A task and the contributions that count, as the chain has them now; none for a task that is not initialised.
    async fn reread(&self, id: TaskId) -> Result<Option<Found>, ChainError> {
        let task = patiently(|| self.chain.task(id)).await?;
        if task.status == TaskStatus::Unset {
            return Ok(None);
        }
        let mut contributions = Vec::new();
        for worker in &task.contributors {
            let made = patiently(|| self.chain.contribution(id, *worker)).await?;
            if !matches!(made.status, ContributionStatus::Unset | ContributionStatus::Rejected) {
                contributions.push((*worker, made.hash));
            }
        }
        Ok(Some((task, contributions)))
    }
}

/// Asks again while an endpoint fails or lags, for as long as a few blocks.
pub(super) async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, ChainError>
where
    F: Future<Output = Result<T, ChainError>>,
{
    let mut tries = 0;
    loop {
        match ask().await {
            Err(ChainError::Unavailable { .. } | ChainError::NotFound { .. }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(BREATH).await;
            }
            other => return other,
        }
    }
}
