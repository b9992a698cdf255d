//! The scheduler: events go into the book, and tasks are moved on by what the chain says of them.

use super::PoolError;
use super::book::Entry;
use super::book::Next;
use super::daemon::Shared;
use crate::chain::{Action, ChainError, Event, Follower, Happening, Scope};
use crate::observe;
use crate::poco::{TaskId, TaskStatus};
use alloy::primitives::Bytes;
use futures_util::future::{join_all, try_join_all};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often deadlines are looked at when nothing comes: no event, and no result.
const TICK: Duration = Duration::from_secs(1);

/// How often old results are looked for.
const TIDYING: Duration = Duration::from_secs(600);

/// How long what failed on chain is left alone.
pub(super) const REST: Duration = Duration::from_secs(2);

/// What is being done on chain; an error ends the pool.
pub(super) type Acting = JoinSet<Result<(), PoolError>>;

impl Shared {
    fn cursor_name(&self) -> String {
        format!("pool {}", self.settings.workerpool)
    }

    /// Moves tasks on until told to stop, at once whatever is being waited for: the cursor stays where all is told.
    pub(super) async fn schedule(self: Arc<Self>, stop: CancellationToken) -> Result<(), PoolError> {
        let mut acting = Acting::new();
        let ended = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.follow(&mut acting, stop.clone()) => ended,
        };
        // What was sent is on its way; its receipt is read from the chain after the restart.
        acting.shutdown().await;
        ended
    }

    async fn follow(self: &Arc<Self>, acting: &mut Acting, stop: CancellationToken) -> Result<(), PoolError> {
        let from = self.ledger.cursor(self.cursor_name()).await?.unwrap_or(self.settings.start_block);
        // Written before the first news: a life that is killed early must not let the next one begin at a later block.
        self.ledger.set_cursor(self.cursor_name(), from).await?;
        let scope = Scope::Workerpool(self.settings.workerpool);
        let mut stretches = Follower::new(self.chain.clone(), scope, from).spawn(stop);
        let mut tick = tokio::time::interval(TICK);
        // Not at once: until the chain was read the book does not know which tasks are not over.
        let mut tidying = tokio::time::interval_at(tokio::time::Instant::now() + TIDYING, TIDYING);
        loop {
            tokio::select! {
                stretch = stretches.recv() => {
                    let Some(stretch) = stretch.transpose()? else { return Ok(()) };
                    if stretch.reverted_from.is_some() {
                        self.chain_reverted(&stretch.reverted, acting).await;
                    }
                    self.take_in(stretch.events, acting).await?;
                    let safe = self.book().oldest_open().map_or(stretch.next_block, |open| open.min(stretch.next_block));
                    self.ledger.set_cursor(self.cursor_name(), safe).await?;
                }
                Some(done) = acting.join_next() => done.unwrap_or(Ok(()))?,
                () = self.received.notified() => {}
                _ = tick.tick() => {}
                _ = tidying.tick() => {
                    let shared = self.clone();
                    acting.spawn_blocking(move || {
                        shared.tidy();
                        Ok(())
                    });
                }
            }
            self.act_on_due(acting);
        }
    }

    /// Removes old results.
    fn tidy(&self) {
        #[expect(clippy::disallowed_methods, reason = "a file's age is told by the clock that dated it")]
        let now = std::time::SystemTime::now();
        let open = self.book().unfinished().into_iter().collect();
        match self.keep.tidy(&self.settings.keeping, &open, now) {
            Ok(tidied) => {
                if tidied.removed > 0 {
                    observe::results_removed(tidied.removed, tidied.removed_bytes);
                }
                if tidied.left_bytes > self.settings.keeping.bytes {
                    observe::results_too_large(tidied.left_bytes);
                }
            }
            Err(error) => observe::pool_failed("removing old results", &PoolError::Store(error)),
        }
    }

    /// Takes events into the book. What the chain says of their tasks is read side by side, of each task once: after an
    /// absence there may be many.
    async fn take_in(self: &Arc<Self>, events: Vec<Event>, acting: &mut Acting) -> Result<(), PoolError> {
        let ours = |what: &Happening| match what {
            Happening::Initialized { task, workerpool } if *workerpool == self.settings.workerpool => {
                Some(*task)
            }
            _ => None,
        };
        let new = events.iter().filter_map(|event| Some(self.adopt(ours(&event.what)?, event.block)));
        try_join_all(new).await?;
        let mut moved = BTreeSet::new();
        for event in events {
            moved.extend(self.note(event, acting).await);
        }
        join_all(moved.into_iter().map(|task| self.refresh(task))).await;
        Ok(())
    }

    /// Takes an event into the book; gives the task that is to be read again.
    async fn note(self: &Arc<Self>, event: Event, acting: &mut Acting) -> Option<TaskId> {
        match event.what {
            Happening::Notice { deal, workerpool } if workerpool == self.settings.workerpool => {
                self.book().deal_struck(deal, event.block);
                let shared = self.clone();
                acting.spawn(async move { shared.initialize(deal).await });
                None
            }
            // It was read when it came into the book.
            Happening::Initialized { .. } => None,
            Happening::Contributed { task, worker, hash } => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.contributed(worker, hash);
                }
                Some(task)
            }
            Happening::Consensus { task, hash } => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.agreed(hash);
                }
                Some(task)
            }
            Happening::Reopened(task) => {
                if let Some(entry) = self.book().get_mut(task) {
                    entry.reopened();
                }
                self.rebuild(task).await;
                None
            }
            other => other.task(),
        }
    }

    /// Starts what is due, each task's in a task of its own.
    fn act_on_due(self: &Arc<Self>, acting: &mut Acting) {
        let now = self.chain.head().timestamp;
        let due: Vec<(TaskId, Next)> = {
            let mut book = self.book();
            let due: Vec<_> = book
                .open()
                .map(|entry| {
                    let callback = self.callback(entry);
                    (entry.task.id, entry.next(now, self.keep.has(entry.task.id), &callback))
                })
                .filter(|(_, next)| *next != Next::Wait)
                .collect();
            for (task, _) in &due {
                if let Some(entry) = book.get_mut(*task) {
                    entry.busy = true;
                }
            }
            due
        };
        for (task, next) in due {
            let shared = self.clone();
            acting.spawn(async move {
                match shared.act(task, next).await {
                    Err(error) if ends(&error) => return Err(error),
                    Err(error) => {
                        observe::pool_failed("a task's transaction", &error);
                        tokio::time::sleep(REST).await;
                    }
                    Ok(()) => {}
                }
                shared.refresh(task).await;
                if let Some(entry) = shared.book().get_mut(task) {
                    entry.busy = false;
                }
                Ok(())
            });
        }
    }

    async fn act(&self, task: TaskId, next: Next) -> Result<(), PoolError> {
        let action = match next {
            Next::Wait => return Ok(()),
            Next::Finalize => {
                let callback = self.book().get(task).map(|entry| self.callback(entry)).unwrap_or_default();
                Action::Finalize { task, results: self.results(task), callback: callback.into() }
            }
            Next::Reopen => Action::Reopen(task),
            Next::Claim => Action::Claim(task),
        };
        let name = action.name();
        let receipt = self.chain.act(self.key.address(), action).await?;
        observe::pool_acted(task, name, receipt.block);
        Ok(())
    }

    /// The bytes for the callback of an entry's deal; none when it has none or they are not here yet.
    fn callback(&self, entry: &Entry) -> Vec<u8> {
        if entry.deal.callback.is_zero() || entry.task.status != TaskStatus::Revealing {
            return Vec::new();
        }
        std::fs::read(self.keep.callback(entry.task.id)).unwrap_or_default()
    }

    /// What finalize says of a result, spaced as the live network's schedulers write it.
    fn results(&self, task: TaskId) -> Bytes {
        format!(r#"{{ "storage": "http", "location": "{}" }}"#, self.location(task)).into_bytes().into()
    }
}

/// Whether nothing can be done on chain any more until somebody mends it: what is not written down is not sent.
pub(super) fn ends(error: &PoolError) -> bool {
    matches!(
        error,
        PoolError::Ledger(_)
            | PoolError::Chain(ChainError::Journal(_) | ChainError::Stopped(_) | ChainError::Signing { .. })
    )
}
