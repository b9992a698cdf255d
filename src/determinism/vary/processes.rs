//! The numbers of processes. The shim stays process 1, as an init process of another worker's would.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const NUMBERS: Variation = Variation::swing(
    "pids",
    Cause::ProcessId,
    "starts the dapp below an init process, with a number beyond 300",
    |arrangement, scene| {
        arrangement.shim(scene, ["--burn", "300"]);
        Ok(())
    },
);
