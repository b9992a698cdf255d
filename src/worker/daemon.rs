//! The daemon's loop.

use super::reserve::Reserve;
use super::{PoolLink, WorkerError, leftovers};
use crate::chain::{Event, Follower, Happening, Scope};
use crate::dapp::{self, DappError, Request};
use crate::observe;
use crate::poco::{Class, Fault, TaskId, TaskStatus};
use crate::task::{Accepted, End, Job, Refusal, Runner, State, TaskError, Terms, Tools, refusal};
use alloy::primitives::Address;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a task that cannot be taken now is left alone, unless the chain has news of it.
const LATER: Duration = Duration::from_secs(5);

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
    tools: Arc<Tools>,
    link: Arc<dyn PoolLink>,
    settings: WorkerSettings,
    slots: Arc<Semaphore>,
    reserve: Reserve,
    rings: HashMap<TaskId, watch::Sender<u64>>,
    candidates: VecDeque<TaskId>,
    under_way: JoinSet<Outcome>,
}

/// What became of one attempt at a task.
struct Outcome {
    task: TaskId,
    result: Result<Taken, WorkerError>,
}

enum Taken {
    Ended,
    /// Another time, perhaps.
    Later(String),
    /// Not this one.
    No(String),
}

impl Worker {
    /// A worker with these tools; `link` is the pool's.
    pub fn new(tools: Arc<Tools>, link: Arc<dyn PoolLink>, settings: WorkerSettings) -> Self {
        let slots = Arc::new(Semaphore::new(settings.slots.max(1)));
        Self {
            tools,
            link,
            settings,
            slots,
            reserve: Reserve::default(),
            rings: HashMap::new(),
            candidates: VecDeque::new(),
            under_way: JoinSet::new(),
        }
    }

