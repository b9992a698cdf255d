//! One attempt at a task: from the chain's word of it, or from the ledger's, to its end.

use super::board::{Board, Pending};
use super::intake::Intake;
use super::reserve::Reserve;
use super::unsettled::Unsettled;
use super::{PoolLink, WorkerError, means};
use crate::observe;
use crate::poco::{Class, Fault, TaskId, TaskStatus};
use crate::task::{Accepted, End, Job, News, Own, Runner, State, TaskError, Terms, Tools, refusal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a task that cannot be taken now is left alone, unless the chain has news of it.
const LATER: Duration = Duration::from_secs(5);

/// What became of one attempt at a task.
pub(super) struct Outcome {
    pub(super) task: TaskId,
    pub(super) result: Result<Taken, WorkerError>,
}

pub(super) enum Taken {
    /// It is over; `settles` when a reorganisation may take that back.
    Ended { settles: bool },
    /// Nothing can take its end back.
    Settled,
    /// Another time, perhaps.
    Later(String),
    /// Not this one.
    No(String),
}

/// What all attempts of a worker share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) tools: Arc<Tools>,
    pub(super) link: Arc<dyn PoolLink>,
    pub(super) terms: Terms,
    pub(super) slots: Arc<Semaphore>,
    pub(super) slot_count: usize,
    pub(super) reserve: Reserve,
    pub(super) intake: Arc<Mutex<Intake>>,
    pub(super) unsettled: Unsettled,
    pub(super) board: Board,
    /// Nothing new is taken any more.
    pub(super) stop: CancellationToken,
    /// What is under way is left as it is.
    pub(super) park: CancellationToken,
}

impl Shared {
    /// Counts a failure of ours.
    pub(super) fn failed(&self, own: Own) {
        let now = Instant::now();
        let shut = self.intake.lock().unwrap_or_else(PoisonError::into_inner).failed(own, now);
        if let Some(pause) = shut {
            observe::intake_shut(self.tools.wallet, &own, pause);
        }
    }

    fn hear(&self, task: TaskId, news: News) {
        let wallet = self.tools.wallet;
        match news {
            News::Entered { state, due } => {
                // The ledger has it now, so that it need not be found on chain again.
                self.unsettled.settle(task);
                self.board.put(Pending { wallet, task, state, due });
            }
            News::Computed => {
                if self.intake.lock().unwrap_or_else(PoisonError::into_inner).computed() {
                    observe::intake_open(wallet);
                }
            }
            News::Staked => self.reserve.release(task),
            News::Failed(own) => self.failed(own),
        }
    }
}

/// One attempt at a task.
pub(super) struct Attempt {
    pub(super) shared: Shared,
    pub(super) task: TaskId,
    pub(super) wake: watch::Receiver<u64>,
    pub(super) slot: Option<OwnedSemaphorePermit>,
}

impl Attempt {
    /// Takes a task that the chain has told of.
    pub(super) async fn take(mut self) -> Outcome {
        let task = self.task;
        let result = match self.try_take().await {
            Ok(Taken::Later(why)) => {
                // The slot is free for others while this one waits.
                self.slot = None;
                self.shared.reserve.release(task);
                self.wait().await;
                Ok(Taken::Later(why))
            }
            Err(error)
                if error.class() == Class::Retry
                    && !matches!(error, WorkerError::Task(TaskError::Stopping)) =>
            {
                if let Some(own) = error.own() {
                    self.shared.failed(own);
                }
                self.slot = None;
                self.shared.reserve.release(task);
                self.wait().await;
                Ok(Taken::Later(error.to_string()))
            }
            Err(error) if error.class() == Class::GiveUp => {
                // It is looked at again, but not in a hot loop.
                self.slot = None;
                self.wait().await;
                Err(error)
            }
            other => other,
        };
        Outcome { task, result }
    }

    /// Until there is news of the task, or for a while.
    async fn wait(&mut self) {
        tokio::select! {
            biased;
            () = self.shared.stop.cancelled() => {}
            _ = self.wake.changed() => {}
            () = tokio::time::sleep(LATER) => {}
        }
    }

