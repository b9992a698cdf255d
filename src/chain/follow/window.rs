//! What the follower has told lately, so that it can be taken back. Plain data, no I/O.
//!
//! ```text
//! start ····▪·········▪·········▪[──────────── window ────────────] next
//!           marks: hash only      hash and events of each stretch
//! ```
//!
//! Behind the window only sparse marks are kept: they tell where to read again when the chain changed deeper than that.

use crate::chain::Event;
use alloy::primitives::B256;
use std::collections::VecDeque;

/// How many blocks back events are remembered, and transactions watched: a reorganisation deeper than that is not expected.
pub(in crate::chain) const DEPTH: u64 = 128;
/// How many marks are kept behind the window.
const MARKS: usize = 64;

/// A block that was on the chain when what lies up to it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) number: u64,
    pub(super) hash: B256,
}

#[derive(Debug)]
struct Told {
    first: u64,
    last: Mark,
    events: Vec<Event>,
}

/// The stretches told lately, oldest first.
#[derive(Debug)]
pub(super) struct Window {
    start: u64,
    next: u64,
    told: VecDeque<Told>,
    marks: VecDeque<Mark>,
}

impl Window {
    /// Nothing told yet; the first block to be read is `start`.
    pub(super) fn new(start: u64) -> Self {
        Self { start, next: start, told: VecDeque::new(), marks: VecDeque::new() }
    }

    /// The first block not told of.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Where a follower without memory must begin so that nothing is missed that may still change.
    pub(super) fn resume_at(&self) -> u64 {
        self.told.front().map_or(self.next, |told| told.first)
    }

    /// The newest block whose hash is remembered.
    pub(super) fn newest(&self) -> Option<Mark> {
        self.told.back().map(|told| told.last).or_else(|| self.marks.back().copied())
    }

    /// All blocks whose hash is remembered, oldest first.
    pub(super) fn marks(&self) -> Vec<Mark> {
        self.marks.iter().copied().chain(self.told.iter().map(|told| told.last)).collect()
    }

    /// The events of the blocks from `next` to `last` were told.
    pub(super) fn tell(&mut self, last: Mark, events: Vec<Event>) {
        self.told.push_back(Told { first: self.next, last, events });
        self.next = last.number + 1;
        while self.told.front().is_some_and(|oldest| oldest.last.number + DEPTH < self.next) {
            if let Some(oldest) = self.told.pop_front() {
                self.mark(oldest.last);
            }
        }
    }

    fn mark(&mut self, mark: Mark) {
        if self.marks.back().is_none_or(|newest| newest.number + DEPTH <= mark.number) {
            self.marks.push_back(mark);
        }
        if self.marks.len() > MARKS {
            self.marks.pop_front();
        }
    }

    /// Of what was told only what lies up to `fork` is still on the chain; none when no mark is. Gives the events that
    /// are known to have gone, newest first.
    pub(super) fn cut(&mut self, fork: Option<u64>) -> Vec<Event> {
        let stays = |mark: &Mark| fork.is_some_and(|fork| mark.number <= fork);
        let mut gone = Vec::new();
        while let Some(newest) = self.told.pop_back_if(|told| !stays(&told.last)) {
            gone.extend(newest.events.into_iter().rev());
        }
        self.marks.retain(stays);
        self.next = fork.map_or(self.start, |fork| fork + 1);
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Happening;
    use crate::poco::TaskId;
    use alloy::primitives::U256;
    use proptest::prelude::*;

    fn event(block: u64) -> Event {
        Event { block, log_index: 0, what: Happening::Claimed(TaskId(B256::from(U256::from(block)))) }
    }

    fn told(stretches: &[u64]) -> Window {
        let mut window = Window::new(1);
        for blocks in stretches {
            let first = window.next();
            let number = first + blocks - 1;
            window.tell(
                Mark { number, hash: B256::from(U256::from(number)) },
                (first..=number).map(event).collect(),
            );
        }
        window
    }

    proptest! {
        /// A listener that takes back what it is told to and is told again from there knows each event once, however
        /// deep the cut within the window.
        #[test]
        fn what_is_cut_and_what_is_told_again_fit_together(stretches in proptest::collection::vec(1u64..40, 1..30), back in 0usize..8) {
            let mut window = told(&stretches);
            let marks = window.marks();
            let fork = marks.len().checked_sub(back + 1).map(|at| marks[at].number);
            let end = window.next();
            let in_window = window.resume_at();
            let gone: Vec<u64> = window.cut(fork).iter().map(|event| event.block).collect();
            let expected: Vec<u64> = (window.next().max(in_window)..end).rev().collect();
            prop_assert_eq!(gone, expected);
            prop_assert_eq!(window.next(), fork.map_or(1, |fork| fork + 1));
            prop_assert!(window.resume_at() <= window.next());
        }

        #[test]
        fn memory_is_bounded_and_reaches_far_behind_the_window(blocks in 1u64..20_000) {
            let window = told(&vec![1; blocks as usize]);
            prop_assert!(window.told.len() as u64 <= DEPTH);
            prop_assert!(window.marks.len() <= MARKS);
            prop_assert_eq!(window.next() - window.resume_at(), blocks.min(DEPTH));
            let oldest = window.marks()[0].number;
            prop_assert!(oldest <= blocks.saturating_sub(DEPTH * (MARKS as u64 - 1)).max(1));
        }
    }

    #[test]
    fn without_any_mark_left_all_is_read_again() {
        let mut window = told(&[5, 5]);
        assert_eq!(window.cut(None).len(), 10);
        assert_eq!((window.next(), window.resume_at()), (1, 1));
    }
}
