//! The smallest set of variations that brings something about: delta debugging (Zeller and Hildebrandt, "Simplifying and
//! isolating failure-inducing input", 2002), as pure functions over whoever makes the runs.
//!
//! A set is asked about once at most if its oracle remembers. What is asked side by side is waited for to its end, since
//! a run that is dropped would leave its container behind.

use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Some of the variations, by their names.
pub type Set = BTreeSet<&'static str>;

/// What is asked about sets.
pub trait Oracle {
    /// What comes of a set.
    type Seen: Copy + PartialEq + Debug;
    /// What can go wrong on the way.
    type Error;

    /// What comes of the set, as a run or several tell.
    fn ask(&self, set: &Set) -> impl Future<Output = Result<Self::Seen, Self::Error>> + Send;
}

/// A smallest subset of `whole` of which `wanted` comes: without any one of its members it does not. That `wanted` comes
/// of `whole` and not of the empty set is the caller's word. `width` sets are asked about side by side.
///
/// # Errors
/// The oracle's first.
pub async fn smallest<O: Oracle>(
    oracle: &O,
    whole: &Set,
    wanted: O::Seen,
    width: usize,
) -> Result<Set, O::Error> {
    let (mut set, mut parts) = (whole.clone(), 2);
    while set.len() > 1 {
        let subsets = split(&set, parts);
        if let Some(found) = first(oracle, &subsets, wanted, width).await? {
            (set, parts) = (found, 2);
            continue;
        }
        // Of two parts, each is the other's rest.
        let rests: Vec<Set> = match parts {
            2 => Vec::new(),
            _ => subsets.iter().map(|part| &set - part).collect(),
        };
        if let Some(found) = first(oracle, &rests, wanted, width).await? {
            (set, parts) = (found, (parts - 1).max(2));
        } else if parts >= set.len() {
            break;
        } else {
            parts = (parts * 2).min(set.len());
        }
    }
    Ok(set)
}

/// Smallest sets that do not bring about `calm`, each with what comes of it: one is found and dropped, until the rest is
/// calm. Sets that share a member with one that was found before are not found.
///
/// # Errors
/// The oracle's first.
pub async fn every<O: Oracle>(
    oracle: &O,
    whole: &Set,
    calm: O::Seen,
    width: usize,
) -> Result<Vec<(Set, O::Seen)>, O::Error> {
    let (mut rest, mut found) = (whole.clone(), Vec::new());
    while !rest.is_empty() {
        let seen = oracle.ask(&rest).await?;
        if seen == calm {
            break;
        }
        let set = smallest(oracle, &rest, seen, width).await?;
        rest = &rest - &set;
        found.push((set, seen));
    }
    Ok(found)
}

/// The first of the sets of which `wanted` comes.
async fn first<O: Oracle>(
    oracle: &O,
    sets: &[Set],
    wanted: O::Seen,
    width: usize,
) -> Result<Option<Set>, O::Error> {
    for side_by_side in sets.chunks(width.max(1)) {
        let seen = join_all(side_by_side.iter().map(|set| oracle.ask(set))).await;
        for (set, seen) in side_by_side.iter().zip(seen) {
            if seen? == wanted {
                return Ok(Some(set.clone()));
            }
        }
    }
    Ok(None)
}

