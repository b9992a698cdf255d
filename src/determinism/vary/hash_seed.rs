//! The order of hash tables, where a language lets it be set.

use super::Variation;
use crate::determinism::finding::Cause;

pub(super) const STILL: Variation = Variation::still(
    "hash-seed",
    Cause::HashOrder,
    "sets PYTHONHASHSEED and PERL_HASH_SEED to 0",
    |arrangement, _| {
        arrangement.spec.bend.set("PYTHONHASHSEED", "0");
        arrangement.spec.bend.set("PERL_HASH_SEED", "0");
        arrangement.spec.bend.set("PERL_PERTURB_KEYS", "0");
        Ok(())
    },
);
