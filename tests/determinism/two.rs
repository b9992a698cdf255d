//! Two causes at once: neither may hide the other.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn an_id_and_a_time() {
    let expected = [(Cause::RandomId, At::Value("/id")), (Cause::Timestamp, At::Value("/paid"))];
    dapp("two-stamp-and-id.py").given("question").differs(&expected);
}

#[test]
fn a_zone_and_a_host() {
    let expected = [(Cause::TimeZone, At::Line(2)), (Cause::HostName, At::Line(3))];
    dapp("two-host-and-zone.py").given("question").differs(&expected);
}

#[test]
fn a_time_and_the_order_of_a_set() {
    let expected = [(Cause::Timestamp, At::Line(1)), (Cause::HashOrder, At::Line(2))];
    dapp("two-set-and-clock.py").given("one two three four five six seven eight").differs(&expected);
}

#[test]
fn a_float_and_the_number_of_processors() {
    let expected = [(Cause::FloatTail, At::Value("/energy")), (Cause::CpuCount, At::Value("/workers"))];
    dapp("two-float-and-count.py").given("0.37").differs(&expected);
}

#[test]
fn an_owner_and_a_mode() {
    let expected = [(Cause::User, At::Line(2)), (Cause::Umask, At::Line(3))];
    dapp("two-user-and-umask.py").given("content").differs(&expected);
}

#[test]
fn the_order_of_a_folder_and_the_times_of_its_files() {
    let expected = [(Cause::ListingOrder, At::AnyLine), (Cause::FileMetadata, At::AnyLine)];
    dapp("two-listing-and-times.py").reading_texts().differs(&expected);
}

#[test]
fn a_language_and_a_zone_in_one_line() {
    let expected = [(Cause::Locale, At::Line(2)), (Cause::TimeZone, At::Line(2))];
    dapp("two-language-and-zone.py").given("whom").differs(&expected);
}

#[test]
fn an_id_that_nothing_holds_still_and_a_host() {
    let expected = [(Cause::RandomId, At::Line(2)), (Cause::HostName, At::Line(3))];
    dapp("two-uuid-and-host.sh").given("question").differs(&expected);
}
