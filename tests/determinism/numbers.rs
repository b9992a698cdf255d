//! Numbers that are almost the same.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn the_last_digits_of_a_sum_of_sines() {
    dapp("float-tail.py").given("0.37").differs(&[(Cause::FloatTail, At::Value("/energy"))]);
}
