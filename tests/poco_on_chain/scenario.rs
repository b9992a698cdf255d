//! Random deals and what is tried on their tasks: plain numbers, so that proptest can make them smaller.

use super::ground::WORKERS;
use alloy::primitives::U256;
use proptest::prelude::*;

/// A deal and a life of one of its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Prices of app, dataset and workerpool, in nRLC.
    pub(crate) prices: [u64; 3],
    /// The workerpool's policies, in percent.
    pub(crate) stake_ratio: u64,
    pub(crate) reward_ratio: u64,
    pub(crate) trust: u64,
    pub(crate) category: u64,
    pub(crate) volume: u64,
    pub(crate) index: u64,
    pub(crate) tee: bool,
    pub(crate) dataset: bool,
    pub(crate) sponsored: bool,
    pub(crate) callback: bool,
    pub(crate) pool: usize,
    /// Requester, sponsor, owner of the app, owner of the dataset: indexes of the people.
    pub(crate) parts: [usize; 4],
    pub(crate) scores: [U256; WORKERS],
    /// Whether each worker has enough for its stake.
    pub(crate) rich: [bool; WORKERS],
    /// What is locked in the kitty, in nRLC.
    pub(crate) kitty: u64,
    pub(crate) steps: Vec<Step>,
}

/// One thing that is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Which move, of a hundred.
    pub(crate) pick: u8,
    /// Who.
    pub(crate) who: usize,
    /// Which of three results.
    pub(crate) result: u8,
    /// How the call is bent, mostly not.
    pub(crate) bend: Bend,
    /// When.
    pub(crate) when: When,
}

/// What is wrong, or odd, about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bend {
    None,
    CompactSignature,
    AnotherSigner,
    AnotherWorkersLeave,
    AnotherTasksLeave,
    OddLength,
    BadV,
    WrongSeal,
    NoEnclave,
    EnclaveBySomebodyElse,
    WrongCallback,
    SentByAStranger,
}

/// The time of a step's block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    /// So many seconds after the last block.
    Soon(u64),
    /// This many seconds off a deadline, if that is still to come.
    Contribution(i64),
    Reveal(i64),
    Final(i64),
}

pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let price = prop_oneof![Just(0), 1u64..10, 0u64..100_000_000_000];
    let terms = (
        [price.clone(), price.clone(), price],
        prop_oneof![Just(0u64), Just(30), 0u64..250],
        0u64..=100,
        prop_oneof![2 => Just(0u64), 2 => Just(1), 6 => 2u64..6, 2 => 6u64..40, 1 => any::<u64>()],
        0u64..5,
        1u64..4,
    );
    let switches = (prop::bool::weighted(0.25), any::<bool>(), any::<bool>(), prop::bool::weighted(0.4));
    let score = prop_oneof![
        6 => (0u64..30).prop_map(U256::from),
        6 => (0u64..5_000).prop_map(U256::from),
        1 => any::<u64>().prop_map(U256::from),
        1 => Just(U256::MAX),
    ];
    let people = 0usize..3 + WORKERS;
    let kitty = prop_oneof![Just(0u64), 1u64..3_000_000_000, 0u64..50_000_000_000];
    let world = (
        0usize..2,
        [people.clone(), people.clone(), people.clone(), people],
        prop::array::uniform6(score),
        prop::array::uniform6(prop::bool::weighted(0.9)),
        kitty,
    );
    (terms, switches, world, 0u64..4, prop::collection::vec(step(), 6..26)).prop_map(
        |(terms, switches, world, index, steps)| {
            let (prices, stake_ratio, reward_ratio, trust, category, volume) = terms;
            let (tee, dataset, sponsored, callback) = switches;
            let (pool, parts, scores, rich, kitty) = world;
            Scenario {
                prices,
                stake_ratio,
                reward_ratio,
                trust,
                category,
                volume,
                index: index % volume,
                tee,
                dataset,
                sponsored,
                callback,
                pool,
                parts,
                scores,
                rich,
                kitty,
                steps,
            }
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let bend = prop_oneof![
        14 => Just(Bend::None),
        4 => Just(Bend::CompactSignature),
        6 => prop::sample::select(vec![
            Bend::AnotherSigner, Bend::AnotherWorkersLeave, Bend::AnotherTasksLeave, Bend::OddLength, Bend::BadV,
            Bend::WrongSeal, Bend::NoEnclave, Bend::EnclaveBySomebodyElse, Bend::WrongCallback, Bend::SentByAStranger,
        ]),
    ];
    let when = prop_oneof![
        60 => (1u64..20).prop_map(When::Soon),
        1 => (-1i64..2).prop_map(When::Contribution),
        5 => (-1i64..2).prop_map(When::Reveal),
        1 => (-1i64..2).prop_map(When::Final),
    ];
    let result = prop_oneof![5 => Just(0u8), 2 => Just(1), 1 => Just(2)];
    (0u8..100, 0usize..WORKERS, result, bend, when).prop_map(|(pick, who, result, bend, when)| Step {
        pick,
        who,
        result,
        bend,
        when,
    })
}
