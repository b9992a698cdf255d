//! What a run is made of.

use super::policy::Party;
use super::{Bend, Image};
use crate::dapp::{Launch, WorkArea};
use std::time::Duration;

/// One run of one container.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSpec {
    /// How the container is found again.
    pub labels: Labels,
    /// The app that asks for it.
    pub app: Party,
    /// The image, as [`super::Engine::image`] gave it.
    pub image: Image,
    /// Mounts, environment, command.
    pub launch: Launch,
    /// The task's folders on this host.
    pub area: WorkArea,
    /// Whose identity the processes get.
    pub user: SandboxUser,
    /// What the run may cost.
    pub limits: Limits,
    /// Whether the memory that it takes is measured, which is another question to the engine.
    pub measured: bool,
    /// What differs from the sandbox's own settings; a worker changes nothing.
    pub bend: Bend,
}

/// How a container is found again after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The task's id, as text.
    pub task: String,
    /// Which worker's, as text: several may share an engine and even run the same task.
    pub worker: String,
}

/// The user and group that a dapp's processes run as, by number: neither needs a name in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxUser {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl SandboxUser {
    /// The user for a worker that runs as root: `nonroot` of the common base images, the owner of nothing here.
    pub const UNPRIVILEGED: Self = Self { uid: 65_532, gid: 65_532 };

    /// An unprivileged user that can own the task's folders: this process's own, or [`Self::UNPRIVILEGED`] for root.
    pub fn of_this_host() -> Self {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        if uid.is_root() { Self::UNPRIVILEGED } else { Self { uid: uid.as_raw(), gid: gid.as_raw() } }
    }
}

/// What a run may cost this host.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Memory; there is no swap beyond it. The content of `/tmp` counts.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
    /// Cores, e.g. 1.5. An engine refuses more than its host has.
    pub cpus: f64,
    /// From start to kill: the category's `workClockTimeRef`.
    pub wall_clock: Duration,
    /// What may be added to the writable folders; each entry counts as 4 KiB at least.
    pub output_bytes: u64,
    /// What is kept of stdout, and as much of stderr.
    pub log_bytes: u64,
    /// Size of `/tmp`.
    pub tmp_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            memory_bytes: 2048 * MIB,
            pids: 512,
            cpus: 1.0,
            wall_clock: Duration::from_secs(300),
            output_bytes: 2048 * MIB,
            log_bytes: 8 * MIB,
            tmp_bytes: 512 * MIB,
        }
    }
}
