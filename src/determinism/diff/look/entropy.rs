//! Numbers that have nothing to do with one another.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(NUMBER, r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?");

/// Whole numbers of fewer digits may be drawn too, but more often they count something.
const DIGITS: usize = 5;
/// The same for numbers with a fraction.
const DIGITS_OF_FRACTION: usize = 3;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    let digits = |hit: &Hit<'_>| hit.text().chars().filter(char::is_ascii_digit).count();
    let alone = a.stands_alone(&['.']) && b.stands_alone(&['.']);
    let fraction = a.text().contains('.') || b.text().contains('.');
    let enough = if fraction { DIGITS_OF_FRACTION } else { DIGITS };
    if !alone || digits(&a).max(digits(&b)) < enough {
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
                ("pi 3.128", "pi 3.14"),
            ],
        );
        examples::are_not(
            Cause::Entropy,
            &[("2", "4"), ("0.30000000000000004", "0.3"), ("1795626000", "1795626003")],
        );
    }
}
