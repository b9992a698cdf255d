//! Random numbers of the kernel. The devices are replaced by a file, and the call is taken away, upon which programs read
//! the device. What a processor draws by itself, and the sixteen bytes that every process starts with, stay random.

use super::{Variation, show};
use crate::determinism::finding::Cause;

pub(super) const STILL: Variation = Variation::still(
    "entropy",
    Cause::Entropy,
    "gives the same numbers in /dev/urandom and /dev/random, and takes getrandom away",
    |arrangement, scene| {
        show(arrangement, scene, "random", "/dev/urandom")?;
        show(arrangement, scene, "random", "/dev/random")?;
        arrangement.shim(scene, ["--no-getrandom"]);
        Ok(())
    },
);
