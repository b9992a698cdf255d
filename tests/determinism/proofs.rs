//! Proofs that are none.

use crate::expect::{At, dapp};
use crate::image::here;
use poco::determinism::finding::Cause;

#[test]
fn there_is_none() {
    dapp("no-proof.sh").given("question").cannot_run(Cause::NoProof);
}

#[test]
fn it_is_empty() {
    dapp("empty-proof.sh").given("question").cannot_run(Cause::EmptyProof);
}

#[test]
fn it_was_written_by_a_run_that_failed() {
    dapp("failing.sh").given("question").cannot_run(Cause::FailingRun);
}

#[test]
fn it_came_with_the_inputs() {
    let dapp = dapp("proof-of-inputs.sh").reading_texts().reading([here("inputs/planted/consensus.iexec")]);
    dapp.cannot_run(Cause::ProofFromInputs);
}

#[test]
fn it_is_the_same_whatever_the_arguments_are() {
    dapp("constant.sh").given("question").differs(&[(Cause::ConstantProof, At::NoPlace)]);
}

#[test]
fn it_is_the_same_whatever_the_inputs_are() {
    dapp("mined.py").reading_texts().differs(&[(Cause::ConstantProof, At::NoPlace)]);
}
