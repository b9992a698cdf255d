//! What each endpoint has told lately, and what follows: the head that is believed, and whom to ask first. Plain data, no I/O.

use crate::chain::Head;
use std::time::Duration;
use tokio::time::Instant;

/// What one endpoint has told.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    head: Option<Head>,
    well: bool,
}

/// All endpoints' standings, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Tally {
    lines: Vec<Standing>,
    best: Option<(usize, Head)>,
    /// Since when nobody who is well has confirmed the best head.
    doubt: Option<Instant>,
    stubborn: Duration,
}

impl Tally {
    /// Nobody has told anything yet. A head that nobody confirms for as long as `stubborn` is given up: an endpoint
    /// that is behind is lagging at first, and only then the chain has become shorter.
    pub(super) fn new(lines: usize, stubborn: Duration) -> Self {
        Self { lines: vec![Standing::default(); lines], best: None, doubt: None, stubborn }
    }

    /// The head that is believed.
    pub(super) fn best(&self) -> Option<Head> {
        self.best.map(|(_, head)| head)
    }

    /// A line told its head, so it is well.
    pub(super) fn told(&mut self, line: usize, head: Head, now: Instant) {
        if let Some(standing) = self.lines.get_mut(line) {
            *standing = Standing { head: Some(head), well: true };
        }
        self.judge(now);
    }

    /// A line failed; true when it was well until now.
    pub(super) fn failed(&mut self, line: usize) -> bool {
        self.lines.get_mut(line).is_some_and(|standing| std::mem::take(&mut standing.well))
    }

    /// Whom to ask: those that are well and know the best head first, in the order of the configuration.
    pub(super) fn order(&self) -> Vec<usize> {
        let best = self.best.map_or(0, |(_, head)| head.number);
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|line| {
            self.lines
                .get(*line)
                .map(|standing| (!standing.well, standing.head.is_none_or(|head| head.number < best)))
        });
        order
    }

    /// The furthest head of those that are well wins; among equals the line that is believed already.
    fn judge(&mut self, now: Instant) {
        let believed = self.best.map(|(line, _)| line);
        let heads = self.lines.iter().enumerate().filter(|(_, standing)| standing.well);
        let furthest = heads
            .filter_map(|(line, standing)| standing.head.map(|head| (line, head)))
            .max_by_key(|(line, head)| (head.number, Some(*line) == believed, usize::MAX - line));
        let Some(furthest) = furthest else { return };
        let behind = self.best.is_some_and(|(_, best)| furthest.1.number < best.number);
        let since = *self.doubt.get_or_insert(now);
        if !behind || now.duration_since(since) >= self.stubborn {
            self.best = Some(furthest);
            self.doubt = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::primitives::B256;

    const STUBBORN: Duration = Duration::from_secs(10);

    fn head(number: u64, fork: u8) -> Head {
        Head { number, hash: B256::repeat_byte(fork), parent: B256::ZERO, timestamp: number, bloom: None }
    }

    #[tokio::test(start_paused = true)]
    async fn the_furthest_head_wins_and_whoever_knows_it_is_asked_first() {
        let mut tally = Tally::new(3, STUBBORN);
        let now = Instant::now();
        tally.told(0, head(10, 1), now);
        tally.told(1, head(12, 1), now);
        tally.told(2, head(12, 1), now);
        assert_eq!(tally.best(), Some(head(12, 1)));
        assert_eq!(tally.order(), [1, 2, 0]);
        assert!(tally.failed(1) && !tally.failed(1));
        assert_eq!(tally.order(), [2, 0, 1]);
        tally.told(0, head(12, 1), now);
        tally.told(1, head(12, 1), now);
        assert_eq!(tally.order(), [0, 1, 2], "back when healthy");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_head_is_lag_at_first_and_a_shorter_chain_in_the_end() {
        let mut tally = Tally::new(1, STUBBORN);
        tally.told(0, head(12, 1), Instant::now());
        tally.told(0, head(9, 2), Instant::now());
        assert_eq!(tally.best(), Some(head(12, 1)));
        tokio::time::advance(STUBBORN).await;
        tally.told(0, head(9, 2), Instant::now());
        assert_eq!(tally.best(), Some(head(9, 2)));
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_that_disagree_on_a_block_do_not_make_the_head_flicker() {
        let mut tally = Tally::new(2, STUBBORN);
        let now = Instant::now();
        tally.told(1, head(12, 1), now);
        tally.told(0, head(12, 2), now);
        assert_eq!(tally.best(), Some(head(12, 1)));
        tally.told(1, head(12, 3), now);
        assert_eq!(tally.best(), Some(head(12, 3)), "the one that is believed saw a reorganisation");
        tally.failed(1);
        tally.told(0, head(12, 2), now);
        assert_eq!(tally.best(), Some(head(12, 2)));
    }
}