/// The set in so many parts of nearly the same size.
fn split(set: &Set, parts: usize) -> Vec<Set> {
    let names: Vec<_> = set.iter().copied().collect();
    let (parts, mut at) = (parts.clamp(1, names.len().max(1)), 0);
    (0..parts)
        .map(|part| {
            let size = (names.len() - at) / (parts - part);
            let taken = names.iter().skip(at).take(size).copied().collect();
            at += size;
            taken
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Mutex;

    const NAMES: [&str; 24] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
        "u", "v", "w", "x",
    ];

    /// Differs when any of the planted sets is within the one that is asked about; it remembers what it was asked.
    struct Planted {
        sets: Vec<Set>,
        asked: Mutex<Vec<Set>>,
    }

    impl Planted {
        fn new(sets: &[Vec<usize>]) -> Self {
            let sets = sets.iter().map(|set| set.iter().map(|at| NAMES[*at]).collect()).collect();
            Self { sets, asked: Mutex::default() }
        }
    }

    impl Oracle for Planted {
        type Seen = bool;
        type Error = std::convert::Infallible;

        async fn ask(&self, set: &Set) -> Result<bool, Self::Error> {
            self.asked.lock().unwrap().push(set.clone());
            Ok(self.sets.iter().any(|planted| planted.is_subset(set)))
        }
    }

    fn whole() -> Set {
        NAMES.into_iter().collect()
    }

    fn done<T, E: Debug>(future: impl Future<Output = Result<T, E>>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future).unwrap()
    }

    fn planted(sets: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Vec<usize>>> {
        let set = prop::collection::btree_set(0..NAMES.len(), 1..4);
        prop::collection::vec(set.prop_map(|set| set.into_iter().collect()), sets)
    }

    #[test]
    fn one_culprit_of_24_takes_few_questions() {
        for (at, name) in NAMES.into_iter().enumerate() {
            let oracle = Planted::new(&[vec![at]]);
            assert_eq!(done(smallest(&oracle, &whole(), true, 2)), [name].into());
            let asked = oracle.asked.lock().unwrap().len();
            assert!(asked <= 12, "{asked} questions");
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_smallest(sets in planted(1..=3), width in 1_usize..5) {
            let oracle = Planted::new(&sets);
            let found = done(smallest(&oracle, &whole(), true, width));
            prop_assert!(oracle.sets.contains(&found), "{found:?}");
        }

        #[test]
        fn after_all_that_is_found_the_rest_is_calm(sets in planted(0..=3), width in 1_usize..5) {
            let oracle = Planted::new(&sets);
            let found = done(every(&oracle, &whole(), false, width));
            let mut rest = whole();
            for (set, seen) in &found {
                prop_assert!(*seen && oracle.sets.contains(set), "{set:?}");
                rest = &rest - set;
            }
            prop_assert!(!done(oracle.ask(&rest)));
        }

        #[test]
        fn sets_that_share_nothing_are_all_found(cut in 1_usize..8, width in 1_usize..5) {
            let sets = [(0..cut).collect(), (8..8 + cut).collect::<Vec<_>>(), vec![20]];
            let oracle = Planted::new(&sets);
            let found: BTreeSet<Set> =
                done(every(&oracle, &whole(), false, width)).into_iter().map(|(set, _)| set).collect();
            prop_assert_eq!(found, oracle.sets.into_iter().collect());
        }

        #[test]
        fn an_oracle_that_lies_is_asked_no_end_of_questions(seed in any::<u64>()) {
            struct Noise(Mutex<u64>, Mutex<usize>);
            impl Oracle for Noise {
                type Seen = bool;
                type Error = std::convert::Infallible;

                async fn ask(&self, _: &Set) -> Result<bool, Self::Error> {
                    let mut state = self.0.lock().unwrap();
                    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    *self.1.lock().unwrap() += 1;
                    Ok(*state >> 63 == 1)
                }
            }
            let oracle = Noise(Mutex::new(seed), Mutex::default());
            done(every(&oracle, &whole(), false, 2));
            prop_assert!(*oracle.1.lock().unwrap() < 24 * 24 * 4);
        }

        #[test]
        fn parts_are_the_whole(size in 0..NAMES.len(), parts in 1_usize..30) {
            let set: Set = NAMES.into_iter().take(size).collect();
            let split = split(&set, parts);
            prop_assert_eq!(split.iter().flatten().copied().collect::<Set>(), set.clone());
            prop_assert_eq!(split.iter().map(BTreeSet::len).sum::<usize>(), set.len());
        }
    }
}
