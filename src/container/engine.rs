//! What runs containers: the seam to the outside.

use super::policy::{Denied, Wanted};
use super::{ContainerError, Image, Outcome, RunSpec};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

/// What an engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineVersion {
    /// The engine's own version.
    pub engine: String,
    /// The version of its API.
    pub api: String,
}

/// Something that runs containers.
pub trait Engine: Send + Sync {
    /// Asks the engine whether it is there.
    ///
    /// # Errors
    /// [`ContainerError::Away`].
    fn version(&self) -> BoxFuture<'_, Result<EngineVersion, ContainerError>>;

    /// Whether the operator lets such an image run, as far as that can be said before its registry is asked.
    ///
    /// # Errors
    /// Why it never runs here.
    fn admits(&self, _wanted: &Wanted) -> Result<(), Denied> {
        Ok(())
    }

    /// Makes sure that the image is here, pulling it when it is not, that it is the one that the chain names, and that the
    /// operator lets it run. Dropping the future ends the pull.
    ///
    /// # Errors
    /// [`ContainerError::BadReference`], [`ContainerError::ImageMissing`], [`ContainerError::RegistryAway`],
    /// [`ContainerError::PullBroken`], [`ContainerError::PullStalled`], [`ContainerError::WrongDigest`],
    /// [`ContainerError::Denied`], [`ContainerError::Untrusted`], [`ContainerError::Login`].
    fn image<'a>(&'a self, wanted: &'a Wanted) -> BoxFuture<'a, Result<Image, ContainerError>>;

    /// Hands the task's folders to the sandbox's user, runs one container from creation to removal, and leaves what
    /// it printed in the area's `stdout` and `stderr`. Call it off by `cancel`; dropping the future instead leaves
    /// the container running, as does an engine that fails: the next call for the same labels and area takes it up
    /// where it is, or answers how it ended.
    ///
    /// # Errors
    /// [`ContainerError::Gone`] when a run was started in this area and nothing is known of its end: the area must be
    /// made anew.
    /// [`ContainerError::NotStarted`] when the image's program cannot be started, [`ContainerError::ImageMissing`]
    /// when the image is gone, [`ContainerError::Disk`], [`ContainerError::Engine`]. However the dapp itself ends is
    /// no error but an [`Outcome`].
    fn run<'a>(
        &'a self,
        spec: &'a RunSpec,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Outcome, ContainerError>>;

    /// The tasks, as labelled, of which this worker has containers. An engine whose containers end with this process
    /// has none.
    ///
    /// # Errors
    /// [`ContainerError::Engine`].
    fn tasks<'a>(&'a self, _worker: &'a str) -> BoxFuture<'a, Result<Vec<String>, ContainerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Removes every container that an earlier life of this worker left, running or not; of one task only when it is
    /// named. Returns how many there were.
    ///
    /// # Errors
    /// [`ContainerError::Engine`].
    fn sweep<'a>(
        &'a self,
        worker: &'a str,
        task: Option<&'a str>,
    ) -> BoxFuture<'a, Result<usize, ContainerError>>;
}
