//! What an earlier life of this worker left of a run: its container, found by label, and how far it has come.
//!
//! ```text
//! no container ──▶ nothing to take up (the record says whether anything was begun)
//! created      ──▶ removed: it never ran
//! running      ──▶ taken up with the time that remains
//! exited       ──▶ its end is taken, unless it may have been the engine's own
//! proxied      ──▶ spoilt, whatever it did: its proxy has ended with who served it, and it has seen that
//! its engine may have lost some of what it printed ──▶ spoilt too
//! ```

use super::super::sandbox::LABEL_KEEPER;
use super::super::{ContainerError, RunSpec};
use super::DockerEngine;
use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status};
use std::time::{Duration, SystemTime};

/// Statuses that an engine's own end gives to its containers: SIGKILL, and "nobody knows".
const ENGINE_ENDED: [i64; 2] = [137, 255];

/// A container to go on with.
pub(super) struct Left {
    pub(super) id: String,
    /// How long it has run; to its end when it has ended.
    pub(super) ran: Duration,
}

/// What was found.
pub(super) enum Found {
    /// No container that ever ran.
    Nothing,
    /// Containers that nothing can be made of; they are removed.
    Spoilt,
    /// One to go on with.
    Left(Left),
}

impl DockerEngine {
    /// Looks for the task's own container, and removes what of it is of no use.
    pub(super) async fn left(&self, spec: &RunSpec) -> Result<Found, ContainerError> {
        let mut found = Found::Nothing;
        for container in self.list(&spec.labels.worker, Some(&spec.labels.task)).await? {
            let Some(id) = container.id else { continue };
            let seen = self.inspect_container(&id).await?;
            match (self.judge(id.clone(), seen).await?, &found) {
                (Found::Left(left), Found::Nothing | Found::Spoilt) => found = Found::Left(left),
                (Found::Spoilt, Found::Nothing) => {
                    self.remove(&id).await?;
                    found = Found::Spoilt;
                }
                _ => self.remove(&id).await?,
            }
        }
        Ok(found)
    }

    async fn judge(&self, id: String, seen: ContainerInspectResponse) -> Result<Found, ContainerError> {
        let state = seen.state.unwrap_or_default();
        let labels = seen.config.and_then(|config| config.labels).unwrap_or_default();
        let network = seen.host_config.and_then(|host| host.network_mode).unwrap_or_default();
        Ok(match state.status {
            // It is none of the dapp's.
            _ if labels.contains_key(LABEL_KEEPER) => Found::Nothing,
            Some(Status::CREATED) => Found::Nothing,
            _ if network.starts_with("container:") || !self.facts.keeps_logs => Found::Spoilt,
            Some(Status::RUNNING | Status::PAUSED) => {
                let ran = between(&state.started_at, &Some(self.now().await?));
                Found::Left(Left { id, ran })
            }
            Some(Status::EXITED) if believable(&state) => {
                let ran = between(&state.started_at, &state.finished_at);
                Found::Left(Left { id, ran })
            }
            _ => Found::Spoilt,
        })
    }

    /// The time by the clock that a container's start was taken from.
    async fn now(&self) -> Result<String, ContainerError> {
        let asked = self.docker.info().await;
        let info = asked.map_err(|source| ContainerError::Engine { doing: "tell the time", source })?;
        Ok(info.system_time.unwrap_or_default())
    }
}

/// Whether it was the dapp that ended. Nobody watched: an engine that was shut down has killed it too.
fn believable(state: &ContainerState) -> bool {
    let status = state.exit_code.unwrap_or(255);
    state.oom_killed == Some(true) || !ENGINE_ENDED.contains(&status)
}

/// Time that cannot be read is time that is over: better run anew than beyond the category.
fn between(from: &Option<String>, to: &Option<String>) -> Duration {
    let read = |text: &Option<String>| text.as_deref().and_then(time);
    match (read(from), read(to)) {
        (Some(from), Some(to)) => to.duration_since(from).unwrap_or_default(),
        _ => Duration::MAX,
    }
}

/// RFC 3339 with any offset: engines tell starts in UTC and the present in their own zone.
pub(in crate::container) fn time(text: &str) -> Option<SystemTime> {
    if text.ends_with('Z') {
        return humantime::parse_rfc3339(text).ok();
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let offset = Duration::from_secs(hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60);
    let local = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    match sign {
        "+" => local.checked_sub(offset),
        "-" => local.checked_add(offset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_zone() {
        let utc = time("2026-03-01T10:00:00.5Z").unwrap();
        for same in ["2026-03-01T12:30:00.5+02:30", "2026-03-01T02:00:00.5-08:00"] {
            assert_eq!(time(same), Some(utc), "{same}");
        }
        for bad in ["", "yesterday", "2026-03-01T10:00:00.5*01:00", "é2026+1"] {
            assert_eq!(time(bad), None, "{bad}");
        }
        let text = |text: &str| Some(text.to_owned());
        let (one, two) = (text("2026-03-01T10:00:00Z"), text("2026-03-01T10:00:03Z"));
        assert_eq!(between(&one, &two), Duration::from_secs(3));
        assert_eq!(between(&two, &one), Duration::ZERO);
        assert_eq!(between(&None, &two), Duration::MAX);
    }

    #[test]
    fn an_end_that_may_be_the_engines_is_not_the_dapps() {
        let state = |status, oom| ContainerState {
            exit_code: Some(status),
            oom_killed: Some(oom),
            ..Default::default()
        };
        assert!(
            believable(&state(0, false)) && believable(&state(3, false)) && believable(&state(137, true))
        );
        assert!(!believable(&state(137, false)) && !believable(&state(255, false)));
        assert!(!believable(&ContainerState::default()));
    }
}
