//! Floating-point numbers whose last digits differ.

use super::{Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::{Cause, Magnitude};

pattern!(NUMBER, r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?");

/// Numbers that agree to this share of their size differ in their tails; single precision is left with that.
const RELATIVE: f64 = 1e-6;
/// What two numbers leave that should cancel out.
const CANCELLED: f64 = 1e-12;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    let fractional = |text: &str| text.contains(['.', 'e', 'E']);
    if !fractional(a.text()) && !fractional(b.text()) {
        return None;
    }
    let (one, other): (f64, f64) = (a.text().parse().ok()?, b.text().parse().ok()?);
    let tail = is_tail(one, other) || last_digit(a.text(), b.text(), one, other);
    if !(tail && a.stands_alone(&['.']) && b.stands_alone(&['.'])) {
        return None;
    }
    sight(Cause::FloatTail, Some(Magnitude::Ulps { most: ulps(one, other), numbers: 1 }), &a, &b)
}

/// Whether two numbers are one but for rounding.
pub(in crate::determinism::diff) fn is_tail(one: f64, other: f64) -> bool {
    let largest = one.abs().max(other.abs());
    one.is_finite() && other.is_finite() && ((one - other).abs() <= largest * RELATIVE || largest < CANCELLED)
}

/// Whether they are rounded to the same length and part by one or two of its last digit.
fn last_digit(a: &str, b: &str, one: f64, other: f64) -> bool {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, rest)| rest.len());
    let places = decimals(a);
    let plain = !a.contains(['e', 'E']) && !b.contains(['e', 'E']);
    plain
        && places >= 4
        && places == decimals(b)
        && (one - other).abs() < 2.5 * 10_f64.powi(-(places.min(30) as i32))
}

/// How many doubles lie between two, and one more.
pub(in crate::determinism::diff) fn ulps(one: f64, other: f64) -> u64 {
    // The bits of doubles, seen as signed and with the negative ones turned round, stand in the doubles' own order.
    let rank = |number: f64| {
        let bits = number.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits })
    };
    u64::try_from((rank(one) - rank(other)).abs()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn last_digits() {
        examples::are(
            Cause::FloatTail,
            &[
                ("0.30000000000000004", "0.3"),
                ("sum=1234567.8901234", "sum=1234567.8901235"),
                ("1e-17", "0.0"),
                ("[0.1, -2.5000000000000004e10]", "[0.1, -2.5e10]"),
                ("0.12345", "0.12346"),
                ("16777216.0", "16777217.0"),
            ],
        );
        examples::are_not(
            Cause::FloatTail,
            &[("0.5", "0.75"), ("1", "2"), ("1.5", "1.6"), ("v1.2.3", "v1.2.4")],
        );
    }

    #[test]
    fn doubles_are_counted_across_zero() {
        assert_eq!(ulps(1.0, 1.0 + f64::EPSILON), 1);
        assert_eq!(ulps(-0.0, 0.0), 0);
        assert_eq!(ulps(f64::from_bits(1), -f64::from_bits(1)), 2);
        assert_eq!(ulps(f64::MAX, f64::MIN), ulps(f64::MIN, f64::MAX));
    }
}
