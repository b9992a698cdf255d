//! Which members of two sequences belong together: lines of a file, words of a line, elements of an array.
//!
//! Members that stand once in each are anchors, and the longest run of anchors in the same order is kept; what lies between
//! is looked at again. That is n log n whatever the input is, and the same seen from either side.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// How often the space between anchors is searched for new ones: each time costs another pass.
const DEPTH: usize = 8;
/// Shorter than this, a member that stands elsewhere may be there by chance.
const TELLING: usize = 4;

/// What two sequences do not share.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parted {
    /// Stretches that differ, in order.
    pub(super) gaps: Vec<Gap>,
    /// Members that both have, but that stand elsewhere, by their indices.
    pub(super) moved: Vec<(usize, usize)>,
}

impl Parted {
    /// The lowest index at which a member stands that moved; none when none did.
    pub(super) fn moved_from(&self) -> Option<usize> {
        self.moved.iter().map(|(first, second)| *first.min(second)).min()
    }
}

/// A stretch that differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// Where the stretch begins in each.
    pub(super) start: (usize, usize),
    /// Members of the first that are not in the second.
    pub(super) first: Vec<usize>,
    /// Members of the second that are not in the first.
    pub(super) second: Vec<usize>,
}

/// Aligns two sequences of texts.
pub(super) fn part(first: &[&str], second: &[&str]) -> Parted {
    // Which anchors are kept among equally long runs must not hang on which side is called the first.
    let swapped = first > second;
    let (a, b) = if swapped { (second, first) } else { (first, second) };
    let mut parted = Parted::default();
    gaps(a, b, (0, 0), DEPTH, &mut parted.gaps);
    take_moved(a, b, &mut parted);
    if swapped {
        for gap in &mut parted.gaps {
            std::mem::swap(&mut gap.first, &mut gap.second);
            gap.start = (gap.start.1, gap.start.0);
        }
        for moved in &mut parted.moved {
            *moved = (moved.1, moved.0);
        }
    }
    parted.moved.sort_unstable();
    parted
}

fn gaps(a: &[&str], b: &[&str], base: (usize, usize), depth: usize, out: &mut Vec<Gap>) {
    let same = |(x, y): &(&&str, &&str)| x == y;
    let head = a.iter().zip(b).take_while(same).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (strip(a, tail), strip(b, tail));
    let base = (base.0 + head, base.1 + head);
    if a.is_empty() && b.is_empty() {
        return;
    }
    let anchors = if depth == 0 { Vec::new() } else { longest_run(&anchors(a, b)) };
    if anchors.is_empty() {
        let all = |start: usize, len: usize| (start..start + len).collect();
        out.push(Gap { start: base, first: all(base.0, a.len()), second: all(base.1, b.len()) });
        return;
    }
    let mut from = (0, 0);
    for to in anchors.into_iter().chain([(a.len(), b.len())]) {
        let (a, b) = (slice(a, from.0..to.0), slice(b, from.1..to.1));
        gaps(a, b, (base.0 + from.0, base.1 + from.1), depth - 1, out);
        from = (to.0 + 1, to.1 + 1);
    }
}

/// Members that stand exactly once in each, in the order of the first.
fn anchors(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let (in_a, in_b) = (single(a), single(b));
    let mut pairs: Vec<_> =
        in_a.into_iter().filter_map(|(item, at)| Some((at?, in_b.get(item).copied().flatten()?))).collect();
    pairs.sort_unstable();
    pairs
}

/// Where each member stands; none for one that stands more than once.
fn single<T: Hash + Eq + Copy>(items: &[T]) -> HashMap<T, Option<usize>> {
    let mut seen = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        seen.entry(*item).and_modify(|at| *at = None).or_insert(Some(index));
    }
    seen
}

/// The longest choice of pairs whose second halves rise, as their first halves do.
fn longest_run(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the pair that ends a run of that length lowest; each pair knows the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |index: &usize| pairs.get(*index).map(|pair| pair.1);
    for (index, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| second(end) < Some(pair.1));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.extend(pairs.get(index));
        at = before.get(index).copied().flatten();
    }
    run.reverse();
    run
}

