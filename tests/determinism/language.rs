//! What the language of a machine leaves in a result.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn thousands_grouped_as_the_language_has_them() {
    let dapp = dapp("locale-number.py").given("1234567.5 7654321.25");
    dapp.differs(&[(Cause::Locale, At::Line(2))]);
}

#[test]
fn the_names_of_months() {
    dapp("locale-month.py").given("2020").differs(&[(Cause::Locale, At::Value("/months/0"))]);
}

#[test]
fn words_sorted_as_the_language_sorts_them() {
    dapp("locale-sort.py").given("apple Zebra banana Cherry").differs(&[(Cause::Locale, At::Line(1))]);
}
