//! What a seed stands for here: the intents, the network's faults and fees, and when the sender's program is killed.
//! Times are in seconds of the simulation.

use crate::dice::Sequence;
use crate::plan::Death;

/// One wei's thousand millions.
pub(super) const GWEI: u128 = 1_000_000_000;

/// In percent of calls, or of blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// A call reaches nobody.
    pub(super) away: u64,
    /// A call does what it does, and the answer is lost.
    pub(super) lost_answer: u64,
    /// Of what is lost, how much is never answered at all.
    pub(super) hangs: u64,
    /// A call is done twice, and answered for the second time.
    pub(super) doubled: u64,
    /// A question is answered from an older block, without what waits.
    pub(super) lag: u64,
    /// The endpoint says that it is busy, and passes the transaction on or not.
    pub(super) busy: u64,
    /// A block throws out some of those before it.
    pub(super) reorg: u64,
    /// What a reorganisation throws out does not wait again.
    pub(super) forgotten: u64,
    /// What waits is dropped at a block.
    pub(super) dropped: u64,
    /// What could be mined is not at this block.
    pub(super) passed_over: u64,
    /// The fees rise at this block.
    pub(super) spike: u64,
    /// Somebody sends from the same wallet by hand at this block.
    pub(super) by_hand: u64,
    /// An operator cancels or bumps what is open at this block.
    pub(super) operator: u64,
    /// A transaction that no node has is refused for what it is, and not passed on.
    pub(super) refused: u64,
}

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) block_time: u64,
    /// When each intent is first asked for.
    pub(super) intents: Vec<u64>,
    pub(super) faults: Faults,
    /// After this there is no fault.
    pub(super) calm_at: u64,
    pub(super) deepest_reorg: u64,
    pub(super) cap_wei: u128,
    /// The node takes no transaction whose lower nonces it does not know.
    pub(super) refuses_gaps: bool,
    /// The node takes no transaction below the base fee.
    pub(super) refuses_cheap: bool,
    pub(super) deaths: Vec<(Death, u64)>,
}

impl Plan {
    /// The plan of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let mut s = Sequence::new(seed);
        let calm = s.chance(10);
        let mut percent = |likely: u64, most: u64| {
            if !calm && s.chance(likely) { s.between(1, most) } else { 0 }
        };
        let mut faults = Faults {
            away: percent(30, 30),
            lost_answer: percent(40, 40),
            hangs: percent(50, 60),
            doubled: percent(25, 40),
            lag: percent(40, 60),
            busy: percent(25, 40),
            reorg: percent(35, 10),
            forgotten: percent(50, 100),
            dropped: percent(30, 30),
            passed_over: percent(50, 80),
            spike: percent(40, 15),
            by_hand: percent(25, 5),
            operator: percent(25, 5),
            refused: 0,
        };
        let calm_at = s.between(300, 1_500);
        let mut intents: Vec<u64> = (0..s.between(1, 5)).map(|_| s.between(1, calm_at)).collect();
        let deaths = (0..s.pick(&[0, 1, 2, 3, 6])).map(|_| death(&mut s)).collect();
        let (block_time, deepest_reorg) = (s.pick(&[4, 6, 12, 15]), s.pick(&[1, 3, 8]));
        let cap_wei = s.pick(&[3, 10, 100]) * GWEI;
        let (refuses_gaps, refuses_cheap) = (s.chance(30), s.chance(60));
        if s.chance(35) {
            // A crowd: what comes at once is sent at once.
            let at = s.between(1, calm_at);
            intents.extend((0..s.between(3, 9)).map(|_| at));
        }
        if !calm && s.chance(30) {
            faults.refused = s.between(1, 40);
        }
        Self {
            seed,
            block_time,
            intents,
            faults,
            calm_at,
            deepest_reorg,
            cap_wei,
            refuses_gaps,
            refuses_cheap,
            deaths,
        }
    }

    /// A few intents at once and one later, without any fault.
    pub(super) fn plain() -> Self {
        Self {
            seed: 0,
            block_time: 4,
            intents: vec![1, 1, 1, 1, 1, 40],
            faults: Faults::default(),
            calm_at: 0,
            deepest_reorg: 0,
            cap_wei: 100 * GWEI,
            refuses_gaps: false,
            refuses_cheap: true,
            deaths: Vec::new(),
        }
    }
}

fn death(s: &mut Sequence) -> (Death, u64) {
    let death = match s.between(0, 4) {
        0..=1 => Death::Before(s.between(1, 60)),
        2..=3 => Death::After(s.between(1, 60)),
        _ => Death::Age(s.between(1, 600)),
    };
    (death, s.pick(&[0, 1, 5, 60, 300]))
}
