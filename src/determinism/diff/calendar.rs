//! Dates as numbers.

/// Seconds since 1970 of a year, month, day, hour, minute and second of the Gregorian calendar, in no zone.
pub(super) fn seconds([year, month, day, hour, minute, second]: [i128; 6]) -> i128 {
    ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
}

/// Days since 1970 of a date in the Gregorian calendar.
fn days(year: i128, month: i128, day: i128) -> i128 {
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_calendars_do() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2026, 11, 21), 20_778);
    }
}
