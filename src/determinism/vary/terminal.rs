//! What the dapp reads from and prints to.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const STDIN: Variation = Variation::swing(
    "stdin",
    Cause::Terminal,
    "gives the dapp an empty pipe to read, and no device",
    |arrangement, scene| {
        arrangement.shim(scene, ["--empty-pipe"]);
        Ok(())
    },
);

pub(super) const TERMINAL: Variation = Variation::swing(
    "terminal",
    Cause::Terminal,
    "lets the dapp print to a terminal of 57 columns",
    |arrangement, scene| {
        arrangement.spec.bend.terminal = true;
        arrangement.spec.bend.set("COLUMNS", "57");
        arrangement.spec.bend.set("LINES", "19");
        arrangement.shim(scene, ["--columns", "57"]);
        Ok(())
    },
);
