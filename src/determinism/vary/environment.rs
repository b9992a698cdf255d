//! The variables that a process starts with.

use super::Variation;
use crate::determinism::finding::Cause;

/// Enough to move everything that lies below the variables in memory by more than a page.
const NOISE_BYTES: usize = 5000;

pub(super) const NOISE: Variation = Variation::swing(
    "environment",
    Cause::Environment,
    "adds the variables NOISE (5000 letters) and A_FIRST_ONE",
    |arrangement, _| {
        arrangement.spec.bend.set("NOISE", "n".repeat(NOISE_BYTES));
        arrangement.spec.bend.set("A_FIRST_ONE", "1");
        Ok(())
    },
);

pub(super) const PATH: Variation = Variation::swing(
    "path",
    Cause::Environment,
    "puts folders that are not there around those of PATH",
    |arrangement, _| {
        let own = arrangement
            .variable("PATH")
            .unwrap_or_else(|| crate::determinism::scene::DEFAULT_PATH.to_owned());
        arrangement.spec.bend.set("PATH", format!("/opt/first/bin:{own}:/opt/last/bin"));
        Ok(())
    },
);
