//! Seconds since 1970, and thousandths, millionths and billionths of them, as a bare number.

use super::{Hit, Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::{Cause, Magnitude};

pattern!(NUMBER, r"(?<n>\d{10,19})(?:\.(?<f>\d{1,9}))?");

/// Two runs of one check are not further apart, unless they are told to be.
const NEAR_MS: i128 = 2 * 86_400_000;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &NUMBER)?;
    if !(a.stands_alone(&['-', '.']) && b.stands_alone(&['-', '.'])) {
        return None;
    }
    let (one, other) = (milliseconds(&a)?, milliseconds(&b)?);
    let apart = (one - other).abs();
    let of_its_run = |spot: &Spot<'_>, ms: i128| {
        spot.known.started.is_some_and(|started| (ms - i128::from(started) * 1000).abs() < NEAR_MS)
    };
    let likely = apart < NEAR_MS || (of_its_run(first, one) && of_its_run(second, other));
    if !likely {
        return None;
    }
    sight(Cause::Timestamp, Some(Magnitude::Seconds { milliseconds: apart }), &a, &b)
}

/// A time from 2001 to 2100, by the number of digits.
fn milliseconds(hit: &Hit<'_>) -> Option<i128> {
    let digits = hit.group("n")?;
    let number: i128 = digits.parse().ok()?;
    let ms = match digits.len() {
        10 => {
            let fraction = format!("{:0<3}", hit.group("f").unwrap_or_default());
            number * 1000 + fraction.get(..3)?.parse::<i128>().ok()?
        }
        13 => number,
        16 => number / 1000,
        19 => number / 1_000_000,
        _ => return None,
    };
    (1_000_000_000_000..4_102_444_800_000).contains(&ms).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;
    use crate::determinism::diff::Known;

    #[test]
    fn seconds_and_their_parts() {
        examples::are(
            Cause::Timestamp,
            &[
                ("1795626000", "1795626003"),
                ("t=1795626000.123", "t=1795626003.5"),
                ("{\"ts\": 1795626000123}", "{\"ts\": 1795626003123}"),
                ("1795626000123456", "1795626003123456"),
                ("1795626000123456789", "1795626003123456789"),
            ],
        );
        assert_eq!(examples::milliseconds("1795626000.25", "1795626003"), 2_750);
    }

    #[test]
    fn what_is_no_time() {
        examples::are_not(
            Cause::Timestamp,
            &[("1795626000", "3112345678"), ("123456789012", "123456789013"), ("9795626000", "9795626001")],
        );
    }

    #[test]
    fn a_clock_that_is_told_explains_what_is_far_apart() {
        let known = |started| Known { words: Vec::new(), started: Some(started) };
        let (one, other) = (known(1_795_626_000), known(1_900_000_000));
        let spot = |text: &'static str, known| Spot { text, at: 0..10, known };
        let seen = look(&spot("1795626007", &one), &spot("1900000009", &other));
        assert_eq!(seen.map(|sight| sight.cause), Some(Cause::Timestamp));
        assert_eq!(look(&spot("1795626007", &one), &spot("1950000009", &other)), None);
    }
}
