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

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn numbers_that_are_drawn() {
        examples::are(
            Cause::Entropy,
            &[
                ("0.8444218515250481", "0.13436424411240122"),
                ("seed 918273645", "seed 12345678"),
                ("-4.71e-05", "9.1345"),
            ],
        );
        examples::are_not(
            Cause::Entropy,
            &[("2", "4"), ("0.30000000000000004", "0.3"), ("1795626000", "1795626003")],
        );
    }
}