/// Takes out of the gaps what only stands elsewhere, unless it may be there by chance.
fn take_moved(a: &[&str], b: &[&str], parted: &mut Parted) {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for index in parted.gaps.iter().flat_map(|gap| gap.first.iter().rev()) {
        places.entry(text(a, *index)).or_default().push(*index);
    }
    let mut moved = Vec::new();
    for index in parted.gaps.iter().flat_map(|gap| &gap.second) {
        let item = text(b, *index);
        if item.contains(char::is_alphanumeric)
            && let Some(at) = places.get_mut(item).and_then(Vec::pop)
        {
            moved.push((at, *index));
        }
    }
    let unmatched = |side: fn(&Gap) -> usize| parted.gaps.iter().map(side).sum::<usize>();
    let left = unmatched(|gap| gap.first.len()).max(unmatched(|gap| gap.second.len())) - moved.len();
    let telling = |item: &str| item.len() >= TELLING && item.contains(char::is_alphabetic);
    if left > moved.len() && !moved.iter().all(|(at, _)| telling(text(a, *at))) {
        return;
    }
    let (firsts, seconds): (Vec<_>, Vec<_>) = moved.iter().copied().unzip();
    let (firsts, seconds) = (sorted(firsts), sorted(seconds));
    for gap in &mut parted.gaps {
        gap.first.retain(|index| firsts.binary_search(index).is_err());
        gap.second.retain(|index| seconds.binary_search(index).is_err());
    }
    parted.gaps.retain(|gap| !gap.first.is_empty() || !gap.second.is_empty());
    parted.moved = moved;
}

fn sorted(mut indices: Vec<usize>) -> Vec<usize> {
    indices.sort_unstable();
    indices
}

fn text<'a>(items: &[&'a str], index: usize) -> &'a str {
    items.get(index).copied().unwrap_or_default()
}

fn strip<'s, 'a>(items: &'s [&'a str], tail: usize) -> &'s [&'a str] {
    slice(items, 0..items.len().saturating_sub(tail))
}

fn slice<'s, 'a>(items: &'s [&'a str], range: Range<usize>) -> &'s [&'a str] {
    items.get(range).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn what_changed_and_what_moved_are_told_apart() {
        let parted = part(&words("stamp1 alpha beta gamma"), &words("stamp2 gamma alpha beta"));
        assert_eq!(parted.moved, [(3, 1)]);
        assert_eq!(parted.gaps, [Gap { start: (0, 0), first: vec![0], second: vec![0] }]);
    }

    #[test]
    fn numbers_that_are_alike_by_chance_have_not_moved() {
        let parted = part(&words("3 1 7 9 4 8"), &words("7 2 5 6 1 0"));
        assert!(parted.moved.is_empty(), "{parted:?}");
    }

    #[test]
    fn an_insertion_has_a_place_in_both() {
        let parted = part(&words("a b d"), &words("a b c d"));
        assert_eq!(parted.gaps, [Gap { start: (2, 2), first: vec![], second: vec![2] }]);
    }

    proptest! {
        #[test]
        fn seen_from_the_other_side_it_is_the_same(
            first in proptest::collection::vec("[a-d]{1,5}", 0..30),
            second in proptest::collection::vec("[a-d]{1,5}", 0..30),
        ) {
            let a: Vec<&str> = first.iter().map(String::as_str).collect();
            let b: Vec<&str> = second.iter().map(String::as_str).collect();
            let (here, there) = (part(&a, &b), part(&b, &a));
            prop_assert_eq!(here.moved.len(), there.moved.len());
            prop_assert_eq!(here.gaps.len(), there.gaps.len());
            for (x, y) in here.gaps.iter().zip(&there.gaps) {
                prop_assert_eq!((&x.first, &x.second), (&y.second, &y.first));
            }
            prop_assert_eq!(here.gaps.is_empty() && here.moved.is_empty(), first == second);
        }
    }
}
