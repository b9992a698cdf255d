//! The life of one container, from creation to removal.

use super::super::cores::CoreLease;
use super::super::folders::open_folder;
use super::super::logs::Capture;
use super::super::record::Record;
use super::super::room;
use super::super::sandbox::{self, Ground, Way};
use super::super::watch::Watch;
use super::super::{ContainerError, Exit, Network, Outcome, RunSpec};
use super::area::{absolute, prepare, recover};
use super::dead;
use super::end::End;
use super::left::{Found, Left};
use super::peak::Peak;
use super::proxied::Proxied;
use super::{DockerEngine, status_of};
use crate::dapp::ImageRef;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error as ApiError;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{AttachContainerOptionsBuilder, LogsOptionsBuilder};
use futures_util::Stream;
use rustix::fs::CWD;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Time for the last words of a container that has ended.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How often it is asked again when it answers what means nothing: Podman has a state between running and ended that the API
/// does not know.
const ODD_LOOKS: usize = 30;
/// Pause before the engine is asked the same again.
const PAUSE: Duration = Duration::from_millis(100);

/// A container to watch to its end.
struct Attending {
    id: String,
    watch: Watch,
    output: Output,
    /// How long it had run before it was watched.
    ran: Duration,
    /// Whether the output is the engine's copy and not the dapp's own.
    copied: bool,
    /// The processors that it is kept on; one that is taken up stays where it is, leased or not.
    _cores: Option<CoreLease>,
    /// Where it looks for a network.
    proxied: Option<Proxied>,
}

impl Attending {
    /// The containers that belong to it. The one that keeps a network is the last: some engines remove none while another
    /// is in it.
    fn containers(&self) -> Vec<String> {
        let keeper = self.proxied.as_ref().map(|proxied| proxied.keeper.clone());
        [self.id.clone()].into_iter().chain(keeper).collect()
    }
}

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, ApiError>> + Send>>;

impl DockerEngine {
    pub(super) async fn run_container(
        &self,
        spec: &RunSpec,
        cancel: &CancellationToken,
    ) -> Result<Outcome, ContainerError> {
        let spec = &absolute(spec)?;
        let found = self.left(spec).await?;
        let record = Record::read(&spec.area)?;
        if let Some(Record { outcome: Some(outcome), .. }) = record {
            // It ended, and this was not told any more.
            let removed = match found {
                Found::Left(left) => self.remove(&left.id).await.is_ok(),
                Found::Nothing | Found::Spoilt => true,
            };
            return Ok(Outcome { removed, ..outcome });
        }
        let attending = match (found, &record) {
            (Found::Left(left), record) => self.take_up(left, spec, record.as_ref()).await?,
            (Found::Spoilt, _) | (Found::Nothing, Some(_)) => return Err(ContainerError::Gone),
            (Found::Nothing, None) => self.begin(spec).await?,
        };
        let limit_bytes = attending.watch.limit_bytes();
        let made = attending.containers();
        let attended = self.attend(attending, spec, cancel).await;
        // An engine that failed may still run it, and the next call finds it.
        if !matches!(attended, Err(ContainerError::Engine { .. } | ContainerError::Away { .. })) {
            if let Ok(outcome) = &attended {
                Record { limit_bytes, outcome: Some(outcome.clone()) }.write(&spec.area).await?;
            }
            let removed = self.remove_all(&made).await.is_ok() || self.clear(spec).await.is_ok();
            return attended.map(|outcome| Outcome { removed, ..outcome });
        }
        attended
    }

    /// Creates the container and starts it; what it prints is heard from its first word.
    async fn begin(&self, spec: &RunSpec) -> Result<Attending, ContainerError> {
        let begun = self.begin_anew(spec).await;
        // An engine that failed may have begun all the same, and the next call finds it.
        if !matches!(begun, Ok(_) | Err(ContainerError::Engine { .. } | ContainerError::Away { .. })) {
            let _ = self.clear(spec).await;
            Record::forget(&spec.area)?;
        }
        begun
    }

