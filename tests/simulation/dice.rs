//! Chance from a seed: a sequence for what is planned, and keyed rolls for what happens, so that a call's luck depends
//! on which call it is and not on what else went on at the same moment.

use std::collections::BTreeMap;

/// The next number of splitmix64.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A sequence of numbers.
pub(crate) struct Sequence(u64);

impl Sequence {
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// A number in `from..=to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = mix(self.0);
        from + self.0 % (to - from + 1)
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.between(0, 99) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.between(0, of.len() as u64 - 1) as usize]
    }
}

/// Rolls that are keyed by what they are for and counted per key.
pub(crate) struct Dice {
    seed: u64,
    rolled: BTreeMap<u64, u64>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rolled: BTreeMap::new() }
    }

    /// A number in `from..=to` for the next `what` about `about`.
    pub(crate) fn between(&mut self, what: &'static str, about: u64, from: u64, to: u64) -> u64 {
        let name = what.as_bytes().chunks(8).fold(about, |hash, bytes| {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            mix(hash ^ u64::from_le_bytes(eight))
        });
        let count = self.rolled.entry(name).or_default();
        *count += 1;
        from + mix(mix(self.seed ^ name) ^ *count) % (to - from + 1)
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, what: &'static str, about: u64, percent: u64) -> bool {
        percent > 0 && self.between(what, about, 0, 99) < percent
    }
}
