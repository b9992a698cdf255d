//! The daemon's loop.

use super::attempt::{Attempt, Outcome, Shared, Taken};
use super::board::Board;
use super::intake::Intake;
use super::reserve::Reserve;
use super::unsettled::Unsettled;
use super::{PoolLink, WorkerError, means};
use crate::chain::{Event, Follower, Happening, Scope};
use crate::observe;
use crate::poco::{Class, Fault, TaskId};
use crate::task::{self, Own, TaskError, Terms, Tools};
use alloy::primitives::Address;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// After so many blocks more the end of a task stands: that deep no chain of PoCo is reorganised.
const DEEP: u64 = 48;
/// So long a parked task may take to come to a place where it can be left. Then it is left where it is, as a kill would
/// leave it: it may wait for a receipt, for the pool or for an endpoint that does not answer.
const PARKING: Duration = Duration::from_secs(5);

/// What a worker is run with, besides its tools.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// The workerpool whose tasks are taken.
    pub workerpool: Address,
    /// How many containers run side by side.
    pub slots: usize,
    /// What is asked of a deal.
    pub terms: Terms,
    /// The first block whose tasks are looked at when the ledger knows no later one.
    pub start_block: u64,
}

/// The operator's daemon, for one wallet.
pub struct Worker {
    shared: Shared,
    settings: WorkerSettings,
    grace: Duration,
    rings: BTreeMap<TaskId, watch::Sender<u64>>,
    candidates: VecDeque<TaskId>,
    /// Tasks whose end a reorganisation may take back, and the newest block when they ended.
    settling: BTreeMap<TaskId, u64>,
    under_way: JoinSet<Outcome>,
    looks: JoinSet<Option<Own>>,
}

impl Worker {
    /// A worker with these tools; `link` is the pool's.
    pub fn new(tools: Arc<Tools>, link: Arc<dyn PoolLink>, settings: WorkerSettings) -> Self {
        let slot_count = settings.slots.max(1);
        let shared = Shared {
            tools,
            link,
            terms: settings.terms.clone(),
            slots: Arc::new(Semaphore::new(slot_count)),
            slot_count,
            reserve: Reserve::default(),
            intake: Arc::default(),
            unsettled: Unsettled::default(),
            board: Board::default(),
            stop: CancellationToken::new(),
            park: CancellationToken::new(),
        };
        Self {
            shared,
            settings,
            grace: Duration::ZERO,
            rings: BTreeMap::new(),
            candidates: VecDeque::new(),
            settling: BTreeMap::new(),
            under_way: JoinSet::new(),
            looks: JoinSet::new(),
        }
    }

    /// Gives what is under way so much time once the worker is told to stop.
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Shows what is under way on `board`.
    pub fn on_board(mut self, board: Board) -> Self {
        self.shared.board = board;
        self
    }

