//! Moves one task from state to state; each state is in the ledger before anything is done in it.

use super::notes::Notes;
use super::state::Kept;
use super::{End, Job, Own, Stage, State, TaskError, steps};
use crate::chain::{Chain, ChainError};
use crate::container::{self, Engine};
use crate::dapp::WorkArea;
use crate::inputs::Supply;
use crate::ledger::{Inserted, Ledger, StoredTask};
use crate::poco::{Class, Fault, TaskId};
use crate::results::{self, ResultStore};
use alloy::primitives::Address;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

/// A task of which no event is seen is looked at this often all the same.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// After an endpoint failed it is left alone this long.
const BREATH: Duration = Duration::from_millis(500);

/// How long a disk that failed is left alone.
const DISK_REST: Duration = Duration::from_secs(5);
/// Seconds before the last moment for contributions at which nobody waits for engine or disk any more.
const MARGIN_SECONDS: u64 = 10;

/// How long a wallet without gas is left alone.
const GAS_REST: Duration = Duration::from_secs(5);

/// Rings whenever the chain has an event of the task.
pub type Wake = watch::Receiver<u64>;

/// Told of each state that a task enters: task, state, reason.
pub type Watcher = Arc<dyn Fn(TaskId, &State, &str) + Send + Sync>;

/// What a runner works with; shared by all tasks of one wallet.
pub struct Tools {
    /// The chain.
    pub chain: Arc<dyn Chain>,
    /// What runs containers.
    pub engine: Arc<dyn Engine>,
    /// What downloads and unpacks.
    pub supply: Supply,
    /// Where results go.
    pub store: Arc<dyn ResultStore>,
    /// The ledger.
    pub ledger: Ledger,
    /// Whose tasks these are; its key is the chain's.
    pub wallet: Address,
    /// Where the tasks' folders are made.
    pub workdir: PathBuf,
    /// Limits of containers; the wall clock is the category's.
    pub container_limits: container::Limits,
    /// What is taken as a proof.
    pub proof_policy: results::Policy,
    /// Told of each state that a task enters.
    pub watcher: Watcher,
}

impl Tools {
    /// What this worker's containers are labelled with. The work folder is part of it: one wallet may work for several
    /// chains on one machine, and whoever starts must not sweep away what another is running.
    pub fn label(&self) -> String {
        let folder = std::path::absolute(&self.workdir).unwrap_or_else(|_| self.workdir.clone());
        format!("{} {}", self.wallet, folder.display())
    }

    /// The folder of one task.
    pub fn area(&self, task: TaskId) -> WorkArea {
        WorkArea::new(self.workdir.join("tasks").join(format!("{task}-{}", self.wallet)))
    }
}

/// What a runner tells whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The task entered a state.
    Entered {
        /// The state's name.
        state: &'static str,
        /// By when the next thing must have happened on chain, in Unix seconds.
        due: u64,
    },
    /// The task has computed: engine and disk are well.
    Computed,
    /// The stake is locked, or never will be.
    Staked,
    /// Something of ours failed.
    Failed(Own),
}

/// The runner of one task.
pub struct Runner {
    pub(super) tools: Arc<Tools>,
    pub(super) job: Job,
    pub(super) area: WorkArea,
    pub(super) wake: Wake,
    pub(super) stop: CancellationToken,
    slot: Option<OwnedSemaphorePermit>,
    engine_failures: AtomicU32,
    /// What the ledger has of the task.
    kept: Option<Kept>,
    tell: Box<dyn Fn(News) + Send + Sync>,
}

impl Runner {
    /// A runner for `job`; `wake` rings on its events, `stop` parks it.
    pub fn new(tools: Arc<Tools>, job: Job, wake: Wake, stop: CancellationToken) -> Self {
        let area = tools.area(job.task);
        Self {
            tools,
            job,
            area,
            wake,
            stop,
            slot: None,
            engine_failures: AtomicU32::new(0),
            kept: None,
            tell: Box::new(|_| {}),
        }
    }

    /// Gives `slot` back once the task has computed; `tell` hears how it goes.
    pub fn releasing(
        mut self,
        slot: Option<OwnedSemaphorePermit>,
        tell: impl Fn(News) + Send + Sync + 'static,
    ) -> Self {
        self.slot = slot;
        self.tell = Box::new(tell);
        self
    }

