//! One run in the worker's own sandbox, and what came of it.
//!
//! The bench owns the scratch folder, in which every run has an area of its own, and the places on this host that are
//! free for containers. What a run leaves stays in its area until it is cleared.

use super::arrangement::{Arrangement, Layout};
use super::diff::Known;
use super::finding::Cause;
use super::{DeterminismError, Subject, stage};
use crate::container::policy::Party;
use crate::container::{
    self, Bend, ContainerError, Engine, FailedRun, Labels, Outcome, RunSpec, SandboxUser, shim,
};
use crate::dapp::{ProofRule, WorkArea};
use crate::inputs::apart;
use crate::results::{self, Baseline, Item, Left, Logs, Policy, Proof, ResultError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where a subject is run.
pub struct Bench<'a> {
    engine: &'a dyn Engine,
    subject: &'a Subject,
    policy: Policy,
    scratch: &'a Scratch,
    places: Semaphore,
    stop: &'a CancellationToken,
    began: Instant,
    runs: AtomicU32,
}

/// A run that is over.
#[derive(Debug)]
pub struct Ran {
    /// Its number, from 1.
    pub number: u32,
    /// Its start, since the bench's.
    pub started: Duration,
    /// How long the container ran.
    pub duration: Duration,
    /// The most memory it took, in bytes; unknown where it ended at once, or on an engine elsewhere.
    pub memory: Option<u64>,
    /// What came of it.
    pub verdict: Verdict,
    /// The folder that the dapp wrote to.
    pub outputs: PathBuf,
    /// What lay in it before.
    pub baseline: Baseline,
    /// Whether what it printed is whole.
    pub logs: Logs,
    /// What the dapp could see of its machine.
    pub known: Known,
    area: WorkArea,
}

/// What came of a run.
#[derive(Debug)]
pub enum Verdict {
    /// It has a digest.
    Proved(Proof),
    /// It ended well, and there is nothing to contribute.
    Unproved(ResultError),
    /// It did not end well.
    Failed {
        /// How it ended.
        failed: FailedRun,
        /// The last of what it printed on stderr.
        stderr: String,
        /// Whether it had written a `consensus.iexec` all the same.
        wrote: bool,
    },
    /// It does not start like that, for the engine or our own program in it.
    Refused(String),
}

/// A folder for one command; it is removed in the end unless it is to be kept.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
    keep: bool,
}

impl Scratch {
    /// Makes one where this system keeps what is passing.
    ///
    /// # Errors
    /// [`DeterminismError::Scratch`].
    pub fn new(keep: bool) -> Result<Self, DeterminismError> {
        let made = tempfile::Builder::new().prefix("poco-check-").tempdir();
        let failed = |source| DeterminismError::Scratch { path: std::env::temp_dir(), source };
        Ok(Self { root: made.map_err(failed)?.keep(), keep })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a subject's inputs lie.
    pub fn stock(&self) -> WorkArea {
        WorkArea::new(self.root.join("inputs"))
    }

    /// What this command's containers are labelled with.
    fn label(&self) -> String {
        self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = container::clear_area(&WorkArea::new(&self.root))
        {
            tracing::warn!(path = %self.root.display(), %error, "a scratch folder stays");
        }
    }
}

impl<'a> Bench<'a> {
    /// A bench on which at most `jobs` containers run side by side.
    pub fn new(
        engine: &'a dyn Engine,
        subject: &'a Subject,
        scratch: &'a Scratch,
        jobs: usize,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            engine,
            subject,
            policy: Policy::default(),
            scratch,
            places: Semaphore::new(jobs.max(1)),
            stop,
            began: Instant::now(),
            runs: AtomicU32::new(0),
        }
    }

    /// What is run.
    pub fn subject(&self) -> &Subject {
        self.subject
    }

    /// Where it works.
    pub fn scratch(&self) -> &Scratch {
        self.scratch
    }

