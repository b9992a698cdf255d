//! How much memory there is: what the container may take, and what the kernel says of the machine.

use super::{Variation, can_limit, show};
use crate::determinism::finding::Cause;

pub(super) const LIMIT: Variation =
    Variation::swing("memory", Cause::Memory, "allows half as much memory again", |arrangement, scene| {
        can_limit(scene, "memory")?;
        let limits = &mut arrangement.spec.limits;
        limits.memory_bytes = limits.memory_bytes.saturating_add(limits.memory_bytes / 2);
        Ok(())
    });

pub(super) const FILE: Variation = Variation::swing(
    "meminfo",
    Cause::Memory,
    "shows a machine of 3 GiB in /proc/meminfo",
    |arrangement, scene| show(arrangement, scene, "meminfo", "/proc/meminfo"),
);