    /// Runs until told to stop. What is under way then is parked: the ledger has it.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), WorkerError> {
        let resumed = self.resume(&stop).await?;
        observe::worker_started(self.tools.wallet, self.settings.workerpool, self.settings.slots, resumed);
        let cursor = self.tools.ledger.cursor(self.cursor_name()).await?;
        let from = cursor.unwrap_or(self.settings.start_block);
        let scope = Scope::Workerpool(self.settings.workerpool);
        let mut stretches = Follower::new(self.tools.chain.clone(), scope, from).spawn(stop.clone());
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                stretch = stretches.recv() => {
                    let Some(stretch) = stretch.transpose()? else { break };
                    if stretch.reverted_from.is_some() {
                        // What a task knows of the chain may not hold any more; each looks again for itself.
                        self.rings.values().for_each(|ring| ring.send_modify(|news| *news += 1));
                    }
                    for event in &stretch.events {
                        self.note(event);
                    }
                    // After a restart the tasks that the ledger does not have yet are found again from here: those still
                    // to be looked at, and those that are being looked at.
                    if self.candidates.is_empty() && self.rings.is_empty() {
                        self.tools.ledger.set_cursor(self.cursor_name(), stretch.next_block).await?;
                    }
                }
                Some(joined) = self.under_way.join_next() => {
                    if let Ok(outcome) = joined {
                        self.ended(outcome)?;
                    }
                }
                Ok(slot) = self.slots.clone().acquire_owned(), if !self.candidates.is_empty() => {
                    self.take_next(slot, &stop);
                }
            }
        }
        while let Some(joined) = self.under_way.join_next().await {
            if let Ok(outcome) = joined {
                self.ended(outcome)?;
            }
        }
        Ok(())
    }

    fn cursor_name(&self) -> String {
        format!("worker {} {}", self.settings.workerpool, self.tools.wallet)
    }

    /// Takes up what the ledger has.
    async fn resume(&mut self, stop: &CancellationToken) -> Result<usize, WorkerError> {
        let rows = self.tools.ledger.unfinished(self.tools.wallet).await?;
        let going_on: HashSet<TaskId> = rows.iter().map(|row| row.task).collect();
        leftovers::sweep(&self.tools, &going_on).await;
        for row in &rows {
            let attempt = self.attempt(row.task, stop, None);
            self.under_way.spawn(attempt.resume());
        }
        Ok(rows.len())
    }

    fn note(&mut self, event: &Event) {
        let Some(task) = event.what.task() else { return };
        match &event.what {
            Happening::Initialized { workerpool, .. } if *workerpool == self.settings.workerpool => {
                if !self.rings.contains_key(&task) {
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
    fn take_next(&mut self, slot: OwnedSemaphorePermit, stop: &CancellationToken) {
        let Some(task) = self.candidates.pop_front() else { return };
        if !self.rings.contains_key(&task) {
            let attempt = self.attempt(task, stop, Some(slot));
            self.under_way.spawn(attempt.take());
        }
    }

    fn attempt(
        &mut self,
        task: TaskId,
        stop: &CancellationToken,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Attempt {
        let (ring, wake) = watch::channel(0);
        self.rings.insert(task, ring);
        Attempt {
            tools: self.tools.clone(),
            link: self.link.clone(),
            terms: self.settings.terms.clone(),
            reserve: self.reserve.clone(),
            slots: self.slots.clone(),
            task,
            wake,
            slot,
            stop: stop.clone(),
        }
    }

    fn ended(&mut self, outcome: Outcome) -> Result<(), WorkerError> {
        let Outcome { task, result } = outcome;
        let wallet = self.tools.wallet;
        self.reserve.release(task);
        self.rings.remove(&task);
        match result {
            Ok(Taken::Ended) => {}
            Ok(Taken::No(why)) => observe::task_dropped(wallet, task, &why),
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

/// Whether what is asked can be understood and may be done.
fn asked(request: &Request) -> Result<(), DappError> {
    dapp::check_kind(&request.app)?;
    dapp::contract_for(request).plan(request).map(drop)
}

/// One attempt at a task.
struct Attempt {
    tools: Arc<Tools>,
    link: Arc<dyn PoolLink>,
    terms: Terms,
    reserve: Reserve,
    slots: Arc<Semaphore>,
    task: TaskId,
    wake: watch::Receiver<u64>,
    slot: Option<OwnedSemaphorePermit>,
    stop: CancellationToken,
}

impl Attempt {
    /// Takes a task that the chain has told of.
    async fn take(mut self) -> Outcome {
        let task = self.task;
        let result = match self.try_take().await {
            Ok(Taken::Later(why)) => {
                // The slot is free for others while this one waits.
                self.slot = None;
                self.reserve.release(task);
                self.wait().await;
                Ok(Taken::Later(why))
            }
            Err(error) if error.class() == Class::Retry => {
                self.slot = None;
                self.reserve.release(task);
                self.wait().await;
                Ok(Taken::Later(error.to_string()))
            }
            other => other,
        };
        Outcome { task, result }
    }

    /// Until there is news of the task, or for a while.
    async fn wait(&mut self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            _ = self.wake.changed() => {}
            () = tokio::time::sleep(LATER) => {}
        }
    }

    async fn try_take(&mut self) -> Result<Taken, WorkerError> {
        let (tools, task) = (self.tools.clone(), self.task);
        if let Some(state) = Runner::stored(&tools, task).await? {
            return Ok(Taken::No(format!("this wallet has it {} already", state.name())));
        }
        let on_chain = tools.chain.task(task).await?;
        match on_chain.status {
            TaskStatus::Active => {}
            TaskStatus::Unset => return Ok(Taken::Later("the endpoint does not know it yet".into())),
            status => return Ok(Taken::No(format!("it is {status:?}"))),
        }
        let job = Job::read(tools.chain.as_ref(), &on_chain).await?;
        let account = tools.chain.account(tools.wallet).await?;
        let now = tools.chain.head().timestamp;
        let refused = refusal(&job.deal, job.timeref, job.contribution_deadline, &account, &self.terms, now);
        let refused = match refused {
            Some(refused) => Some(refused),
            None => asked(&job.request).err().map(Refusal::from),
        };
        if let Some(refused) = refused {
            let end = End::Refused { code: refused.code().into(), reason: refused.to_string() };
            return self.finish(job, State::Ended(end)).await;
        }
        if !self.reserve.take(task, job.deal.worker_stake_nrlc, account.stake_nrlc) {
            return Ok(Taken::Later("the free stake is spoken for by other tasks".into()));
        }
        let owner = tools.chain.owner(job.deal.workerpool.pointer).await?;
        match self.link.authorize(task, owner).await {
            Ok(given) => {
                let accepted = Accepted { authorization: given.signature };
                self.finish(job, State::Accepted(accepted)).await
            }
            Err(error @ WorkerError::PoolDenied { retry: false, .. }) => Ok(Taken::No(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Goes on with a task that the ledger has.
    async fn resume(mut self) -> Outcome {
        let task = self.task;
        let result = self.try_resume().await;
        Outcome { task, result }
    }

    async fn try_resume(&mut self) -> Result<Taken, WorkerError> {
        let Some(state) = Runner::stored(&self.tools, self.task).await? else {
            return Ok(Taken::No("the ledger has no such task".into()));
        };
        let job = loop {
            let reading = async {
                let task = self.tools.chain.task(self.task).await?;
                Job::read(self.tools.chain.as_ref(), &task).await
            };
            match reading.await {
                Ok(job) => break job,
                Err(error) if error.class() == Class::Retry => {
                    observe::worker_failed(self.tools.wallet, "reading a task", &error);
                    self.wait().await;
                    if self.stop.is_cancelled() {
                        return Err(TaskError::Stopping.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        };
        if matches!(state, State::Accepted(_) | State::Prepared(_) | State::Ran(_)) {
            let slots = self.slots.clone();
            self.slot = tokio::select! {
                () = self.stop.cancelled() => return Err(TaskError::Stopping.into()),
                slot = slots.acquire_owned() => slot.ok(),
            };
        }
        self.finish(job, state).await
    }

    /// Runs the task to its end; whoever waits for it hears when it ends badly.
    async fn finish(&mut self, job: Job, state: State) -> Result<Taken, WorkerError> {
        let reserve = self.reserve.clone();
        let runner = Runner::new(self.tools.clone(), job, self.wake.clone(), self.stop.clone())
            .releasing(self.slot.take(), move |task| reserve.release(task));
        let end = runner.run(state).await?;
        let told = match &end {
            End::Refused { code, reason } | End::Failed { code, reason, .. } => {
                self.link.report(self.task, code.clone(), reason.clone()).await
            }
            _ => Ok(()),
        };
        if let Err(error) = told {
            observe::worker_failed(self.tools.wallet, "telling the pool", &error);
        }
        Ok(Taken::Ended)
    }
}
