//! A time of day without a date.

use super::{Hit, Sight, Spot, hits, pattern, sight, time};
use crate::determinism::finding::{Cause, Magnitude};

pattern!(
    CLOCK,
    r"(?<h>\d{1,2}):(?<mi>[0-5]\d)(?::(?<s>[0-5]\d)(?:[.,](?<f>\d{1,9}))?)?(?: ?(?<ap>[AaPp]\.?[Mm]\.?)\b)?"
);

const DAY_MS: i128 = 86_400_000;

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &CLOCK)?;
    let (one, other) = (milliseconds(&a)?, milliseconds(&b)?);
    let apart = (one - other).rem_euclid(DAY_MS);
    let apart = apart.min(DAY_MS - apart);
    let cause = match apart {
        0 => Cause::Locale,
        apart if time::zone_apart(apart) => Cause::TimeZone,
        _ => Cause::Timestamp,
    };
    let magnitude = Some(Magnitude::Seconds { milliseconds: apart }).filter(|_| cause != Cause::Locale);
    sight(cause, magnitude, &a, &b)
}

fn milliseconds(hit: &Hit<'_>) -> Option<i128> {
    let number = |name: &str| hit.group(name).map_or(Some(0), |digits| digits.parse::<i128>().ok());
    let hour = match (number("h")?, hit.group("ap").and_then(|half| half.chars().next())) {
        (hour, Some('P' | 'p')) if hour < 12 => hour + 12,
        (12, Some('A' | 'a')) => 0,
        (hour, _) => hour,
    };
    let fraction = format!("{:0<3}", hit.group("f").unwrap_or_default());
    let ms =
        ((hour * 60 + number("mi")?) * 60 + number("s")?) * 1000 + fraction.get(..3)?.parse::<i128>().ok()?;
    (hour < 24 && hit.stands_alone(&[':'])).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn times_of_day() {
        examples::are(
            Cause::Timestamp,
            &[("at 17:17:25", "at 17:17:28"), ("23:59:59.9", "00:00:00.1"), ("5:17 PM", "5:18 PM")],
        );
        examples::are(Cause::TimeZone, &[("12:00:00", "17:45:00")]);
        examples::are(Cause::Locale, &[("5:17 PM", "17:17")]);
        examples::are_not(
            Cause::Timestamp,
            &[("02:42:ac:11:00:02", "02:42:ac:11:00:03"), ("99:10", "99:11")],
        );
        assert_eq!(examples::milliseconds("23:59:59.9", "00:00:00.1"), 200);
    }
}