    async fn try_take(&mut self) -> Result<Taken, WorkerError> {
        let (tools, task) = (self.shared.tools.clone(), self.task);
        match Runner::stored(&tools, task).await? {
            None => {}
            Some(State::Ended(end)) => {
                return Ok(Taken::No(format!("this wallet has it {} already", end.name())));
            }
            Some(_) => return self.try_resume().await,
        }
        let on_chain = tools.chain.task(task).await?;
        match on_chain.status {
            TaskStatus::Active => {}
            TaskStatus::Unset => return Ok(Taken::Later("the endpoint does not know it yet".into())),
            status => return Ok(Taken::No(format!("it is {status:?}"))),
        }
        let computing =
            self.shared.slot_count - self.shared.slots.available_permits().min(self.shared.slot_count);
        // Asked side by side, so that a chain that takes several questions at once is asked once.
        let (job, account, means) = tokio::join!(
            Job::read(tools.chain.as_ref(), &on_chain),
            tools.chain.account(tools.wallet),
            means::check(&tools, computing.max(1)),
        );
        let (job, account) = (job?, account?);
        let now = tools.chain.head().timestamp;
        let refused =
            refusal(&job.deal, job.timeref, job.contribution_deadline, &account, &self.shared.terms, now);
        let refused = match refused {
            Some(refused) => Some(refused),
            None => job.asks(tools.engine.as_ref()).err(),
        };
        if let Some(refused) = refused {
            let end = End::Refused { code: refused.code().into(), reason: refused.to_string() };
            return self.finish(job, State::Ended(end)).await;
        }
        means?;
        if !self.shared.reserve.take(task, job.deal.worker_stake_nrlc, account.stake_nrlc) {
            return Ok(Taken::Later("the free stake is spoken for by other tasks".into()));
        }
        // The hub takes the leave of whoever owned the workerpool at the match.
        match self.shared.link.authorize(task, job.deal.workerpool.owner).await {
            Ok(_) if self.shared.stop.is_cancelled() => Ok(Taken::Later("the worker is stopping".into())),
            Ok(given) => {
                let accepted = Accepted { authorization: given.signature };
                self.finish(job, State::Accepted(accepted)).await
            }
            Err(error @ WorkerError::PoolDenied { retry: false, .. }) => Ok(Taken::No(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Goes on with a task that the ledger has.
    pub(super) async fn resume(mut self) -> Outcome {
        let task = self.task;
        let result = self.try_resume().await;
        Outcome { task, result }
    }

    async fn try_resume(&mut self) -> Result<Taken, WorkerError> {
        let Some(state) = Runner::stored(&self.shared.tools, self.task).await? else {
            return Ok(Taken::No("the ledger has no such task".into()));
        };
        let job = loop {
            let reading = async {
                let task = self.shared.tools.chain.task(self.task).await?;
                Job::read(self.shared.tools.chain.as_ref(), &task).await
            };
            match reading.await {
                Ok(job) => break job,
                Err(error) if error.class() == Class::Retry => {
                    observe::worker_failed(self.shared.tools.wallet, "reading a task", &error);
                    self.wait().await;
                    if self.shared.stop.is_cancelled() {
                        return Err(TaskError::Stopping.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
        let computes = matches!(state, State::Accepted(_) | State::Prepared(_) | State::Ran(_));
        if computes && self.slot.is_none() {
            let slots = self.shared.slots.clone();
            self.slot = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => return Err(TaskError::Stopping.into()),
                slot = slots.acquire_owned() => slot.ok(),
            };
        }
        self.finish(job, state).await
    }

    /// Runs the task to its end; whoever waits for it hears when it ends badly.
    async fn finish(&mut self, job: Job, state: State) -> Result<Taken, WorkerError> {
        let Shared { tools, park, .. } = &self.shared;
        let (shared, task) = (self.shared.clone(), self.task);
        let runner = Runner::new(tools.clone(), job, self.wake.clone(), park.clone())
            .releasing(self.slot.take(), move |news| shared.hear(task, news));
        let end = runner.run(state).await?;
        let told = match &end {
            End::Refused { code, reason } | End::Failed { code, reason, .. } => {
                self.shared.link.report(self.task, code.clone(), reason.clone()).await
            }
            _ => Ok(()),
        };
        if let Err(error) = told {
            observe::worker_failed(self.shared.tools.wallet, "telling the pool", &error);
        }
        Ok(Taken::Ended { settles: end.is_the_chains() })
    }
}
