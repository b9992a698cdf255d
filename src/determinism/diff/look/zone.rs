//! Names and distances of time zones.

use super::{Sight, Spot, hits, pattern, sight};
use crate::determinism::finding::Cause;

pattern!(
    ZONE,
    r"\b(?:UTC|GMT|CES?T|EES?T|WES?T|BST|[ECMP][SD]T|AK[SD]T|HST|MSK|I[SD]T|JST|KST|CST|A[CEW]S?[SD]T|NZ[SD]T|SGT|HKT|[BEWC]AT|SAST|BRT|ART|PKT|NPT|\+\d\d(?::?\d\d)?)\b|\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[A-Za-z_]+(?:/[A-Za-z_]+)?|[+-]\d\d:?\d\d\b"
);

pub(super) fn look(first: &Spot<'_>, second: &Spot<'_>) -> Option<Sight> {
    let (a, b) = hits(first, second, &ZONE)?;
    let alone = a.stands_alone(&['.']) && b.stands_alone(&['.']);
    if alone { sight(Cause::TimeZone, None, &a, &b) } else { None }
}

/// How far east of Greenwich a zone is that is written as a distance, in milliseconds.
pub(super) fn offset_ms(zone: &str) -> Option<i128> {
    if matches!(zone, "Z" | "UTC" | "GMT") {
        return Some(0);
    }
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours: i128 = digits.get(..2)?.parse().ok()?;
    let minutes: i128 = digits.get(2..4).map_or(Some(0), |minutes| minutes.parse().ok())?;
    let east = (hours * 60 + minutes) * 60_000;
    match zone.chars().next() {
        Some('+') => Some(east),
        Some('-') => Some(-east),
        _ => None,
    }
}

/// Whether two ways to write one time differ in their zone's name.
pub(super) fn differ(first: &str, second: &str) -> Option<Cause> {
    let zone = |text: &str| ZONE.find_iter(text).last().map(|found| found.as_str().to_owned());
    (zone(first)? != zone(second)?).then_some(Cause::TimeZone)
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    #[test]
    fn names_and_distances_of_zones() {
        examples::are(
            Cause::TimeZone,
            &[("zone UTC", "zone CET"), ("TZ=Asia/Kathmandu", "TZ=UTC"), ("offset +00:00", "offset +05:45")],
        );
        examples::are_not(Cause::TimeZone, &[("ETA", "ETB"), ("a+1234.5", "a+1235.5")]);
    }

    #[test]
    fn distances_are_read_either_way() {
        assert_eq!(offset_ms("+05:45"), Some(20_700_000));
        assert_eq!(offset_ms("-0330"), Some(-12_600_000));
        assert_eq!((offset_ms("Z"), offset_ms("CET")), (Some(0), None));
    }
}
