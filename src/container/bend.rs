//! How a run is bent away from the sandbox's own settings, so that `poco check` can see whether a dapp minds.
//!
//! The worker bends nothing: the default is empty and changes no word of what the engine is told. What is here renames
//! (host name, variables, user), narrows (processors, limits, a filter of system calls), or shows the dapp a file of ours
//! in another's place, always read-only. Three go further, and none towards the host:
//! - `writable_root` lets the dapp write to its own copy of its image. Its user owns little there, what is written counts
//!   as output, and it is removed with the container.
//! - `own_layout` lets a process choose how its memory is laid out, which the engine's filter of system calls refuses: ours
//!   takes its place (see [`super::filter`]). That protects a program from others, not this host from the program.
//! - `dead_network` gives it an interface on a network of its own, on which nobody is: not this host, and no server of names.
//!
//! Whatever is bent, the dapp is no root, has no capabilities and gets no new privileges.

use crate::dapp::EnvVar;
use std::path::PathBuf;

/// What differs from the sandbox's own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bend {
    /// The host's name.
    pub hostname: Option<String>,
    /// The domain's name.
    pub domain: Option<String>,
    /// Variables, which win over the task's and the image's.
    pub env: Vec<EnvVar>,
    /// Files and folders of this host that are shown, read-only.
    pub overlays: Vec<Overlay>,
    /// Words before the image's own program.
    pub wrap: Vec<String>,
    /// The processors that it is kept on, instead of leased ones.
    pub cores: Option<Vec<usize>>,
    /// What it is run with, by the name that the engine knows it by.
    pub runtime: Option<String>,
    /// A terminal instead of two streams; all is printed on stdout then.
    pub terminal: bool,
    /// Limits of a process, soft and hard the same.
    pub ulimits: Vec<Ulimit>,
    /// A process may choose how its memory is laid out.
    pub own_layout: bool,
    /// A network that leads nowhere, whatever the operator says.
    pub dead_network: bool,
    /// The image's own files can be written to by those who own them.
    pub writable_root: bool,
}

/// A file or folder of this host, shown in the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Where it lies on this host.
    pub source: PathBuf,
    /// Where the dapp sees it.
    pub target: String,
}

/// A limit of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ulimit {
    /// Its name: `nofile`, `stack`.
    pub name: &'static str,
    /// The most, in the limit's own unit.
    pub most: i64,
}

impl Bend {
    /// Gives a variable a value, whatever it had.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.retain(|var| var.name != name);
        self.env.push(EnvVar { name: name.to_owned(), value: value.into() });
    }

    /// Shows a file or folder of this host.
    pub fn show(&mut self, source: impl Into<PathBuf>, target: impl Into<String>) {
        let overlay = Overlay { source: source.into(), target: target.into() };
        self.overlays.retain(|other| other.target != overlay.target);
        self.overlays.push(overlay);
    }
}