    /// Since when it is there.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The next run, as a worker would make it.
    pub fn arrangement(&self) -> Arrangement {
        self.numbered(self.runs.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// A run that is never made.
    pub fn draft(&self) -> Arrangement {
        self.numbered(0)
    }

    fn numbered(&self, number: u32) -> Arrangement {
        let subject = self.subject;
        let area = WorkArea::new(self.scratch.root.join(format!("run-{number}")));
        let spec = RunSpec {
            labels: Labels { task: number.to_string(), worker: self.scratch.label() },
            app: Party::Unknown,
            image: subject.image.clone(),
            launch: subject.launch.clone(),
            area,
            user: SandboxUser::of_this_host(),
            limits: subject.limits.clone(),
            measured: true,
            bend: Bend::default(),
        };
        Arrangement { spec, layout: Layout { files: subject.inputs.len(), ..Layout::default() } }
    }

    /// Makes one run, as soon as there is a place for it, with the inputs of `stock`.
    ///
    /// # Errors
    /// What is no fault of the dapp's: [`DeterminismError::Scratch`], [`DeterminismError::Stopped`], and an engine that is
    /// away.
    pub async fn run(&self, arrangement: Arrangement, stock: &WorkArea) -> Result<Ran, DeterminismError> {
        let Arrangement { spec, layout } = arrangement;
        let number = spec.labels.task.parse().unwrap_or_default();
        let _place = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(DeterminismError::Stopped),
            place = self.places.acquire() => place,
        };
        let (area, outputs) = (spec.area.clone(), spec.area.folder(spec.launch.outputs));
        let (laid, stock) = (spec.clone(), stock.clone());
        let baseline = blocking(move || {
            stage::lay(&stock, &laid.area, &laid.launch, &layout)?;
            container::hand_over(&laid.area, &laid.launch.mounts, laid.user)?;
            Ok(Baseline::take(&laid.area.folder(laid.launch.outputs))?)
        })
        .await?;
        let started = self.began.elapsed();
        let known = known(&spec);
        let ran = |verdict, duration, memory, logs| Ran {
            number,
            started,
            duration,
            memory,
            verdict,
            outputs: outputs.clone(),
            baseline: baseline.clone(),
            logs,
            known: known.clone(),
            area: area.clone(),
        };
        let outcome = match self.engine.run(&spec, self.stop).await {
            Ok(outcome) => outcome,
            Err(error @ (ContainerError::NotStarted { .. } | ContainerError::Engine { .. })) => {
                let said = crate::poco::chain_of(&error);
                return Ok(ran(Verdict::Refused(said), Duration::ZERO, None, Logs::default()));
            }
            Err(error) => return Err(error.into()),
        };
        let Outcome {
            duration, peak_memory, stdout_truncated: stdout_cut, stderr_truncated: stderr_cut, ..
        } = outcome;
        let logs = Logs { stdout_cut, stderr_cut };
        let over = ran(Verdict::Unproved(ResultError::Nothing), duration, peak_memory, logs);
        let (policy, rule, shimmed) = (self.policy, spec.launch.proof, !spec.bend.wrap.is_empty());
        match outcome.verdict() {
            Err(FailedRun::Cancelled) => Err(DeterminismError::Stopped),
            verdict => {
                let over = blocking(move || over.judge(verdict.err(), rule, &policy)).await?;
                let verdict = if shimmed { unless_unvaried(over.verdict) } else { over.verdict };
                Ok(Ran { verdict, ..over })
            }
        }
    }

    /// Removes every container of this command, whatever it does.
    ///
    /// # Errors
    /// The engine's.
    pub async fn sweep(&self) -> Result<(), DeterminismError> {
        self.engine.sweep(&self.scratch.label(), None).await?;
        Ok(())
    }
}

impl Ran {
    /// The digest, if there is one.
    pub fn proof(&self) -> Option<&Proof> {
        match &self.verdict {
            Verdict::Proved(proof) => Some(proof),
            _ => None,
        }
    }