    /// The state that the ledger has of a task; none when this wallet has never accepted it.
    pub async fn stored(tools: &Tools, task: TaskId) -> Result<Option<State>, TaskError> {
        let Some(kept) = kept(tools, task).await? else { return Ok(None) };
        let notes = match kept {
            Kept::Prepared(_) | Kept::Ran { .. } => {
                let area = tools.area(task);
                steps::blocking(move || Notes::read(&area)).await??
            }
            _ => None,
        };
        Ok(Some(kept.resume(notes)))
    }

    /// Goes on from `state` until the task has ended, or until told to stop: then the ledger has the rest.
    pub async fn run(mut self, state: State) -> Result<End, TaskError> {
        let mut state = state;
        self.enter(&state, "taken on").await?;
        loop {
            let (stage, stepping) = match state {
                State::Ended(end) => {
                    if matches!(self.kept, Some(Kept::Ended(_))) {
                        clear(&self.tools, self.job.task).await;
                    }
                    return Ok(end);
                }
                State::Accepted(accepted) => (Stage::Prepare, steps::prepare(&self, accepted).await),
                State::Prepared(prepared) => (Stage::Run, steps::run(&self, prepared).await),
                State::Ran(ran) => (Stage::Prove, steps::prove(&self, ran).await),
                State::Digested(digested) => {
                    (Stage::Contribute, steps::contribute(&mut self, digested).await)
                }
                State::Contributed(contributed) => {
                    (Stage::Reveal, steps::reveal(&mut self, contributed).await)
                }
                State::Revealed(revealed) => (Stage::Deliver, steps::deliver(&mut self, revealed).await),
            };
            let (next, reason) = match stepping {
                Ok(step) => step,
                Err(error) if stays(&error) => return Err(error),
                Err(error) if stage.computes() && error.own() == Some(Own::Disk) && !self.is_too_late() => {
                    state = self.again_with_room(error).await?;
                    continue;
                }
                Err(error) => {
                    self.failed(&error);
                    let reason = error.to_string();
                    let end = End::Failed { stage, code: error.code().into(), reason };
                    let reason = end.reason();
                    (State::Ended(end), reason)
                }
            };
            state = match self.enter(&next, &reason).await {
                Ok(()) => next,
                Err(error @ TaskError::SecondDigest { .. }) => {
                    let reason = error.to_string();
                    let end = State::Ended(End::Failed { stage, code: error.code().into(), reason });
                    self.enter(&end, &error.to_string()).await?;
                    end
                }
                Err(error) => return Err(error),
            };
        }
    }

    /// Puts a state into the ledger, then tells of it.
    async fn enter(&mut self, state: &State, reason: &str) -> Result<(), TaskError> {
        let kept = match (state, self.kept.take()) {
            (State::Ended(end), Some(before)) => before.ended(end.clone()),
            _ => state.kept(),
        };
        let row = self.row(state.name(), &kept)?;
        self.kept = Some(kept);
        match state {
            State::Digested(state) => {
                let entering = self.tools.ledger.enter_digested(row, reason.into(), state.digest);
                if let Inserted::Conflict(written) = entering.await? {
                    return Err(TaskError::SecondDigest { written, found: state.digest });
                }
            }
            State::Accepted(_) | State::Prepared(_) | State::Ran(_) => {
                self.tools.ledger.enter_unsigned(row, reason.into()).await?;
            }
            _ => self.tools.ledger.enter(row, reason.into()).await?,
        }
        (self.tools.watcher)(self.job.task, state, reason);
        let due = match state {
            State::Accepted(_) | State::Prepared(_) | State::Ran(_) | State::Digested(_) => {
                self.job.contribution_deadline
            }
            State::Contributed(_) | State::Revealed(_) | State::Ended(_) => self.job.final_deadline,
        };
        (self.tell)(News::Entered { state: state.name(), due });
        match state {
            State::Accepted(_) | State::Prepared(_) => {}
            State::Ran(_) => (self.tell)(News::Computed),
            State::Digested(_) => self.slot = None,
            State::Contributed(_) | State::Revealed(_) | State::Ended(_) => {
                self.slot = None;
                (self.tell)(News::Staked);
            }
        }
        Ok(())
    }

    /// A state as a row of the ledger.
    fn row(&self, state: &str, kept: &Kept) -> Result<StoredTask, TaskError> {
        Ok(StoredTask {
            wallet: self.tools.wallet,
            task: self.job.task,
            state: state.into(),
            body: serde_json::to_string(kept).map_err(TaskError::Row)?,
            finished: matches!(kept, Kept::Ended(_)),
            final_deadline: Some(self.job.final_deadline),
        })
    }