    async fn begin_anew(&self, spec: &RunSpec) -> Result<Attending, ContainerError> {
        let named = spec.bend.cores.as_deref();
        let cores = if named.is_some() { None } else { self.cores.lease(spec.limits.cpus) };
        let mut ground = Ground {
            runtime: spec.bend.runtime.as_deref().or(self.rules.runtime.as_deref()),
            cores: named.or(cores.as_ref().map(CoreLease::cores)),
            network: Way::None,
        };
        prepare(spec, ground, self.facts.users.on_host(spec.user)).await?;
        let (mut proxied, dead) = (None, dead::name_of(spec));
        ground.network = match self.rules.network_of(spec.app) {
            _ if spec.bend.dead_network => Way::Dead(&dead),
            Network::None => Way::None,
            Network::Bridge => Way::Bridge,
            Network::Proxy => Way::Proxied(&proxied.insert(self.open_proxy(spec).await?).keeper),
        };
        let id = match self.docker.create_container(None, sandbox::body(spec, ground)).await {
            Ok(created) => created.id,
            Err(source) if status_of(&source) == Some(404) => {
                let reference = ImageRef::new(&spec.image.id);
                return Err(ContainerError::ImageMissing { reference, source });
            }
            Err(source) => return Err(not_started("create a container", source)),
        };
        Ok(Attending { proxied, ..self.begin_created(&id, spec, cores).await? })
    }

    async fn begin_created(
        &self,
        id: &str,
        spec: &RunSpec,
        cores: Option<CoreLease>,
    ) -> Result<Attending, ContainerError> {
        let watch = Watch::over(self.writable_folders(id, spec).await?, spec.limits.output_bytes).await;
        let begun = Record { limit_bytes: watch.limit_bytes(), outcome: None };
        // Once it is written the folders may be the dapp's.
        let (attached, ()) = tokio::try_join!(self.attach(id), begun.write(&spec.area))?;
        match self.docker.start_container(id, None).await {
            Ok(()) => {
                let (output, ran) = (Box::pin(attached.output), Duration::ZERO);
                let id = id.to_owned();
                Ok(Attending { id, watch, output, ran, copied: false, _cores: cores, proxied: None })
            }
            Err(source) => Err(not_started("start a container", source)),
        }
    }

    /// Goes on with a container of an earlier life; what it printed before is the engine's copy.
    async fn take_up(
        &self,
        left: Left,
        spec: &RunSpec,
        record: Option<&Record>,
    ) -> Result<Attending, ContainerError> {
        let folders = self.writable_folders(&left.id, spec).await?;
        let watch = match record {
            Some(record) => Watch::again(folders, record.limit_bytes),
            None => Watch::over(folders, spec.limits.output_bytes).await,
        };
        let options = LogsOptionsBuilder::new().follow(true).stdout(true).stderr(true).build();
        let output = Box::pin(self.docker.logs(&left.id, Some(options)));
        Ok(Attending { id: left.id, watch, output, ran: left.ran, copied: true, _cores: None, proxied: None })
    }

    /// From now to the end. On an error of the engine the container may still run.
    async fn attend(
        &self,
        attending: Attending,
        spec: &RunSpec,
        cancel: &CancellationToken,
    ) -> Result<Outcome, ContainerError> {
        let Attending { id, watch, mut output, ran, copied, _cores, proxied } = attending;
        let mut capture = Capture::create(&spec.area, spec.limits.log_bytes).await?;
        let since = Instant::now();
        let (ended, over) = oneshot::channel();
        let listening = async {
            let pump = capture.pump(&mut output);
            tokio::select! {
                done = pump => done,
                _ = async {
                    let _ = over.await;
                    sleep(LAST_WORDS).await;
                } => Ok(()),
            }
        };
        let left = spec.limits.wall_clock.saturating_sub(ran);
        let watching = async {
            let end = self.await_end(&id, left, spec.area.root(), &watch, cancel).await?;
            let duration = ran.saturating_add(since.elapsed());
            // The listener may be done already, and then nobody waits for this.
            let _ = ended.send(());
            Ok::<_, ContainerError>((end, duration))
        };
        let serving = async {
            match &proxied {
                Some(proxied) => proxied.proxy.serve().await,
                None => std::future::pending().await,
            }
        };
        let peak = Peak::default();
        let measuring = async {
            if spec.measured
                && let Some(count) = self.memory_count(&id).await
            {
                peak.follow(&count).await;
            }
            std::future::pending().await
        };
        let ((), (end, duration)) = tokio::select! {
            over = async { tokio::try_join!(listening, watching) } => over?,
            never = serving => match never {},
            never = measuring => match never {},
        };

        recover(spec).await?;
        // A write of the last moment may have failed, and the dapp not have looked.
        room::check(spec.area.root())?;
        let exit = match end {
            End::Spoilt(error) => return Err(error),
            End::Killed(exit) => exit,
            // Nobody was there to end it in time.
            End::Exited(_) if ran > spec.limits.wall_clock => Exit::TimedOut,
            End::Exited(status) if status != 0 && self.was_out_of_memory(&id, status).await? => {
                Exit::OutOfMemory
            }
            End::Exited(_) if watch.is_exceeded().await => Exit::OutputTooLarge,
            End::Exited(status) => Exit::Exited(status),
        };
        if copied {
            capture.distrust(sandbox::log_room_bytes(&spec.limits));
        }
        let (stdout_truncated, stderr_truncated) = capture.finish().await?;
        let refused = proxied.map(|proxied| proxied.proxy.refused()).unwrap_or_default();
        let peak_memory = peak.bytes();
        Ok(Outcome {
            exit,
            duration,
            stdout_truncated,
            stderr_truncated,
            removed: false,
            peak_memory,
            refused,
        })
    }

