//! The same inputs through the contracts and through `poco::poco` give the same numbers: random deals, moves, orders and
//! signatures on anvil, each answer of the hub compared with the prediction.
//!
//! The cases come from a seed that is printed when one fails; `POCO_SEED` gives another.

mod coverage;
mod ground;
mod life;
mod matching;
mod model;
mod moves;
mod scenario;
mod signing;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The seed when none is given.
const SEED: u64 = 2026;

/// A runner of `cases` cases, and the words by which a failure names its seed.
fn runner(cases: u32) -> (TestRunner, String) {
    let seed =
        std::env::var("POCO_SEED").ok().map_or(SEED, |text| text.parse().expect("POCO_SEED is a number"));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, max_shrink_iters: 64, failure_persistence: None, ..Config::default() };
    let runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    (runner, format!("POCO_SEED={seed}"))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
