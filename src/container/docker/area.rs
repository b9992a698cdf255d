//! The task's folders on this host, made ready before a container and opened again after it.

use super::super::folders::take_back;
use super::super::sandbox::{self, Ground};
use super::super::{ContainerError, RunSpec, SandboxUser, hand_over};
use crate::dapp::WorkArea;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The run with absolute paths, which an engine demands.
pub(super) fn absolute(spec: &RunSpec) -> Result<RunSpec, ContainerError> {
    let root = std::path::absolute(spec.area.root()).map_err(|source| disk(spec.area.root(), source))?;
    Ok(RunSpec { area: WorkArea::new(root), ..spec.clone() })
}

/// Makes the run's folders ready.
pub(super) async fn prepare(
    spec: &RunSpec,
    ground: Ground<'_>,
    owner: SandboxUser,
) -> Result<(), ContainerError> {
    let spec = spec.clone();
    let online = ground.cores.map(sandbox::online);
    blocking(move || {
        hand_over(&spec.area, &spec.launch.mounts, owner)?;
        readable(&sandbox::hosts_file(&spec), &sandbox::hosts(&spec))?;
        online.map_or(Ok(()), |online| readable(&sandbox::online_file(&spec), &online))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContainerError> + Send + 'static,
) -> Result<T, ContainerError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// What the dapp closed to its own user is opened to the worker, who may be that user.
pub(super) async fn recover(spec: &RunSpec) -> Result<(), ContainerError> {
    let mounts = spec.launch.mounts.iter().filter(|mount| mount.writable);
    for folder in mounts.map(|mount| spec.area.folder(mount.folder)) {
        let path = folder.clone();
        blocking(move || take_back(&folder).map_err(|errno| disk(&path, errno.into()))).await?;
    }
    Ok(())
}

/// Writes a file that the dapp's user can read, whatever the umask of this process.
fn readable(path: &Path, text: &str) -> Result<(), ContainerError> {
    std::fs::write(path, text)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)))
        .map_err(|source| disk(path, source))
}

fn disk(path: &Path, source: std::io::Error) -> ContainerError {
    ContainerError::Disk { path: path.to_path_buf(), source }
}