    /// Runs until told to stop. What is under way then has the grace to end, and is parked after it: the ledger has it.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), WorkerError> {
        self.shared.stop = stop.clone();
        let resumed = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            resumed = self.resume() => resumed?,
        };
        let (wallet, workerpool) = (self.shared.tools.wallet, self.settings.workerpool);
        observe::worker_started(wallet, workerpool, self.settings.slots, resumed);
        let cursor_name = format!("worker {workerpool} {wallet}");
        let cursor = self.shared.tools.ledger.cursor(cursor_name.clone()).await?;
        let from = cursor.unwrap_or(self.settings.start_block);
        let scope = Scope::Workerpool(workerpool);
        let park = self.shared.park.clone();
        let mut stretches = Follower::new(self.shared.tools.chain.clone(), scope, from).spawn(park.clone());
        let _parks = park.clone().drop_guard();
        let mut over = std::pin::pin!(grace_over(stop.clone(), self.grace));
        loop {
            let stopping = stop.is_cancelled();
            if stopping && self.under_way.is_empty() {
                break;
            }
            let look_at = self.intake().look_at().filter(|_| !stopping && self.looks.is_empty());
            let room = !stopping && !self.candidates.is_empty() && self.intake().admits();
            tokio::select! {
                // In this order, so that the same events give the same run; what may never end comes last.
                biased;
                () = &mut over => break,
                () = stop.cancelled(), if !stopping => {}
                Some(joined) = self.under_way.join_next() => self.ended(joined?)?,
                Some(found) = self.looks.join_next() => self.looked(found.unwrap_or(Some(Own::Engine))),
                () = tokio::time::sleep_until(look_at.unwrap_or_else(Instant::now)), if look_at.is_some() => {
                    self.look();
                }
                Ok(slot) = self.shared.slots.clone().acquire_owned(), if room => self.take_next(slot),
                stretch = stretches.recv() => {
                    let Some(stretch) = stretch.transpose()? else { break };
                    if let Some(from) = stretch.reverted_from {
                        self.reverted(from);
                    }
                    self.settle();
                    for event in &stretch.events {
                        self.note(event);
                    }
                    let next = self.shared.unsettled.first().unwrap_or(stretch.next_block);
                    self.shared.tools.ledger.set_cursor(cursor_name.clone(), next.min(stretch.next_block)).await?;
                }
            }
        }
        park.cancel();
        if let Ok(parked) = tokio::time::timeout(PARKING, self.parked()).await {
            return parked;
        }
        self.under_way.shutdown().await;
        Ok(())
    }

    /// Until nothing is under way any more.
    async fn parked(&mut self) -> Result<(), WorkerError> {
        while let Some(joined) = self.under_way.join_next().await {
            self.ended(joined?)?;
        }
        Ok(())
    }

    fn intake(&self) -> MutexGuard<'_, Intake> {
        self.shared.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether what failed is well again.
    fn look(&mut self) {
        let tools = self.shared.tools.clone();
        self.looks.spawn(async move {
            let well = match means::engine(&tools).await {
                Ok(()) => means::check(&tools, 1).await,
                failed => failed,
            };
            // An endpoint that does not answer is not of our making; the task itself will wait for it.
            well.err().and_then(|error| error.own())
        });
    }

    fn looked(&self, found: Option<Own>) {
        self.intake().looked(found, Instant::now());
        observe::intake_looked(self.shared.tools.wallet, found);
    }

    /// Takes up what the ledger has.
    async fn resume(&mut self) -> Result<usize, WorkerError> {
        let rows = self.shared.tools.ledger.unfinished(self.shared.tools.wallet).await?;
        let going_on: HashSet<TaskId> = rows.iter().map(|row| row.task).collect();
        task::sweep(&self.shared.tools, &going_on).await;
        for row in &rows {
            let attempt = self.attempt(row.task, None);
            self.under_way.spawn(attempt.resume());
        }
        Ok(rows.len())
    }

    /// What a task knows of the chain from this block on may not hold any more; each looks again for itself.
    fn reverted(&mut self, from: u64) {
        self.rings.values().for_each(|ring| ring.send_modify(|news| *news += 1));
        if self.shared.stop.is_cancelled() {
            // The next start looks at these.
            return;
        }
        let undone = self.settling_since(|block| block >= from);
        for task in undone {
            let attempt = self.attempt(task, None);
            self.under_way.spawn(attempt.resume());
        }
    }

    /// Lets go of the tasks whose end stands.
    fn settle(&mut self) {
        let head = self.shared.tools.chain.head().number;
        for task in self.settling_since(|block| block.saturating_add(DEEP) <= head) {
            self.settling.remove(&task);
            let tools = self.shared.tools.clone();
            self.under_way.spawn(async move {
                let reason = format!("it stands under {DEEP} blocks");
                let settled = task::settle(&tools, task, &reason).await;
                Outcome { task, result: settled.map(|()| Taken::Settled).map_err(WorkerError::from) }
            });
        }
    }

    fn settling_since(&self, when: impl Fn(u64) -> bool) -> Vec<TaskId> {
        let found = self.settling.iter().filter(|(_, block)| when(**block));
        found.map(|(task, _)| *task).collect()
    }

    fn note(&mut self, event: &Event) {
        let Some(task) = event.what.task() else { return };
        match &event.what {
            Happening::Initialized { workerpool, .. } if *workerpool == self.settings.workerpool => {
                if !self.rings.contains_key(&task) {
                    self.shared.unsettled.see(task, event.block);
                    self.candidates.push_back(task);
                }
            }
            _ => {
                if let Some(ring) = self.rings.get(&task) {
                    ring.send_modify(|news| *news += 1);
                }
            }
        }
    }

    /// Gives a free slot to the task that came first.
    fn take_next(&mut self, slot: OwnedSemaphorePermit) {
        let Some(task) = self.candidates.pop_front() else { return };
        if !self.rings.contains_key(&task) {
            self.intake().took(task);
            let attempt = self.attempt(task, Some(slot));
            self.under_way.spawn(attempt.take());
        }
    }

    fn attempt(&mut self, task: TaskId, slot: Option<OwnedSemaphorePermit>) -> Attempt {
        let (ring, wake) = watch::channel(0);
        self.rings.insert(task, ring);
        self.settling.remove(&task);
        Attempt { shared: self.shared.clone(), task, wake, slot }
    }

    fn ended(&mut self, outcome: Outcome) -> Result<(), WorkerError> {
        let Outcome { task, result } = outcome;
        let wallet = self.shared.tools.wallet;
        self.shared.reserve.release(task);
        self.rings.remove(&task);
        self.intake().over(task);
        match result {
            Ok(Taken::Ended { settles }) => {
                self.shared.board.wipe(wallet, task);
                if settles {
                    self.settling.insert(task, self.shared.tools.chain.head().number);
                }
            }
            Ok(Taken::Settled) => {}
            Ok(Taken::No(why)) => {
                self.shared.unsettled.settle(task);
                observe::task_dropped(wallet, task, &why);
            }
            Ok(Taken::Later(why)) => {
                observe::task_dropped(wallet, task, &why);
                self.candidates.push_back(task);
            }
            Err(WorkerError::Task(TaskError::Stopping)) => {}
            Err(error) if error.class() == Class::Fatal => return Err(error),
            Err(error) => {
                observe::task_failed(wallet, task, &error);
                self.candidates.push_back(task);
            }
        }
        Ok(())
    }
}

/// Comes when the worker was told to stop and the grace has passed.
async fn grace_over(stop: CancellationToken, grace: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(grace).await;
}
