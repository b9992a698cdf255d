//! What a clock leaves in a result.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn a_time_in_iso_8601() {
    dapp("iso-time.py").given("one two").differs(&[(Cause::Timestamp, At::Value("/created"))]);
}

#[test]
fn seconds_since_1970_from_a_static_program() {
    dapp("unix-time.sh").given("question").differs(&[(Cause::Timestamp, At::Line(2))]);
}

#[test]
fn a_date_as_ctime_writes_it() {
    dapp("ctime.py").given("question").differs(&[(Cause::Timestamp, At::Line(3))]);
}

#[test]
fn a_moment_in_the_zone_of_the_machine() {
    dapp("time-zone.py").given("7").differs(&[(Cause::TimeZone, At::Line(2))]);
}
