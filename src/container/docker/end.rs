//! The end of a container: waited for, or brought about.

use super::super::watch::Watch;
use super::super::{ContainerError, Exit, room};
use super::{DockerEngine, status_of};
use bollard::errors::Error as ApiError;
use bollard::query_parameters::{KillContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Time for a killed container to end; SIGKILL needs none, but a stuck disk does.
const DEATH: Duration = Duration::from_secs(10);
/// How often the engine is asked again whether a kill was the kernel's: it learns so after the end itself, a busy one by
/// a second or more, and at times never: then it is a status like another. A dapp that kills itself pays for the patience.
const OOM_LOOKS: usize = 30;
/// Pause before the engine is asked the same again.
const PAUSE: Duration = Duration::from_millis(100);
/// Status of a process ended by SIGKILL.
const KILLED: i64 = 137;

/// What ended the waiting.
pub(super) enum End {
    Exited(i64),
    Killed(Exit),
    /// Killed for what is no fault of the dapp's.
    Spoilt(ContainerError),
}

impl DockerEngine {
    /// Waits for the end, and brings it about when time, space or the task itself runs out.
    pub(super) async fn await_end(
        &self,
        id: &str,
        left: Duration,
        disk: &Path,
        watch: &Watch,
        cancel: &CancellationToken,
    ) -> Result<End, ContainerError> {
        let end = tokio::select! {
            biased;
            status = self.wait(id) => return status.map(End::Exited),
            () = cancel.cancelled() => End::Killed(Exit::Cancelled),
            () = sleep(left) => End::Killed(Exit::TimedOut),
            () = watch.exceeded() => End::Killed(Exit::OutputTooLarge),
            error = room::full(disk) => End::Spoilt(error),
        };
        self.kill(id).await?;
        match timeout(DEATH, self.wait(id)).await {
            Ok(status) => status.map(|_| end),
            Err(_) => Err(ContainerError::Undead),
        }
    }

    /// The status that the container ends with.
    async fn wait(&self, id: &str) -> Result<i64, ContainerError> {
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        loop {
            let mut answer = std::pin::pin!(self.docker.wait_container(id, Some(options.clone())));
            return match answer.next().await {
                Some(Ok(ended)) => Ok(ended.status_code),
                Some(Err(ApiError::DockerContainerWaitError { code, .. })) => Ok(code),
                // Some engines answer at the end only, long after the client's own patience.
                Some(Err(ApiError::RequestTimeoutError)) => continue,
                None => {
                    sleep(PAUSE).await;
                    continue;
                }
                Some(Err(source)) => Err(ContainerError::Engine { doing: "wait for a container", source }),
            };
        }
    }

    async fn kill(&self, id: &str) -> Result<(), ContainerError> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        match self.docker.kill_container(id, Some(options)).await {
            // It has ended meanwhile.
            Err(error) if matches!(status_of(&error), Some(404 | 409)) => Ok(()),
            // Podman calls that a trouble of its own.
            Err(source) if self.runs(id).await? => {
                Err(ContainerError::Engine { doing: "kill a container", source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    pub(super) async fn was_out_of_memory(&self, id: &str, status: i64) -> Result<bool, ContainerError> {
        for _ in 0..OOM_LOOKS {
            let found = self.inspect_container(id).await?;
            if found.state.and_then(|state| state.oom_killed).unwrap_or(false) {
                return Ok(true);
            }
            if status != KILLED {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(false)
    }

    async fn runs(&self, id: &str) -> Result<bool, ContainerError> {
        let state = self.inspect_container(id).await?.state;
        Ok(state.and_then(|state| state.running).unwrap_or(true))
    }
}
