//! Times as people and logs write them: ISO 8601, RFC 2822, ctime, syslog, Apache, Go, Python, PDF, with or without a zone.

use super::{Hit, Sight, Spot, pattern, sight, zone};
use crate::determinism::diff::calendar;
use crate::determinism::finding::{Cause, Magnitude};
use regex_lite::Regex;

/// A quarter of an hour: every zone's distance to another is a multiple of it.
const QUARTER_MS: i128 = 15 * 60 * 1000;
/// No zone is further from another.
const FURTHEST_MS: i128 = 26 * 60 * 60 * 1000;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

pattern!(
    ISO,
    r"(?<y>\d{4})(?:-(?<mo>\d\d)-|/(?<mo2>\d\d)/|\.(?<mo3>\d\d)\.|:(?<mo4>\d\d):)(?<d>\d\d)(?:(?:T|t|_|, ?| +)(?<h>\d\d)[:.h-](?<mi>\d\d)(?:[:.-](?<s>\d\d)(?:[.,](?<f>\d{1,9}))?)?(?: ?(?<z>Z|UTC|GMT|[+-]\d\d:?\d\d))?(?: [A-Z]{3,5}\b)?(?: m=[+-][\d.]+)?)?"
);
pattern!(
    COMPACT,
    r"(?<y>(?:19|20)\d\d)(?<mo>[01]\d)(?<d>[0-3]\d)[T_-]?(?<h>[0-2]\d)(?<mi>[0-5]\d)(?<s>[0-5]\d)(?<f>\d{3,6})?(?<z>Z|[+-]\d\d'?\d\d'?)?"
);
pattern!(
    DAY_FIRST,
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?<d>\d{1,2})[ /-](?<mo>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ /-](?<y>\d{4})(?:(?: at|,)?[ :T](?<h>\d{1,2}):(?<mi>\d\d)(?::(?<s>\d\d))?(?: ?(?<ap>AM|PM|am|pm))?(?: ?(?<z>[+-]\d{4}|[A-Z]{3,5}\b))?)?"
);
pattern!(
    MONTH_FIRST,
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?<mo>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +(?<d>\d{1,2})(?:,? (?<y>\d{4}))?,?(?: at)?(?: +(?<h>\d{1,2}):(?<mi>\d\d)(?::(?<s>\d\d))?(?: ?(?<ap>AM|PM|am|pm))?(?: (?<z>[A-Z]{3,5}\b|[+-]\d\d:?\d\d|[+-]\d\d))?(?: (?<y2>\d{4}))?)?"
);
pattern!(
    NUMERIC,
    r"(?<m>\d{1,2})(?:/(?<d>\d{1,2})/|\.(?<d2>\d{1,2})\.)(?<y>\d{4}|\d\d)(?:,? +(?<h>\d{1,2}):(?<mi>\d\d)(?::(?<s>\d\d))?(?: ?(?<ap>AM|PM|am|pm))?)?"
);

/// A time of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    /// As it is written, in milliseconds since 1970.
    written_ms: i128,
    /// East of Greenwich, where it is told.
    offset_ms: Option<i128>,
    /// Whether it tells more than a day.
    has_hour: bool,
}

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let ((a, one), (b, other)) = (moment(first)?, moment(second)?);
    if a.text() == b.text() {
        return None;
    }
    let told = (one.offset_ms, other.offset_ms);
    let apart = match told {
        (Some(x), Some(y)) => (one.written_ms - x) - (other.written_ms - y),
        _ => one.written_ms - other.written_ms,
    };
    let started = |spot: &Spot<'_>| spot.known.started.map(|seconds| i128::from(seconds) * 1000);
    let between = started(first).zip(started(second)).map_or(0, |(x, y)| x - y);
    let cause = match told {
        (Some(x), Some(y)) if x != y && apart == 0 => Cause::TimeZone,
        (Some(x), Some(y)) if x != y && zone_apart(one.written_ms - other.written_ms - between) => {
            Cause::Timestamp
        }
        _ if apart == 0 => zone::differ(a.text(), b.text()).unwrap_or(Cause::Locale),
        (Some(x), Some(y)) if x == y => Cause::Timestamp,
        _ if one.has_hour && other.has_hour && zone_apart(apart) => Cause::TimeZone,
        _ => Cause::Timestamp,
    };
    // One instant in two zones is as far apart as it is written.
    let written = if apart == 0 { one.written_ms - other.written_ms } else { apart };
    let magnitude = Magnitude::Seconds { milliseconds: written.abs() };
    sight(cause, Some(magnitude).filter(|_| cause == Cause::Timestamp || written != 0), &a, &b)
}

