//! Accepted → Prepared: image and inputs, side by side.

use super::Step;
use crate::container;
use crate::dapp;
use crate::inputs;
use crate::results::Baseline;
use crate::task::runner::Runner;
use crate::task::{Accepted, Prepared, State, TaskError};

pub(in crate::task) async fn prepare(runner: &Runner, accepted: Accepted) -> Step {
    let (tools, request) = (&runner.tools, &runner.job.request);
    let contract = dapp::contract_for(request);
    let plan = contract.plan(request)?;
    // Whatever an earlier attempt left is not an input.
    container::remove_area(&runner.area).await?;
    container::create_area(&runner.area).await?;

    let image = async { Ok(tools.engine.image(&plan.image, plan.checksum.as_ref()).await?) };
    let files = async {
        let limits = &tools.input_limits;
        Ok(inputs::fetch_all(tools.fetch.as_ref(), &plan.inputs, &runner.area, limits, &runner.stop).await?)
    };
    let (image, (fetched, placed)) = tokio::select! {
        () = runner.stop.cancelled() => return Err(TaskError::Stopping),
        both = async { tokio::try_join!(image, files) } => both?,
    };
    let launch = contract.launch(request, &fetched, &image.config)?;
    container::own_area(&runner.area).await?;
    let outputs = runner.area.folder(launch.outputs);
    let baseline = blocking(move || Baseline::take(&outputs)).await??;

    let mut done = format!("image {}, contract {}", plan.image, contract.name());
    for what in placed {
        done.push_str(&format!("; {what}"));
    }
    Ok((State::Prepared(Prepared { accepted, image, launch, baseline }), done))
}

/// Hashing and walking belong on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TaskError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| TaskError::Folder(std::io::Error::other(error)))
}
