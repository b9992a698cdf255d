//! Numbers that have nothing to do with one another.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(NUMBER, r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?");

/// Fewer digits than this are drawn by chance too, but more often they count something.
const DIGITS: usize = 5;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    let digits = |hit: &Hit<'_>| hit.text().chars().filter(char::is_ascii_digit).count();
    let alone = a.stands_alone(&['.']) && b.stands_alone(&['.']);
    if !alone || digits(&a).max(digits(&b)) < DIGITS {
        return None;
    }
    sight(Cause::Entropy, None, &a, &b)
}
