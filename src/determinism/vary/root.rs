//! Whether the image's own files can be written to.

use super::{Variation, not_possible};
use crate::determinism::finding::Cause;

pub(super) const WRITABLE: Variation = Variation::swing(
    "writable-root",
    Cause::RootFilesystem,
    "lets the dapp write outside of its folders, where its user may",
    |arrangement, _| {
        if !rustix::process::geteuid().is_root() {
            return not_possible("only root can see how much a container writes to its root");
        }
        arrangement.spec.bend.writable_root = true;
        Ok(())
    },
);
