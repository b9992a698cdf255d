//! Prepared → Ran: the container, from start to removal. Only a clean exit goes on.

use super::Step;
use super::prepare::blocking;
use crate::container::{Exit, Limits, RunSpec};
use crate::task::runner::Runner;
use crate::task::{Prepared, Ran, State, TaskError};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How much of stderr a failure quotes.
const LAST_WORDS: u64 = 400;

pub(in crate::task) async fn run(runner: &Runner, prepared: Prepared) -> Step {
    let seconds = runner.job.timeref;
    let limits = Limits { wall_clock: Duration::from_secs(seconds), ..runner.tools.container_limits.clone() };
    let Prepared { accepted, image, launch, baseline } = prepared;
    let spec = RunSpec {
        task: runner.job.task.to_string(),
        worker: runner.tools.wallet.to_string(),
        image: image.id.clone(),
        launch: launch.clone(),
        area: runner.area.clone(),
        limits: limits.clone(),
    };
    let outcome = runner.tools.engine.run(&spec, &runner.stop).await?;
    match outcome.exit {
        Exit::Exited(0) => {
            let ran = Ran { accepted, launch, baseline, stdout_truncated: outcome.stdout_truncated };
            Ok((State::Ran(ran), format!("the dapp ran {:.1} s", outcome.duration.as_secs_f64())))
        }
        Exit::Exited(code) => {
            Err(TaskError::Exit { code, stderr: last_words(runner.area.stderr()).await? })
        }
        Exit::TimedOut => Err(TaskError::Overran { seconds }),
        Exit::OutOfMemory => Err(TaskError::OutOfMemory { limit_bytes: limits.memory_bytes }),
        Exit::OutputTooLarge => Err(TaskError::OutputTooLarge { limit_bytes: limits.output_bytes }),
        Exit::Cancelled => Err(TaskError::Stopping),
    }
}

async fn last_words(path: PathBuf) -> Result<String, TaskError> {
    blocking(move || read_tail(&path)).await?.map_err(TaskError::Folder)
}

fn read_tail(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut bytes = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