    /// Removes what a run has made, in this order.
    async fn remove_all(&self, containers: &[String]) -> Result<(), ContainerError> {
        for id in containers {
            self.remove(id).await?;
        }
        Ok(())
    }

    /// Removes what any life of this worker has left of a run, whatever it does.
    async fn clear(&self, spec: &RunSpec) -> Result<(), ContainerError> {
        self.sweep(&spec.labels.worker, Some(&spec.labels.task)).await.map(drop)
    }

    async fn attach(&self, id: &str) -> Result<AttachContainerResults, ContainerError> {
        let options = AttachContainerOptionsBuilder::new().stream(true).stdout(true).stderr(true).build();
        self.docker
            .attach_container(id, Some(options))
            .await
            // Podman looks for the program as soon as somebody listens.
            .map_err(|source| not_started("attach to a container", source))
    }

    /// Where the dapp can write: the folders of its task, and the volumes that its image declares.
    async fn writable_folders(&self, id: &str, spec: &RunSpec) -> Result<Vec<PathBuf>, ContainerError> {
        let mounts = spec.launch.mounts.iter().filter(|mount| mount.writable);
        let mut folders: Vec<PathBuf> = mounts.map(|mount| spec.area.folder(mount.folder)).collect();
        if spec.bend.writable_root || !spec.image.volumes.is_empty() {
            let container = self.inspect_container(id).await?;
            if spec.bend.writable_root {
                folders.push(own_layer(&container)?);
            }
            let mounted = container.mounts.unwrap_or_default();
            for volume in mounted.into_iter().filter(|mount| mount.typ.as_deref() == Some("volume")) {
                let folder = PathBuf::from(volume.source.unwrap_or_default());
                // The engine's folders are closed to a worker that is not root, or on another host.
                if open_folder(CWD, &folder).is_err() {
                    let volume = volume.destination.unwrap_or_default();
                    return Err(ContainerError::VolumeUnseen { volume });
                }
                folders.push(folder);
            }
        }
        Ok(folders)
    }

    pub(super) async fn inspect_container(
        &self,
        id: &str,
    ) -> Result<ContainerInspectResponse, ContainerError> {
        let failed = |source| ContainerError::Engine { doing: "look at a container", source };
        for _ in 0..ODD_LOOKS {
            match self.docker.inspect_container(id, None).await {
                Err(ApiError::JsonDataError { .. }) => sleep(PAUSE).await,
                done => return done.map_err(failed),
            }
        }
        self.docker.inspect_container(id, None).await.map_err(failed)
    }
}

/// Where the engine keeps what a container writes to its root.
fn own_layer(container: &ContainerInspectResponse) -> Result<PathBuf, ContainerError> {
    let data = container.graph_driver.as_ref().map(|driver| &driver.data);
    let upper = data.and_then(|data| data.get("UpperDir")).map(PathBuf::from);
    let unseen = || ContainerError::VolumeUnseen { volume: "/".into() };
    upper.filter(|folder| open_folder(CWD, folder).is_ok()).ok_or_else(unseen)
}

/// The engine answers 4xx for what is wrong with the image or the command, and 500 for its own troubles.
fn not_started(doing: &'static str, source: ApiError) -> ContainerError {
    match source {
        ApiError::DockerResponseServerError { status_code: 400..=499, message } => {
            ContainerError::NotStarted { reason: message }
        }
        source => ContainerError::Engine { doing, source },
    }
}
