//! Whether there is a network. Even where the operator gives none, there may be one that is there and dead.

use super::{Variation, not_possible};
use crate::determinism::finding::Cause;

pub(super) const DEAD: Variation = Variation::swing(
    "network",
    Cause::Network,
    "gives the container a network with an address and a route, on which nobody answers",
    |arrangement, scene| {
        if !scene.dead_network {
            return not_possible("the engine makes no network without an address of this host");
        }
        arrangement.spec.bend.dead_network = true;
        Ok(())
    },
);
