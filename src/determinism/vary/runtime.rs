//! What runs the container.

use super::{Variation, not_possible};
use crate::determinism::finding::Cause;

/// Others than the usual one; gVisor brings a kernel of its own and differs most.
const OTHERS: [&str; 3] = ["runsc", "crun", "youki"];

pub(super) const RUNTIME: Variation = Variation::swing(
    "runtime",
    Cause::Runtime,
    "runs the container with runsc, crun or youki, the first that the engine knows",
    |arrangement, scene| {
        let facts = &scene.facts;
        let other =
            OTHERS.into_iter().find(|name| *name != facts.default_runtime && facts.runtimes.contains(*name));
        let Some(other) = other else {
            return not_possible(
                "the engine knows no other runtime: install crun or runsc, and name it in its configuration",
            );
        };
        arrangement.spec.bend.runtime = Some(other.into());
        Ok(())
    },
);
