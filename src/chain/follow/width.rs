//! How many blocks are asked for at once: fewer after a refusal, more after successes. Plain data, no I/O.

/// The widest range asked for.
pub(super) const WIDEST: u64 = 10_000;
/// So many successes just below a width that was refused make it worth another try.
const PROOFS: u32 = 16;

/// The width of the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Width {
    now: u64,
    /// The narrowest width known to be refused.
    refused: Option<u64>,
    served: u32,
}

impl Default for Width {
    fn default() -> Self {
        Self { now: WIDEST, refused: None, served: 0 }
    }
}

impl Width {
    /// In blocks, at least one.
    pub(super) fn blocks(self) -> u64 {
        self.now
    }

    /// A question of this width was answered.
    pub(super) fn served(&mut self) {
        self.served = self.served.saturating_add(1);
        if self.served >= PROOFS {
            self.refused = None;
        }
        let wider = (self.now * 2).min(WIDEST);
        if self.refused.is_none_or(|refused| wider < refused) && wider > self.now {
            self.now = wider;
            self.served = 0;
        }
    }

    /// The endpoint said that `blocks` are too many.
    pub(super) fn refused(&mut self, blocks: u64) {
        self.refused = Some(blocks.max(2));
        self.narrow(blocks);
    }

    /// There was no answer to a question of `blocks`; whether for its width is not known.
    pub(super) fn narrow(&mut self, blocks: u64) {
        self.now = (blocks.min(self.now) / 2).max(1);
        self.served = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_endpoint_with_a_limit_is_soon_asked_for_no_more_and_no_less_than_half(limit in 1..=WIDEST) {
            let mut width = Width::default();
            let (mut refusals, mut blocks) = (0, 0);
            for _ in 0..200 {
                if width.blocks() > limit {
                    width.refused(width.blocks());
                    refusals += 1;
                } else {
                    blocks += width.blocks();
                    width.served();
                }
            }
            prop_assert!(refusals <= 14 + 200 / PROOFS, "{refusals} refusals");
            prop_assert!(blocks >= limit / 2 * 150, "{blocks} blocks of {limit} at once");
        }
    }

    #[test]
    fn after_an_outage_the_width_comes_back_at_once() {
        let mut width = Width::default();
        for _ in 0..20 {
            width.narrow(width.blocks());
        }
        assert_eq!(width.blocks(), 1);
        for _ in 0..14 {
            width.served();
        }
        assert_eq!(width.blocks(), WIDEST);
    }
}