    /// The disk failed or is full: once there is room the task goes on from what the ledger has, as after a restart. What
    /// was written meanwhile is not believed.
    async fn again_with_room(&self, error: TaskError) -> Result<State, TaskError> {
        let needed = self.tools.container_limits.disk_bytes();
        tracing::warn!(task = %self.job.task, code = error.code(), %error, "once more when the disk has room");
        loop {
            self.failed(&error);
            self.rest(DISK_REST).await?;
            let free = container::free_bytes(&self.tools.workdir).map_err(TaskError::Folder);
            if self.is_too_late() || free.is_ok_and(|free| free.is_none_or(|free| free >= needed)) {
                break;
            }
        }
        // The task was entered before anything was done with it.
        let stored = Self::stored(&self.tools, self.job.task).await?;
        stored.ok_or_else(|| TaskError::Folder(std::io::ErrorKind::NotFound.into()))
    }

    /// Whether a contribution would hardly be in time any more.
    pub(super) fn is_too_late(&self) -> bool {
        self.tools.chain.head().timestamp + MARGIN_SECONDS >= self.job.contribution_deadline
    }

    /// Tells of a failure of ours; of one of the dapp's there is nothing to tell.
    pub(super) fn failed(&self, error: &TaskError) {
        if let Some(own) = error.own() {
            (self.tell)(News::Failed(own));
        }
    }

    /// Waits for gas. The wallet's owner may send some in time.
    pub(super) async fn without_gas(&self, error: ChainError) -> Result<(), TaskError> {
        let error = TaskError::from(error);
        self.failed(&error);
        tracing::warn!(task = %self.job.task, code = error.code(), help = error.help(), "{error}");
        self.rest(GAS_REST).await
    }

    /// Waits for an event of the task, or for a while.
    pub(super) async fn pause(&mut self) -> Result<(), TaskError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(TaskError::Stopping),
            ring = tokio::time::timeout(LOOK_AGAIN, self.wake.changed()) => {
                if matches!(ring, Ok(Err(_))) {
                    // Whoever rang has gone; look by the clock.
                    tokio::time::sleep(BREATH).await;
                }
                Ok(())
            }
        }
    }

    /// Leaves a failing peer alone for a moment.
    pub(super) async fn breathe(&self) -> Result<(), TaskError> {
        self.rest(BREATH).await
    }

    /// Lets some time pass.
    pub(super) async fn rest(&self, time: Duration) -> Result<(), TaskError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(TaskError::Stopping),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// Counts a failure of an engine that answers all the same, over all steps of this task.
    pub(super) fn engine_failed(&self) -> u32 {
        self.engine_failures.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Nothing can take the end of this task back any more: it is finished, and its folder goes.
pub async fn settle(tools: &Tools, task: TaskId, reason: &str) -> Result<(), TaskError> {
    let found = tools.ledger.task(tools.wallet, task).await?;
    if let Some(before) = found
        && let Kept::Settling { end, .. } = kept_in(&before)?
    {
        let state = end.name().into();
        let body = serde_json::to_string(&Kept::Ended(end)).map_err(TaskError::Row)?;
        let row = StoredTask { state, body, finished: true, ..before };
        tools.ledger.enter(row, reason.to_owned()).await?;
    }
    clear(tools, task).await;
    Ok(())
}

async fn kept(tools: &Tools, task: TaskId) -> Result<Option<Kept>, TaskError> {
    let found = tools.ledger.task(tools.wallet, task).await?;
    found.as_ref().map(kept_in).transpose()
}

fn kept_in(row: &StoredTask) -> Result<Kept, TaskError> {
    serde_json::from_str(&row.body).map_err(TaskError::Row)
}

/// Removes the task's folder. What cannot be removed is told and left: the task itself is over.
async fn clear(tools: &Tools, task: TaskId) {
    let area = tools.area(task);
    let cleared = steps::blocking(move || container::clear_area(&area)).await;
    if let Err(error) = cleared.and_then(|cleared| Ok(cleared?)) {
        tracing::warn!(%task, %error, "the task's folder stays");
    }
}

/// Whether an error says nothing of the task: it stays as the ledger has it, and the daemon stops.
fn stays(error: &TaskError) -> bool {
    match error {
        TaskError::Stopping | TaskError::Ledger(_) | TaskError::Row(_) => true,
        TaskError::Chain(error) => error.class() == Class::Fatal,
        _ => false,
    }
}
