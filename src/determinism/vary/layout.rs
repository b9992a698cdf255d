//! Where a program lies in memory, which the kernel draws anew for each process.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const STILL: Variation = Variation::still(
    "aslr",
    Cause::AddressLayout,
    "lays out memory the same way in every run",
    |arrangement, scene| {
        arrangement.spec.bend.own_layout = true;
        arrangement.shim(scene, ["--personality", "no-aslr"]);
        Ok(())
    },
);
