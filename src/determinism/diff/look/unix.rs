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
