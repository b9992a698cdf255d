//! Which of the lines that differ belong together, and which of them stand elsewhere: a line of a log is known by what stands
//! behind its time, a line of a table by its words.

use super::align::{Gap, part};
use super::words;
use std::collections::HashSet;

/// A line of each side, or one that the other side has not.
pub(super) type Pair = (Option<usize>, Option<usize>);

/// The lines of a gap in pairs, in their order, and the pairs of those that moved.
pub(super) fn of(gap: &Gap, lines: (&[&str], &[&str])) -> (Vec<Pair>, Vec<(usize, usize)>) {
    let keys = |key: fn(&str) -> String| {
        let of = |lines: &[&str], indices: &[usize]| -> Vec<String> {
            indices.iter().map(|index| key(lines.get(*index).copied().unwrap_or_default())).collect()
        };
        (of(lines.0, &gap.first), of(lines.1, &gap.second))
    };
    let paired = by_keys(&keys(words::behind_its_time));
    let complete = paired.0.iter().all(|(a, b)| a.is_some() && b.is_some()) && !paired.1.is_empty();
    let (pairs, moved) = if complete { paired } else { by_keys(&keys(words::shape)) };
    let real = |indices: &[usize], at: usize| indices.get(at).copied();
    let pair = |(a, b): Pair| (a.and_then(|a| real(&gap.first, a)), b.and_then(|b| real(&gap.second, b)));
    let moved = moved.iter().filter_map(|(a, b)| real(&gap.first, *a).zip(real(&gap.second, *b)));
    (pairs.into_iter().map(pair).collect(), moved.collect())
}

/// Lines of one key belong together, and of those without one the first with the first.
fn by_keys(keys: &(Vec<String>, Vec<String>)) -> (Vec<Pair>, Vec<(usize, usize)>) {
    let first: Vec<&str> = keys.0.iter().map(String::as_str).collect();
    let second: Vec<&str> = keys.1.iter().map(String::as_str).collect();
    let apart = part(&first, &second);
    let mut pairs: Vec<Pair> = apart.moved.iter().map(|(a, b)| (Some(*a), Some(*b))).collect();
    for gap in &apart.gaps {
        let longer = gap.first.len().max(gap.second.len());
        pairs.extend((0..longer).map(|at| (gap.first.get(at).copied(), gap.second.get(at).copied())));
    }
    let mut rest = ((0..first.len()).collect::<Vec<_>>(), (0..second.len()).collect::<Vec<_>>());
    let taken = |side: fn(&Pair) -> Option<usize>| pairs.iter().filter_map(side).collect::<HashSet<_>>();
    let taken = (taken(|pair| pair.0), taken(|pair| pair.1));
    rest.0.retain(|index| !taken.0.contains(index));
    rest.1.retain(|index| !taken.1.contains(index));
    pairs.extend(rest.0.into_iter().zip(rest.1).map(|(a, b)| (Some(a), Some(b))));
    // In the order of the lines, whichever side they are on.
    pairs.sort_by_key(|(a, b)| (a.or(*b), b.or(*a)).min((b.or(*a), a.or(*b))));
    (pairs, apart.moved)
}
