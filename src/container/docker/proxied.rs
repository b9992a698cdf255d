//! The network of a dapp that has a proxy: a container of ours keeps it, under the rules that a dapp runs under, and the
//! proxy listens in it before the dapp is created.
//!
//! It carries the labels of its task, so that whatever removes what a run has left removes it too.

use super::super::egress::{Proxy, listen_in, pause};
use super::super::policy::Party;
use super::super::sandbox::{self, Ground, LABEL_KEEPER};
use super::super::{Bend, ContainerError, Image, Labels, Limits, Network, RunSpec, SandboxUser};
use super::area::prepare;
use super::{DockerEngine, status_of};
use crate::dapp::{Folder, Launch, ProofRule, RunAs, WorkArea};
use std::path::Path;

/// The name of the image that has nothing but the program that waits.
const PAUSE_IMAGE: &str = "poco.invalid/pause:1";
/// What the engine's own start of a container needs; the program needs less than a page.
const MEMORY_BYTES: u64 = 64 << 20;
/// The same, of processes.
const PIDS: u32 = 64;

/// A network with a proxy in it.
#[derive(Debug)]
pub(super) struct Proxied {
    /// The container that keeps it.
    pub(super) keeper: String,
    pub(super) proxy: Proxy,
}

impl DockerEngine {
    /// A network with a proxy in it, for the run of `spec`, whose folders are ready.
    pub(super) async fn open_proxy(&self, spec: &RunSpec) -> Result<Proxied, ContainerError> {
        let failed = |source| ContainerError::Engine { doing: "start a container for a network", source };
        let spec = self.keeper_of(spec).await?;
        let mut body =
            sandbox::body(&spec, Ground { runtime: self.rules.runtime.as_deref(), ..Ground::default() });
        body.labels.get_or_insert_default().insert(LABEL_KEEPER.into(), String::new());
        let keeper = self.docker.create_container(None, body).await.map_err(failed)?.id;
        self.docker.start_container(&keeper, None).await.map_err(failed)?;
        let pid = self.inspect_container(&keeper).await?.state.and_then(|state| state.pid).unwrap_or(0);
        let (id, rules) = (keeper.clone(), self.rules.clone());
        let opening = tokio::task::spawn_blocking(move || listen_in(pid, &id));
        let listener = opening.await.map_err(std::io::Error::other).flatten();
        let proxy = listener.and_then(|listener| Proxy::new(listener, &rules));
        Ok(Proxied { keeper, proxy: proxy.map_err(|source| ContainerError::NotEntered { source })? })
    }

    /// Tries it, if the rules ask for one. `folder` is an existing one that the engine can mount from.
    ///
    /// # Errors
    /// [`ContainerError::NoProxy`].
    pub async fn try_proxy(&self, folder: &Path) -> Result<(), ContainerError> {
        if self.rules.network != Network::Proxy {
            return Ok(());
        }
        let tried = self.open_and_close(folder).await;
        tried.map_err(|source| ContainerError::NoProxy { source: source.into() })
    }

    async fn open_and_close(&self, folder: &Path) -> Result<(), ContainerError> {
        let disk = |source| ContainerError::Disk { path: folder.to_path_buf(), source };
        let place = tempfile::Builder::new().prefix("poco-try-").tempdir_in(folder).map_err(disk)?;
        let task = place.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let labels = Labels { task, worker: "poco-try".into() };
        let spec = keeper(labels, WorkArea::new(place.path()), self.pause_image().await?);
        prepare(&spec, Ground::default(), self.facts.users.on_host(spec.user)).await?;
        let opened = self.open_proxy(&spec).await;
        self.sweep(&spec.labels.worker, Some(&spec.labels.task)).await?;
        opened.map(drop)
    }

    async fn keeper_of(&self, spec: &RunSpec) -> Result<RunSpec, ContainerError> {
        Ok(keeper(spec.labels.clone(), spec.area.clone(), self.pause_image().await?))
    }

    async fn pause_image(&self) -> Result<Image, ContainerError> {
        let failed = |source| ContainerError::NotEntered { source };
        match self.docker.inspect_image(PAUSE_IMAGE).await {
            Ok(found) => return Ok(found.into()),
            Err(error) if status_of(&error) == Some(404) => {}
            Err(source) => return Err(ContainerError::Engine { doing: "look for an image", source }),
        }
        let program = pause::program().ok_or_else(|| failed(std::io::ErrorKind::Unsupported.into()))?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(program.len() as u64);
        let mut image = tar::Builder::new(Vec::new());
        image.append_data(&mut header, pause::PLACE, program.as_slice()).map_err(failed)?;
        self.make_image(PAUSE_IMAGE, image.into_inner().map_err(failed)?).await
    }
}

fn keeper(labels: Labels, area: WorkArea, image: Image) -> RunSpec {
    RunSpec {
        labels,
        app: Party::Nobody,
        image,
        launch: Launch {
            mounts: Vec::new(),
            env: Vec::new(),
            command: Some(vec![format!("/{}", pause::PLACE)]),
            user: RunAs::Worker,
            outputs: Folder::Shared,
            proof: ProofRule::Consensus { callback: false },
        },
        area,
        user: SandboxUser::of_this_host(),
        measured: false,
        bend: Bend::default(),
        limits: Limits { memory_bytes: MEMORY_BYTES, pids: PIDS, ..Limits::default() },
    }
}
