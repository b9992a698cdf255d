//! The kernel: what it calls itself, and what it counts.

use super::{Variation, needs_glibc, show};
use crate::determinism::finding::Cause;

pub(super) const RELEASE: Variation =
    Variation::swing("kernel", Cause::Kernel, "has the kernel call itself 2.6", |arrangement, scene| {
        // A static glibc refuses a kernel that says so; one that is loaded asks elsewhere.
        needs_glibc(scene)?;
        arrangement.shim(scene, ["--personality", "uname26"]);
        Ok(())
    });

pub(super) const COUNTERS: Variation = Variation::still(
    "kernel-counters",
    Cause::Kernel,
    "shows the same /proc/uptime, /proc/loadavg and /proc/meminfo in every run",
    |arrangement, scene| {
        show(arrangement, scene, "uptime", "/proc/uptime")?;
        show(arrangement, scene, "loadavg", "/proc/loadavg")?;
        show(arrangement, scene, "meminfo", "/proc/meminfo")
    },
);
