//! Accepted → Prepared: image and inputs, side by side.

use super::Step;
use super::engine::patiently;
use crate::container::{self, SandboxUser};
use crate::dapp;
use crate::inputs;
use crate::results::Baseline;
use crate::task::notes::Notes;
use crate::task::runner::Runner;
use crate::task::{Accepted, Prepared, State, TaskError};

pub(in crate::task) async fn prepare(runner: &Runner, accepted: Accepted) -> Step {
    let (tools, request) = (&runner.tools, &runner.job.request);
    let contract = dapp::contract_for(request);
    let plan = contract.plan(request)?;
    // Whatever an earlier attempt left is no input, and its container's end says nothing of this one; what it has
    // downloaded in part is gone on with.
    let area = runner.area.clone();
    blocking(move || container::clear_but_downloads(&area)).await??;

    let wanted = runner.job.wanted(&plan);
    let image = patiently(runner, || tools.engine.image(&wanted));
    let files = async {
        tools.supply.gather(&plan.inputs, &runner.area, &runner.stop).await.map_err(TaskError::from)
    };
    let (image, (fetched, placed)) = tokio::select! {
        biased;
        () = runner.stop.cancelled() => return Err(TaskError::Stopping),
        both = async { tokio::try_join!(image, files) } => both?,
    };
    let launch = contract.launch(request, &fetched, &image.config)?;
    let (area, mounts, outputs) = (runner.area.clone(), launch.mounts.clone(), launch.outputs);
    let notes = blocking(move || -> Result<_, TaskError> {
        container::hand_over(&area, &mounts, SandboxUser::of_this_host())?;
        let baseline = Baseline::take(&area.folder(outputs))?;
        let notes = Notes { image, launch, baseline };
        notes.write(&area)?;
        Ok(notes)
    })
    .await??;
    let Notes { image, launch, baseline } = notes;

    let mut done = format!("image {}, contract {}", plan.image, contract.name());
    for what in placed {
        done.push_str(&format!("; {what}"));
    }
    Ok((State::Prepared(Prepared { accepted, image, launch, baseline }), done))
}

/// Hashing and walking belong on a thread that may block.
pub(in crate::task) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TaskError> {
    inputs::apart(work).await.map_err(|error| TaskError::Folder(std::io::Error::other(error)))
}
