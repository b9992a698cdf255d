//! The worker's other peers: engine, downloads, the pool's store and the pool itself.

use super::life::{Life, Story};
use super::plan::Run;
use super::world::{Container, Shared};
use alloy::primitives::{Address, Bytes, keccak256};
use async_trait::async_trait;
use bollard::errors::Error as ApiError;
use futures_util::future::BoxFuture;
use poco::container::policy::Wanted;
use poco::container::{ContainerError, Engine, EngineVersion, Exit, Image, Outcome, RunSpec};
use poco::dapp::ImageConfig;
use poco::inputs::{Fetch, InputError, Limits};
use poco::poco::{Authorization, ResultDigest, TaskId};
use poco::results::{Delivery, ResultStore, StoreError};
use poco::worker::{PoolLink, WorkerError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// All of them, for one life of the worker.
pub(crate) struct Peers(pub(crate) Arc<Life>);

impl Peers {
    fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// One of a hundred, `percent` of which are bad.
    fn unlucky(&self, what: &'static str, percent: u64) -> bool {
        // The last deadline is the end of all faults, so that every run has an end.
        let calm = self.shared().now() >= self.shared().world().plan.last_deadline();
        !calm && self.shared().world().dice.chance(what, 0, percent)
    }

    async fn wait(&self, what: &'static str, from_ms: u64, to_ms: u64) {
        let millis = self.shared().world().dice.between(what, 1, from_ms, to_ms);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// A peer that hangs for minutes before it says anything.
    async fn hang(&self) {
        let percent = self.shared().world().plan.faults.hangs;
        if self.unlucky("hangs", percent) {
            let seconds = self.shared().world().dice.between("hangs for", 0, 30, 600);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    fn broken(&self) -> ContainerError {
        ContainerError::Engine { doing: "go on", source: ApiError::RequestTimeoutError }
    }
}

impl Engine for Peers {
    fn version(&self) -> BoxFuture<'_, Result<EngineVersion, ContainerError>> {
        Box::pin(async { Ok(EngineVersion { engine: "simulated".into(), api: "1".into() }) })
    }

    fn image<'a>(&'a self, _: &'a Wanted) -> BoxFuture<'a, Result<Image, ContainerError>> {
        Box::pin(async {
            let call = self.0.before("image").await;
            self.wait("image", 1, 5_000).await;
            let percent = self.shared().world().plan.faults.engine;
            let broken = self.unlucky("image", percent);
            if broken {
                self.hang().await;
            }
            self.0.after(call).await;
            if broken {
                self.shared().world().pulls_spoilt += 1;
                return Err(self.broken());
            }
            Ok(Image {
                id: "image".into(),
                digests: Vec::new(),
                config: ImageConfig::default(),
                volumes: Vec::new(),
            })
        })
    }

    fn run<'a>(
        &'a self,
        spec: &'a RunSpec,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Outcome, ContainerError>> {
        Box::pin(async move {
            let call = self.0.before("run").await;
            let task: TaskId = spec.labels.task.parse().unwrap();
            let (plan, faults) = {
                let world = self.shared().world();
                (world.plan.tasks[world.place(task)].clone(), world.plan.faults)
            };
            let broken = self.unlucky("run", faults.engine);
            let full = self.unlucky("container", faults.disk);
            let outputs = spec.area.folder(spec.launch.outputs);
            // The engine knows a container by its labels and the worker's folder by what lies in it.
            let known = self.shared().world().containers.get(&task).copied();
            let known = known.filter(|_| spec.area.stdout().exists());
            if known.is_some() && broken && self.unlucky("gone", 50) {
                self.shared().world().containers.remove(&task);
                self.0.after(call).await;
                return Err(ContainerError::Gone);
            }
            if known.is_none() && full {
                self.shared().world().spoilt.insert(task);
                self.0.after(call).await;
                let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(ContainerError::Disk { path: outputs, source });
            }
            let container = known.unwrap_or_else(|| {
                std::fs::write(spec.area.stdout(), "").unwrap();
                std::fs::write(spec.area.stderr(), "the last words").unwrap();
                std::fs::write(outputs.join("half"), "of it").unwrap();
                let now = self.shared().elapsed().as_millis() as u64;
                let container = Container { ends_at: now + plan.runs_for * 1_000, written: false };
                self.shared().world().containers.insert(task, container);
                container
            });
            if known.is_some() {
                self.shared().note("the engine has this container".into());
            }
            let ended = |exit| {
                Ok(Outcome {
                    exit,
                    duration: Duration::from_secs(plan.runs_for),
                    stdout_truncated: false,
                    stderr_truncated: false,
                    removed: true,
                    peak_memory: None,
                    refused: Vec::new(),
                })
            };
            let left = Duration::from_millis(container.ends_at).saturating_sub(self.shared().elapsed());
            tokio::select! {
                biased;
                () = cancel.cancelled() => return ended(Exit::Cancelled),
                () = tokio::time::sleep(left) => {}
            }
            if broken {
                self.shared().world().spoilt.insert(task);
                self.hang().await;
                self.0.after(call).await;
                return Err(self.broken());
            }
            let first = !container.written;
            if let Some(container) = self.shared().world().containers.get_mut(&task) {
                container.written = true;
            }
            let exit = match plan.run {
                Run::Well | Run::Fickle if first => {
                    let mut world = self.shared().world();
                    let known = world.computed.get(&task).map_or(0, Vec::len);
                    let text = world.output(task, if plan.run == Run::Fickle { known } else { 0 });
                    world.computed.entry(task).or_default().push(ResultDigest(keccak256(&text)));
                    std::fs::write(outputs.join("consensus.iexec"), text).unwrap();
                    Exit::Exited(0)
                }
                Run::LeavesNothing if first => {
                    std::fs::remove_file(outputs.join("half")).unwrap();
                    Exit::Exited(0)
                }
                Run::Well | Run::Fickle | Run::LeavesNothing => Exit::Exited(0),
                Run::Fails => Exit::Exited(1),
                Run::OutOfMemory => Exit::OutOfMemory,
                Run::TimesOut => Exit::TimedOut,
            };
            self.0.after(call).await;
            ended(exit)
        })
    }

    fn tasks<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<String>, ContainerError>> {
        Box::pin(async {
            self.0.breathing().await;
            Ok(self.shared().world().containers.keys().map(TaskId::to_string).collect())
        })
    }

    fn sweep<'a>(
        &'a self,
        _: &'a str,
        task: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize, ContainerError>> {
        Box::pin(async move {
            let call = self.0.before("sweep").await;
            let swept = {
                let containers = &mut self.shared().world().containers;
                let before = containers.len();
                containers.retain(|known, _| task.is_some_and(|task| task != known.to_string()));
                before - containers.len()
            };
            self.0.after(call).await;
            Ok(swept)
        })
    }
}

impl Fetch for Peers {
    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        _: &'a Limits,
        _: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        Box::pin(async move {
            let call = self.0.before("fetch").await;
            std::fs::write(to, "part").unwrap();
            self.wait("fetch", 1, 3_000).await;
            let percent = self.shared().world().plan.faults.disk;
            if self.unlucky("fetch", percent) {
                self.shared().world().pulls_spoilt += 1;
                self.0.after(call).await;
                let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
                return Err(InputError::Disk { path: to.into(), source });
            }
            std::fs::write(to, format!("the input at {url}")).unwrap();
            self.0.after(call).await;
            Ok(4)
        })
    }
}

#[async_trait]
impl ResultStore for Peers {
    async fn put(&self, delivery: &Delivery) -> Result<String, StoreError> {
        let call = self.0.before("deliver").await;
        self.wait("deliver", 1, 3_000).await;
        let percent = self.shared().world().plan.faults.pool_away;
        if self.shared().pool_silent() || self.unlucky("deliver", percent) {
            self.0.after(call).await;
            return Err(StoreError::Unreachable { store: "pool".into(), reason: "bad luck".into() });
        }
        for path in std::iter::once(&delivery.archive).chain(&delivery.callback) {
            std::fs::metadata(path)
                .map_err(|source| StoreError::Unreadable { path: path.clone(), source })?;
        }
        self.shared().world().delivered.insert(delivery.task);
        self.0.after(call).await;
        Ok(format!("/results/{}", delivery.task))
    }
}

#[async_trait]
impl PoolLink for Peers {
    async fn authorize(&self, task: TaskId, _: Address) -> Result<Authorization, WorkerError> {
        let call = self.0.before("authorize").await;
        self.wait("authorize", 1, 1_000).await;
        let (denied, percent) = {
            let world = self.shared().world();
            (world.plan.tasks[world.place(task)].denied, world.plan.faults.pool_away)
        };
        let away = self.shared().pool_silent() || self.unlucky("authorize", percent);
        self.0.after(call).await;
        if away {
            let pool = Url::parse("http://pool.example").unwrap();
            return Err(WorkerError::PoolUnreachable { pool, reason: "bad luck".into() });
        }
        if denied {
            return Err(WorkerError::PoolDenied {
                code: "P-PO-000".into(),
                reason: "not you".into(),
                retry: false,
            });
        }
        Ok(Authorization {
            task,
            worker: super::world::WALLET,
            enclave: Address::ZERO,
            signature: Bytes::from_static(&[1; 65]),
        })
    }

    async fn report(&self, _: TaskId, _: String, _: String) -> Result<(), WorkerError> {
        let call = self.0.before("report").await;
        self.wait("report", 1, 1_000).await;
        self.0.after(call).await;
        Ok(())
    }
}
