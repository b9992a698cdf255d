//! What is known of an image and of this host before the first run, and the things that variations bring along: our own
//! program, a library, files that are shown in place of the kernel's. Looked up once for a check; variations only read it.
//!
//! ```text
//! image ──▶ program ──▶ its loader ──▶ glibc, musl, static         (what a preloaded library or a tunable can reach)
//! host  ──▶ libfaketime, zone, /proc ──▶ folder of the check       (mounted read-only by those who need it)
//! ```

mod host;
mod language;
mod linked;
mod memory;
mod props;

pub(super) use linked::DEFAULT_PATH;
pub use linked::{Glibc, Linked};

use crate::container::{ContainerError, DockerEngine, Facts, Peek, RunSpec, program};
use memory::Memory;
use props::Props;
use std::path::{Path, PathBuf};

/// Where a container sees our program and libraries.
pub(super) const TOOLS: &str = "/.poco";

/// What is known of an image and of this host.
#[derive(Debug)]
pub struct Scene {
    /// What the engine says of itself.
    pub facts: Facts,
    /// What the dapp's program is linked with.
    pub linked: Linked,
    /// Whether the engine can make a network that leads nowhere.
    pub dead_network: bool,
    /// A language that the image's C library knows, other than English.
    pub locale: Option<String>,
    props: Props,
    memory: Option<Memory>,
}

impl Scene {
    /// Looks at the image that `spec` runs, without running it. `folder` is an empty one that the engine can mount from and
    /// that is there as long as the check; nobody else may be able to write to it.
    ///
    /// # Errors
    /// [`ContainerError::Engine`] when the engine fails, [`ContainerError::Disk`] when this host does.
    pub async fn look(engine: &DockerEngine, spec: &RunSpec, folder: &Path) -> Result<Self, ContainerError> {
        Self::look_with(engine, spec, folder, Path::new(program::ITSELF)).await
    }

    /// The same, with another program than this one as the shim.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn look_with(
        engine: &DockerEngine,
        spec: &RunSpec,
        folder: &Path,
        shim: &Path,
    ) -> Result<Self, ContainerError> {
        let peek = engine.peek(&spec.image, &spec.labels).await?;
        let found = look_into(&peek, spec).await;
        peek.close().await?;
        let (linked, locale) = found?;
        let dead_network = engine.knows_dead_networks(spec).await?;
        let disk = |source| ContainerError::Disk { path: folder.to_path_buf(), source };
        let (place, shim) = (folder.to_path_buf(), shim.to_path_buf());
        let laid = tokio::task::spawn_blocking(move || Props::lay(&place, &shim));
        let memory = Memory::new();
        let props = laid.await.map_err(|panic| disk(std::io::Error::other(panic)))?.map_err(disk)?;
        Ok(Self { facts: engine.facts().clone(), linked, dead_network, locale, props, memory })
    }

    /// A folder in memory, for runs whose inputs lie in an order.
    pub(super) fn memory(&self) -> Option<&Path> {
        self.memory.as_ref().map(Memory::path)
    }

    /// The words that run the shim.
    pub(super) fn shim(&self) -> &[String] {
        &self.props.shim
    }

    /// The folder with the shim and its libraries, on this host.
    pub(super) fn tools(&self) -> &Path {
        &self.props.tools
    }

    /// A file of ours, on this host.
    pub(super) fn prop(&self, name: &str) -> PathBuf {
        self.props.files.join(name)
    }

    /// Whether there is such a file: what this host lacks is not brought along.
    pub(super) fn has(&self, name: &str) -> bool {
        self.prop(name).is_file()
    }

    /// The C library that libfaketime needs; none where this host has no libfaketime.
    pub(super) fn faketime(&self) -> Option<Glibc> {
        self.props.faketime
    }
}

async fn look_into(peek: &Peek<'_>, spec: &RunSpec) -> Result<(Linked, Option<String>), ContainerError> {
    Ok((linked::of(peek, spec).await?, language::of(peek).await?))
}
