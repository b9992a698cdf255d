//! What comes in another order each time.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

const TEXT: &str = "the quick brown fox jumps over the lazy dog and the other one";

#[test]
fn a_set_of_strings_in_python() {
    dapp("set-order.py").given(TEXT).differs(&[(Cause::HashOrder, At::Value("/words"))]);
}

#[test]
fn the_keys_of_a_hash_in_perl() {
    dapp("perl-keys.pl").given(TEXT).differs(&[(Cause::HashOrder, At::AnyLine)]);
}

#[test]
fn threads_that_race() {
    dapp("thread-log.py").given("question").differs(&[(Cause::ThreadRace, At::AnyLine)]);
}

#[test]
fn the_names_of_a_folder() {
    dapp("listing.py").reading_texts().differs(&[(Cause::ListingOrder, At::AnyLine)]);
}