    /// How it ended, in words.
    pub fn end(&self) -> String {
        match &self.verdict {
            Verdict::Proved(_) | Verdict::Unproved(_) => "the dapp ended with status 0".into(),
            Verdict::Failed { failed, .. } => failed.to_string(),
            Verdict::Refused(_) => "not started".into(),
        }
    }

    /// What it left; for a thread that may block.
    pub fn left(&self) -> Left<'_> {
        Left { area: &self.area, outputs: &self.outputs, baseline: &self.baseline, logs: self.logs }
    }

    /// Everything in the output folder; for a thread that may block.
    ///
    /// # Errors
    /// [`DeterminismError::Result`].
    pub fn items(&self) -> Result<Vec<Item>, DeterminismError> {
        Ok(results::listing(&self.left(), &Policy::default())?)
    }

    /// The run's own folder, with what it printed.
    pub fn area(&self) -> &WorkArea {
        &self.area
    }

    /// Removes what it left; for a thread that may block.
    ///
    /// # Errors
    /// [`ContainerError::Disk`].
    pub fn clear(&self) -> Result<(), DeterminismError> {
        Ok(container::clear_area(&self.area)?)
    }

    fn judge(
        mut self,
        failed: Option<FailedRun>,
        rule: ProofRule,
        policy: &Policy,
    ) -> Result<Self, DeterminismError> {
        self.verdict = match failed {
            Some(failed) => {
                let scratch = |source| DeterminismError::Scratch { path: self.area.stderr(), source };
                let stderr = container::last_words(&self.area).map_err(scratch)?;
                let proof = results::prove(&self.left(), ProofRule::Consensus { callback: false }, policy);
                let wrote = proof.is_ok_and(|proof| proof.rule == results::DigestRule::ConsensusFile);
                Verdict::Failed { failed, stderr, wrote }
            }
            None => match results::prove(&self.left(), rule, policy) {
                Ok(proof) => Verdict::Proved(proof),
                Err(error @ ResultError::Io { .. }) => return Err(error.into()),
                Err(error) => Verdict::Unproved(error),
            },
        };
        Ok(self)
    }
}

/// What our own program could not vary is no fault of the dapp's, which never began.
fn unless_unvaried(verdict: Verdict) -> Verdict {
    if let Verdict::Failed { failed: FailedRun::Status(status), stderr, .. } = &verdict
        && *status == i64::from(shim::FAILED)
        && let Some(said) = stderr.strip_prefix(shim::SAYS)
    {
        return Verdict::Refused(said.to_owned());
    }
    verdict
}

/// What a dapp can see of the machine that it is shown.
fn known(spec: &RunSpec) -> Known {
    #[expect(clippy::disallowed_methods, reason = "the very clock of this machine is what the dapp sees")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let started = now.ok().and_then(|since| i64::try_from(since.as_secs()).ok());
    let SandboxUser { uid, gid } = spec.user;
    let words = vec![
        (Cause::HostName, spec.bend.hostname.as_deref().unwrap_or(container::HOSTNAME).to_owned()),
        (Cause::User, uid.to_string()),
        (Cause::User, gid.to_string()),
    ];
    Known { words, started }
}

/// Copying, hashing and walking belong on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeterminismError> + Send + 'static,
) -> Result<T, DeterminismError> {
    match apart(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variation_that_could_not_be_made_is_no_failure_of_the_dapp() {
        let failed = |status, stderr: &str| {
            let failed = FailedRun::Status(status);
            unless_unvaried(Verdict::Failed { failed, stderr: stderr.into(), wrote: false })
        };
        let said = "poco shim: cannot change the personality: Invalid argument";
        assert!(matches!(failed(125, said), Verdict::Refused(why) if why.starts_with("cannot change")));
        assert!(matches!(failed(1, said), Verdict::Failed { .. }));
        assert!(matches!(failed(125, "out of paper"), Verdict::Failed { .. }));
    }
}
