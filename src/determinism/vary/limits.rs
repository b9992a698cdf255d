//! The limits of a process.

use super::Variation;
use crate::container::Ulimit;
use crate::determinism::finding::Cause;

pub(super) const ULIMITS: Variation = Variation::swing(
    "ulimits",
    Cause::Ulimit,
    "allows 1024 open files, and a stack of 16 MiB",
    |arrangement, _| {
        arrangement.spec.bend.ulimits =
            vec![Ulimit { name: "nofile", most: 1024 }, Ulimit { name: "stack", most: 16 << 20 }];
        Ok(())
    },
);
