//! The rights that files are made without.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const UMASK: Variation = Variation::swing(
    "umask",
    Cause::Umask,
    "makes files that nobody but their owner can read",
    |arrangement, scene| {
        arrangement.shim(scene, ["--umask", "077"]);
        Ok(())
    },
);
