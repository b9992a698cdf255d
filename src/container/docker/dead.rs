//! A network that leads nowhere: an interface with an address and a route, and nobody at the other end. Each run has one
//! of its own, which is removed after it; those that a killed check left are removed by the next one.

use super::super::sandbox::LABEL_WORKER;
use super::super::{ContainerError, Outcome, RunSpec, sandbox};
use super::{DockerEngine, status_of};
use bollard::models::NetworkCreateRequest;
use bollard::query_parameters::PruneNetworksOptionsBuilder;
use std::collections::HashMap;

/// Kept for documents (RFC 5737), so that no server of names is there.
pub(in crate::container) const NO_NAMES: &str = "192.0.2.1";
/// The network has no address of this host, and so no way to it either.
const NOT_THIS_HOST: &str = "com.docker.network.bridge.inhibit_ipv4";
const LABEL: &str = "poco.dead";
/// The age of what no run can be about to use any more.
const OLD: &str = "10m";

/// The name of a run's network.
pub(in crate::container) fn name_of(spec: &RunSpec) -> String {
    let labels = format!("{}-{}", spec.labels.worker, spec.labels.task);
    let plain: String = labels.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("poco-dead-{plain}")
}

impl DockerEngine {
    /// Whether the engine can make such a network. It is tried, and what is left of others is removed.
    ///
    /// # Errors
    /// [`ContainerError::Engine`] when it was made and cannot be removed.
    pub async fn knows_dead_networks(&self, spec: &RunSpec) -> Result<bool, ContainerError> {
        let filters = HashMap::from([("label", vec![LABEL]), ("until", vec![OLD])]);
        // One that stays harms nobody, and the next check tries again.
        let _ = self
            .docker
            .prune_networks(Some(PruneNetworksOptionsBuilder::new().filters(&filters).build()))
            .await;
        if self.make_dead_network(spec).await.is_err() {
            return Ok(false);
        }
        self.remove_dead_network(spec).await?;
        Ok(true)
    }

    /// Makes the run's network if it is to have one, and removes it whatever comes of the run.
    pub(super) async fn beside_dead_network(
        &self,
        spec: &RunSpec,
        run: impl Future<Output = Result<Outcome, ContainerError>>,
    ) -> Result<Outcome, ContainerError> {
        if !spec.bend.dead_network {
            return run.await;
        }
        self.make_dead_network(spec).await?;
        let done = run.await;
        let removed = self.remove_dead_network(spec).await;
        // Why a run failed matters more.
        let outcome = done?;
        removed.map(|()| outcome)
    }

    async fn make_dead_network(&self, spec: &RunSpec) -> Result<(), ContainerError> {
        let mut labels = sandbox::labels(&spec.labels);
        labels.insert(LABEL.into(), labels.get(LABEL_WORKER).cloned().unwrap_or_default());
        let network = NetworkCreateRequest {
            name: name_of(spec),
            driver: Some("bridge".into()),
            internal: Some(true),
            options: Some(HashMap::from([(NOT_THIS_HOST.into(), "true".into())])),
            labels: Some(labels),
            ..Default::default()
        };
        let made = self.docker.create_network(network).await;
        made.map(drop).map_err(|source| ContainerError::Engine { doing: "make a network", source })
    }

    /// Removes a run's network. One that is gone already is no error.
    async fn remove_dead_network(&self, spec: &RunSpec) -> Result<(), ContainerError> {
        match self.docker.remove_network(&name_of(spec)).await {
            Err(error) if status_of(&error) == Some(404) => Ok(()),
            done => done.map_err(|source| ContainerError::Engine { doing: "remove a network", source }),
        }
    }
}
