//! Tables of examples: what each recogniser must see in two lines, and what it must not take for its own.

use super::super::Known;
use super::super::gather::Gathered;
use super::super::text::{Doc, Texts};
use crate::determinism::finding::{Cause, Difference, Magnitude};

/// The differences between two lines.
pub(super) fn differences(first: &str, second: &str) -> Vec<Difference> {
    let known = Known::default();
    let mut out = Gathered::default();
    Texts { path: "f", first: Doc::new(first, (1, 1), &known), second: Doc::new(second, (1, 1), &known) }
        .lines(&mut out);
    out.most_telling(10)
}

/// What two lines look like, from either side.
pub(super) fn causes(first: &str, second: &str) -> Vec<Option<Cause>> {
    let causes = |a, b| differences(a, b).into_iter().map(|found| found.looks_like).collect::<Vec<_>>();
    let here = causes(first, second);
    assert_eq!(here, causes(second, first), "{first} {second}");
    here
}

/// Holds that each pair looks like the cause and like nothing else.
pub(super) fn are(cause: Cause, pairs: &[(&str, &str)]) {
    let missed = |(first, second): &&(&str, &str)| causes(first, second) != [Some(cause)];
    let missed: Vec<_> = pairs.iter().filter(missed).map(|(a, b)| (a, b, causes(a, b))).collect();
    assert!(missed.is_empty(), "not seen as {cause:?}: {missed:#?}");
}

/// Holds that no pair looks like the cause.
pub(super) fn are_not(cause: Cause, pairs: &[(&str, &str)]) {
    let wrong: Vec<_> = pairs.iter().filter(|(a, b)| causes(a, b).contains(&Some(cause))).collect();
    assert!(wrong.is_empty(), "taken for {cause:?}: {wrong:#?}");
}

/// How far apart two lines' only difference is, in milliseconds.
pub(super) fn milliseconds(first: &str, second: &str) -> i128 {
    let found = differences(first, second);
    match found.as_slice() {
        [Difference { magnitude: Magnitude::Seconds { milliseconds }, .. }] => *milliseconds,
        _ => panic!("no single time: {found:#?}"),
    }
}
