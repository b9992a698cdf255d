//! The Engine API of Docker, spoken by bollard.

mod area;
pub(super) mod dead;
mod end;
mod evict;
mod facts;
mod find;
mod left;
mod peak;
mod peek;
mod progress;
mod proxied;
mod pull;
mod run;

pub use facts::{Facts, Users};
pub(super) use left::time;
pub use peek::Peek;

use super::cores::CorePool;
use super::gate::Gate;
use super::policy::{Denied, Wanted};
use super::{ContainerError, Engine, EngineVersion, Image, ImageRules, Outcome, Rules, RunSpec, sandbox};
use bollard::Docker;
use bollard::errors::Error as ApiError;
use bollard::models::ContainerSummary;
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    RemoveImageOptions,
};
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The name of the image with nothing in it.
const EMPTY_IMAGE: &str = "poco.invalid/empty:1";
/// A tar without entries is two blocks of zeros.
const EMPTY_TAR_BYTES: usize = 1024;

/// A Docker engine, or one that speaks its API.
#[derive(Clone, Debug)]
pub struct DockerEngine {
    docker: Docker,
    rules: Rules,
    facts: Facts,
    cores: CorePool,
    images: Arc<Gate>,
}

impl DockerEngine {
    /// The engine, with no rules but the sandbox's own.
    ///
    /// # Errors
    /// [`ContainerError::Away`].
    pub async fn connect() -> Result<Self, ContainerError> {
        Self::connect_with(Rules::default()).await
    }

    /// The engine that `DOCKER_HOST` names, else the one on the usual socket. Its version of the API is settled here:
    /// bollard speaks a newer one than older engines accept.
    ///
    /// # Errors
    /// [`ContainerError::Away`], [`ContainerError::DomainsOrProxy`], and [`ContainerError::RuntimeMissing`] or
    /// [`ContainerError::ProxyUnseen`] when it has not what the rules name.
    pub async fn connect_with(rules: Rules) -> Result<Self, ContainerError> {
        rules.check()?;
        let docker = Docker::connect_with_defaults().map_err(|source| ContainerError::Away { source })?;
        let docker = docker.negotiate_version().await.map_err(|source| ContainerError::Away { source })?;
        let (info, version) = tokio::try_join!(docker.info(), docker.version())
            .map_err(|source| ContainerError::Away { source })?;
        let parts = version.components.unwrap_or_default();
        let keeps_logs = !parts.iter().any(|part| part.name == "Podman Engine");
        let facts = Facts { keeps_logs, ..info.into() };
        facts.check(&rules)?;
        let salt = usize::try_from(std::process::id()).unwrap_or(0);
        let cores = CorePool::new(&rules.cores, facts.cpus, salt);
        Ok(Self { docker, rules, facts, cores, images: Arc::new(Gate::new(ImageRules::default())) })
    }

    /// The same engine, which runs what these rules let run.
    pub fn with_images(self, rules: ImageRules) -> Self {
        Self { images: Arc::new(Gate::new(rules)), ..self }
    }

    /// What the engine said of itself when it was connected to.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The operator's rules that it was connected with.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// An image with nothing in it.
    pub(super) async fn empty_image(&self) -> Result<Image, ContainerError> {
        self.make_image(EMPTY_IMAGE, vec![0; EMPTY_TAR_BYTES]).await
    }

    /// An image of what is in a tar. It is ours: the operator's rules are about strangers' images.
    async fn make_image(&self, name: &str, tar: Vec<u8>) -> Result<Image, ContainerError> {
        let failed = |source| ContainerError::Engine { doing: "make an image", source };
        let options = CreateImageOptionsBuilder::new().from_src("-").repo(name).build();
        let body = bollard::body_full(tar.into());
        self.docker
            .create_image(Some(options), Some(body), None)
            .try_collect::<Vec<_>>()
            .await
            .map_err(failed)?;
        Ok(self.docker.inspect_image(name).await.map_err(failed)?.into())
    }

    /// Removes an image if nobody uses it.
    pub(super) async fn remove_image(&self, image: &Image) {
        let _ = self.docker.remove_image(&image.id, None::<RemoveImageOptions>, None).await;
    }

    /// Removes a container whatever it does, with its anonymous volumes. One that is gone already is no error.
    async fn remove(&self, id: &str) -> Result<(), ContainerError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.docker.remove_container(id, Some(options)).await {
            // Gone, or another's removal is under way.
            Err(error) if matches!(status_of(&error), Some(404 | 409)) => Ok(()),
            done => done.map_err(|source| ContainerError::Engine { doing: "remove a container", source }),
        }
    }

    /// The containers of a worker, in whatever state; of one task only when it is named. Those that keep a network come last:
    /// some engines remove none while another is in it.
    async fn list(&self, worker: &str, task: Option<&str>) -> Result<Vec<ContainerSummary>, ContainerError> {
        let mut labels = vec![format!("{}={worker}", sandbox::LABEL_WORKER)];
        labels.extend(task.map(|task| format!("{}={task}", sandbox::LABEL_TASK)));
        let filters = HashMap::from([("label".to_owned(), labels)]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let mut found = self
            .docker
            .list_containers(Some(options))
            .await
            .map_err(|source| ContainerError::Engine { doing: "list containers", source })?;
        found.sort_by_key(|container| {
            container.labels.as_ref().is_some_and(|labels| labels.contains_key(sandbox::LABEL_KEEPER))
        });
        Ok(found)
    }

    async fn tasks_of(&self, worker: &str) -> Result<Vec<String>, ContainerError> {
        let found = self.list(worker, None).await?;
        let labels = found.into_iter().filter_map(|container| container.labels);
        Ok(labels.filter_map(|mut labels| labels.remove(sandbox::LABEL_TASK)).collect())
    }

    async fn sweep(&self, worker: &str, task: Option<&str>) -> Result<usize, ContainerError> {
        let found = self.list(worker, task).await?;
        for container in &found {
            if let Some(id) = &container.id {
                self.remove(id).await?;
            }
        }
        Ok(found.len())
    }
}

impl Engine for DockerEngine {
    fn version(&self) -> BoxFuture<'_, Result<EngineVersion, ContainerError>> {
        Box::pin(async {
            let said = self.docker.version().await.map_err(|source| ContainerError::Away { source })?;
            Ok(EngineVersion {
                engine: said.version.unwrap_or_default(),
                api: said.api_version.unwrap_or_default(),
            })
        })
    }

    fn admits(&self, wanted: &Wanted) -> Result<(), Denied> {
        self.images.rules.policy.admits(wanted)
    }

    fn image<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Image, ContainerError>> {
        Box::pin(self.find_image(wanted))
    }

    fn run<'a>(
        &'a self,
        spec: &'a RunSpec,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Outcome, ContainerError>> {
        Box::pin(self.beside_dead_network(spec, self.run_container(spec, cancel)))
    }

    fn tasks<'a>(&'a self, worker: &'a str) -> BoxFuture<'a, Result<Vec<String>, ContainerError>> {
        Box::pin(self.tasks_of(worker))
    }

    fn sweep<'a>(
        &'a self,
        worker: &'a str,
        task: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize, ContainerError>> {
        Box::pin(self.sweep(worker, task))
    }
}

/// The status of an answer, when there was one.
fn status_of(error: &ApiError) -> Option<u16> {
    match error {
        ApiError::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}