/// Whether two readings of a clock differ as zones do.
pub(super) fn zone_apart(apart_ms: i128) -> bool {
    apart_ms != 0 && apart_ms % QUARTER_MS == 0 && apart_ms.abs() <= FURTHEST_MS
}

fn moment<'a>(spot: &Spot<'a>) -> Option<(Hit<'a>, Moment)> {
    let patterns: [&Regex; 5] = [&ISO, &DAY_FIRST, &MONTH_FIRST, &COMPACT, &NUMERIC];
    patterns.into_iter().find_map(|pattern| {
        let hit = spot.hit(pattern)?;
        // A name may stand right before a compact time (`D:2026…`, `log20260101…`), and nothing but a number is cut by one.
        if hit.before.ends_with(|c: char| c.is_ascii_digit())
            || hit.after.starts_with(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        let moment = read(&hit)?;
        Some((hit, moment))
    })
}

fn read(hit: &Hit<'_>) -> Option<Moment> {
    let number = |names: &[&str]| -> Option<i128> {
        names.iter().find_map(|name| hit.group(name)).and_then(|digits| digits.parse().ok())
    };
    let year = match number(&["y", "y2"]) {
        Some(short) if short < 100 => 2000 + short,
        Some(year) => year,
        // Syslog leaves the year out: any leap year will do, both sides get the same.
        None => 2000,
    };
    let (month, day) = match (hit.group("mo").and_then(month), number(&["m"])) {
        (Some(month), _) => (month, number(&["d"])?),
        (None, Some(m)) => {
            let d = number(&["d", "d2"])?;
            if m > 12 || hit.group("d2").is_some() { (d, m) } else { (m, d) }
        }
        (None, None) => (number(&["mo", "mo2", "mo3", "mo4"])?, number(&["d"])?),
    };
    let hour = number(&["h"]).unwrap_or(0);
    let hour = match hit.group("ap").and_then(|half| half.chars().next()) {
        Some('P' | 'p') if hour < 12 => hour + 12,
        Some('A' | 'a') if hour == 12 => 0,
        _ => hour,
    };
    let (minute, second) = (number(&["mi"]).unwrap_or(0), number(&["s"]).unwrap_or(0));
    let sound =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !sound || !(1900..=2200).contains(&year) {
        return None;
    }
    let fraction = hit.group("f").map_or(0, |digits| {
        format!("{digits:0<3}").get(..3).and_then(|ms| ms.parse::<i128>().ok()).unwrap_or(0)
    });
    let seconds = calendar::seconds([year, month, day, hour, minute, second]);
    Some(Moment {
        written_ms: seconds * 1000 + fraction,
        offset_ms: hit.group("z").and_then(zone::offset_ms),
        has_hour: hit.group("h").is_some(),
    })
}

fn month(name: &str) -> Option<i128> {
    let name = name.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == name).map(|index| index as i128 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn times_in_the_formats_of_programs() {
        examples::are(
            Cause::Timestamp,
            &[
                ("2026-11-21T17:17:25Z", "2026-11-21T17:17:28Z"),
                ("2026-11-21T17:17:25.123456+00:00", "2026-11-21T17:17:28.000001+00:00"),
                ("at 2026-11-21 17:17:25.123456", "at 2026-11-21 17:17:27.654321"),
                ("[2026-11-21 17:17:25,123] INFO", "[2026-11-21 17:17:25,987] INFO"),
                ("2026/11/21 17:17:25 start", "2026/11/21 17:17:26 start"),
                (
                    "2026-11-21 17:17:25.1 +0000 UTC m=+0.000012",
                    "2026-11-21 17:17:28.2 +0000 UTC m=+0.000013",
                ),
                ("Sat, 21 Nov 2026 17:17:25 +0000", "Sat, 21 Nov 2026 17:17:28 +0000"),
                ("Sat, 21 Nov 2026 23:59:59 GMT", "Sun, 22 Nov 2026 00:00:01 GMT"),
                ("Sat Nov 21 17:17:25 2026", "Sat Nov 21 17:17:28 2026"),
                ("Sat Nov 21 17:17:25 UTC 2026", "Sat Nov 21 17:17:28 UTC 2026"),
                ("Sat Nov  7 07:17:25 AM UTC 2026", "Sat Nov  7 07:17:28 AM UTC 2026"),
                ("Nov 21 17:17:25 host app", "Nov 21 17:17:26 host app"),
                ("[21/Nov/2026:17:17:25 +0000]", "[21/Nov/2026:17:17:26 +0000]"),
                ("20261121171725", "20261121171728"),
                ("run-20261121T171725Z.log", "run-20261121T171728Z.log"),
                ("20261121_171725", "20261121_171728"),
                ("(D:20261121171725+00'00')", "(D:20261121171728+00'00')"),
                ("11/21/2026, 5:17:25 PM", "11/21/2026, 5:17:28 PM"),
                ("21.11.2026 17:17:25", "21.11.2026 17:17:28"),
                ("2026-11-21", "2026-11-22"),
                ("November 21, 2026", "November 22, 2026"),
                ("2026:11:21 17:17:25", "2026:11:21 17:17:26"),
            ],
        );
        assert_eq!(examples::milliseconds("2026-11-21T17:17:25.5Z", "2026-11-21T17:17:28Z"), 2_500);
        assert_eq!(
            examples::milliseconds("2024-02-28 00:00:00", "2024-03-01 00:00:01"),
            2 * 86_400_000 + 1_000
        );
    }

    #[test]
    fn one_instant_in_two_zones() {
        examples::are(
            Cause::TimeZone,
            &[
                ("2026-11-21T17:17:25+00:00", "2026-11-21T23:02:25+05:45"),
                ("2026-11-21T17:17:25Z", "2026-11-21T18:17:25+0100"),
                ("2024-01-01 12:00:00", "2024-01-01 17:45:00"),
                ("2024-01-01 00:00:00", "2023-12-31 19:00:00"),
                ("Mon Jan  1 00:00:00 UTC 2024", "Mon Jan  1 05:45:00 +0545 2024"),
                ("Sat Nov 21 17:17:25 UTC 2026", "Sat Nov 21 18:17:25 CET 2026"),
                ("2024-01-01 12:00:00 UTC", "2024-01-01 12:00:00 CET"),
            ],
        );
        let hour = examples::milliseconds("2026-11-21T17:17:25Z", "2026-11-21T18:17:25+0100");
        assert_eq!(hour, 3_600_000);
    }

    #[test]
    fn one_day_in_two_languages() {
        examples::are(Cause::Locale, &[("01/31/2026", "31.01.2026"), ("2026-01-31", "31/01/2026")]);
    }

    #[test]
    fn what_is_no_time() {
        let pairs = [
            ("1.2.3", "1.2.4"),
            ("9999-99-99", "9999-98-99"),
            ("10.0.0.1", "10.0.0.2"),
            ("12345678901234", "99345678901234"),
            ("a-b-c", "a-b-d"),
        ];
        examples::are_not(Cause::Timestamp, &pairs);
        examples::are_not(Cause::TimeZone, &pairs);
    }
}
