//! What the run could see of its machine and wrote down: host name, user, paths, kernel, processors. No guess at all.

use super::{Sight, Spot};
use std::ops::Range;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    for (cause, one) in &first.known.words {
        let others = second.known.words.iter().filter(|(other, word)| other == cause && word != one);
        for (_, other) in others {
            if let (Some(a), Some(b)) = (find(first, one), find(second, other)) {
                return Some(Sight { cause: *cause, magnitude: None, cover: (a, b) });
            }
        }
    }
    None
}

/// Where the word stands by itself, over what differs.
fn find(spot: &Spot<'_>, word: &str) -> Option<Range<usize>> {
    let (base, window) = spot.window();
    let joins = |c: char| c.is_alphanumeric();
    window.match_indices(word).find_map(|(at, found)| {
        let (before, after) = (window.get(..at)?, window.get(at + found.len()..)?);
        let alone = !before.ends_with(joins) && !after.starts_with(joins);
        let range = base + at..base + at + found.len();
        let over = range.start <= spot.at.end && range.end >= spot.at.start;
        (alone && over && !found.is_empty()).then_some(range)
    })
}
