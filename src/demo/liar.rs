//! A worker that lies: an engine that changes the result after the run, so that everything else of the worker is real.

use crate::container::policy::{Denied, Wanted};
use crate::container::{ContainerError, Engine, EngineVersion, Image, Outcome, RunSpec};
use futures_util::future::BoxFuture;
use std::io::Write;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An engine that runs containers as `inner` does and then adds a byte to what they proved.
pub struct Liar {
    inner: Arc<dyn Engine>,
}

impl Liar {
    /// Lies about what `inner` ran.
    pub fn new(inner: Arc<dyn Engine>) -> Self {
        Self { inner }
    }
}

impl Engine for Liar {
    fn version(&self) -> BoxFuture<'_, Result<EngineVersion, ContainerError>> {
        self.inner.version()
    }

    fn admits(&self, wanted: &Wanted) -> Result<(), Denied> {
        self.inner.admits(wanted)
    }

    fn image<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Image, ContainerError>> {
        self.inner.image(wanted)
    }

    fn run<'a>(
        &'a self,
        spec: &'a RunSpec,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Outcome, ContainerError>> {
        Box::pin(async move {
            let outcome = self.inner.run(spec, cancel).await?;
            let proof = spec.area.folder(spec.launch.outputs).join("consensus.iexec");
            let lie = std::fs::OpenOptions::new().append(true).create(true).open(proof);
            if let Err(error) = lie.and_then(|mut file| file.write_all(b"?")) {
                tracing::warn!(%error, "the lie did not come off");
            }
            Ok(outcome)
        })
    }

    fn tasks<'a>(&'a self, worker: &'a str) -> BoxFuture<'a, Result<Vec<String>, ContainerError>> {
        self.inner.tasks(worker)
    }

    fn sweep<'a>(
        &'a self,
        worker: &'a str,
        task: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize, ContainerError>> {
        self.inner.sweep(worker, task)
    }
}
