//! Moments of chance that can be had again: `POCO_SEED=7 cargo test --test lifecycle` takes those of seed 7. Without a seed they
//! are always the same ones, so that a red run tells of a change and not of luck.

use std::time::Duration;

const SEED: u64 = 815_888;

/// A sequence of numbers from a seed that is printed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        let given = std::env::var("POCO_SEED").ok().map(|text| text.parse().expect("POCO_SEED is a number"));
        let seed = given.unwrap_or(SEED);
        eprintln!("POCO_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // Knuth's multiplier; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Lets a random time below `longest` pass, and says how long it was.
    pub(crate) async fn moment(&mut self, longest: Duration) -> Duration {
        let moment = Duration::from_millis(self.below(longest.as_millis() as u64));
        tokio::time::sleep(moment).await;
        moment
    }
}
