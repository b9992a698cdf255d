//! What is drawn anew in each run.

use crate::expect::{At, dapp};
use poco::determinism::finding::Cause;

#[test]
fn a_uuid_of_the_language() {
    dapp("job-id.py").given("question").differs(&[(Cause::RandomId, At::Value("/job/id"))]);
}

#[test]
fn a_uuid_of_the_kernel_in_a_static_program() {
    dapp("kernel-uuid.sh").given("question").differs(&[(Cause::RandomId, At::Line(2))]);
}

#[test]
fn numbers_of_a_generator_that_nobody_seeded() {
    dapp("monte-carlo.py").given("1000").differs(&[(Cause::Entropy, At::Line(2))]);
}

#[test]
fn the_name_of_a_temporary_folder() {
    dapp("temporary-name.py").given("scene").differs(&[(Cause::Path, At::Line(2))]);
}

#[test]
fn the_address_of_an_object() {
    dapp("address.py").given("model").differs(&[(Cause::AddressLayout, At::Line(2))]);
}
