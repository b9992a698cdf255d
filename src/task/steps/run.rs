//! Prepared → Ran: the container, from start to removal, or from where an earlier life left it. Only a clean exit goes
//! on. A stop leaves the container running: it is found again.

use super::Step;
use super::engine::patiently;
use super::prepare::blocking;
use crate::container::policy::Party;
use crate::container::{
    self, Bend, ContainerError, FailedRun, Labels, Limits, Outcome, RunSpec, SandboxUser,
};
use crate::task::error::not_let_through;
use crate::task::runner::Runner;
use crate::task::{Prepared, Ran, State, TaskError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(in crate::task) async fn run(runner: &Runner, prepared: Prepared) -> Step {
    let Prepared { accepted, image, launch, baseline } = prepared;
    let wall_clock = Duration::from_secs(runner.job.timeref);
    let spec = RunSpec {
        labels: Labels { task: runner.job.task.to_string(), worker: runner.tools.label() },
        app: Party::of(runner.job.deal.app.pointer),
        image,
        launch: launch.clone(),
        area: runner.area.clone(),
        user: SandboxUser::of_this_host(),
        limits: Limits { wall_clock, ..runner.tools.container_limits.clone() },
        measured: false,
        bend: Bend::default(),
    };
    let never = CancellationToken::new();
    let outcome = match patiently(runner, || runner.tools.engine.run(&spec, &never)).await {
        Ok(outcome) => outcome,
        Err(TaskError::Container(gone @ ContainerError::Gone)) => {
            return Ok((State::Accepted(accepted), format!("{gone}; once more from the start")));
        }
        Err(error) => return Err(error),
    };
    match outcome.verdict() {
        Ok(()) => {
            let Outcome { stdout_truncated: stdout_cut, stderr_truncated: stderr_cut, duration, .. } =
                outcome;
            let refused = not_let_through(&outcome.refused);
            let ran = Ran { accepted, launch, baseline, stdout_cut, stderr_cut };
            Ok((State::Ran(ran), format!("the dapp ran {:.1} s{refused}", duration.as_secs_f64())))
        }
        Err(FailedRun::Cancelled) => Err(TaskError::Stopping),
        Err(failed) => {
            let stderr = last_words(runner).await?;
            Err(TaskError::Run { failed, refused: outcome.refused, stderr })
        }
    }
}

async fn last_words(runner: &Runner) -> Result<String, TaskError> {
    let area = runner.area.clone();
    blocking(move || container::last_words(&area)).await?.map_err(TaskError::Folder)
}
