//! An engine or a registry that fails is no fault of the dapp: it is asked again for as long as a contribution could still be
//! in time, and for so many times where the engine itself is there.

use crate::container::ContainerError;
use crate::poco::{Class, Fault};
use crate::task::TaskError;
use crate::task::runner::Runner;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// How long an engine that failed is left alone.
const REST: Duration = Duration::from_secs(2);
/// How often an engine that is there may fail at one task.
const FAILURES: u32 = 5;

/// Asks until the engine answers, or says no, or it is too late, or the worker stops.
pub(super) async fn patiently<'a, T>(
    runner: &Runner,
    ask: impl Fn() -> BoxFuture<'a, Result<T, ContainerError>>,
) -> Result<T, TaskError> {
    loop {
        let answer = tokio::select! {
            biased;
            () = runner.stop.cancelled() => return Err(TaskError::Stopping),
            answer = ask() => answer,
        };
        let error = match answer {
            Err(error) if may_pass(&error) => error,
            answer => return Ok(answer?),
        };
        let error = TaskError::from(error);
        runner.failed(&error);
        let there = runner.tools.engine.version().await.is_ok();
        let too_often = there && runner.engine_failed() >= FAILURES;
        if too_often || runner.is_too_late() {
            return Err(error);
        }
        tracing::warn!(task = %runner.job.task, %error, "the engine is asked again");
        runner.rest(REST).await?;
    }
}

/// Whether the same question may have another answer. What became of a run that is gone has none: it is made anew.
fn may_pass(error: &ContainerError) -> bool {
    error.class() == Class::Retry && !matches!(error, ContainerError::Gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::ImageRef;

    #[test]
    fn what_may_pass_is_told_by_its_class() {
        let reference = || ImageRef::new("acme/x:1");
        assert!(may_pass(&ContainerError::RegistryAway { reference: reference(), source: None }));
        assert!(may_pass(&ContainerError::PullStalled { reference: reference(), seconds: 60 }));
        for error in [
            ContainerError::Gone,
            ContainerError::Undead,
            ContainerError::NotStarted { reason: "no such file".into() },
            ContainerError::RuntimeMissing { name: "x".into(), known: "runc".into() },
        ] {
            assert!(!may_pass(&error), "{error}");
        }
    }
}
