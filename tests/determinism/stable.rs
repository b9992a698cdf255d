//! Dapps that are as they should be: nothing may be found.

use crate::expect::{Dapp, dapp};
use crate::image::{repository, sample};

const TEXT: &str = "the quick brown fox jumps over the lazy dog";

#[test]
fn all_that_can_go_wrong_done_right() {
    dapp("stable-careful.py").given(TEXT).is_stable();
}

#[test]
fn archives_without_times() {
    dapp("stable-archives.py").given("question").is_stable();
}

#[test]
fn a_log_that_differs_beside_a_proof_that_does_not() {
    dapp("stable-noisy-log.sh").given("question").is_stable();
}

#[test]
fn words_counted_and_sorted() {
    dapp("stable-word-count.py").reading_texts().is_stable();
}

#[test]
fn threads_whose_results_are_put_in_order() {
    dapp("stable-threads.py").given("question").is_stable();
}

#[test]
fn the_keys_of_a_hash_sorted() {
    dapp("stable-sorted.pl").given(TEXT).is_stable();
}

#[test]
fn a_static_program_of_a_stock_image() {
    sample("probe");
    let inputs = [repository().join("tests/determinism/inputs/alpha.txt")];
    Dapp::of_image("poco/probe:1.0.0")
        .given("cp /iexec/alpha.txt /iexec/consensus.iexec")
        .reading(inputs)
        .is_stable();
}

#[test]
fn find_circles() {
    sample("find-circles");
    let scenes = repository().join("target/fixtures/find-circles/serve/scenes.zip");
    Dapp::of_image("poco/find-circles:1.0.0")
        .given("--min-radius 4 /iexec/scenes")
        .reading([scenes])
        .is_stable();
}

/// The number of its threads changes what it writes: see `fixtures/README.md`.
#[test]
fn ffmpeg_with_a_fixed_number_of_threads() {
    sample("ffmpeg");
    Dapp::of_image("jrottenberg/ffmpeg:scratch")
        .given("-i /iexec/small.mp4 -threads 1 /iexec/small.avi")
        .reading([repository().join("fixtures/ffmpeg/input/small.mp4")])
        .is_stable();
}
