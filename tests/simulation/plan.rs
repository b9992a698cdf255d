//! What a seed stands for: the tasks, the peers, the faults, and when the worker is killed. Times are in seconds of the
//! simulation.

use super::dice::Sequence;

/// How a run of a dapp ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// Well, always with the same result.
    Well,
    /// Well, with another result each time.
    Fickle,
    /// With a status.
    Fails,
    /// By its memory.
    OutOfMemory,
    /// By its time.
    TimesOut,
    /// Well, but it leaves nothing.
    LeavesNothing,
}

/// Another worker of a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// When it contributes, after the task is there.
    pub(crate) contributes_after: u64,
    /// Whether it contributes what an honest run gives.
    pub(crate) honest: bool,
    /// When it reveals after consensus, if at all.
    pub(crate) reveals_after: Option<u64>,
}

/// One task.
#[derive(Clone, Debug)]
pub(crate) struct TaskPlan {
    pub(crate) starts_at: u64,
    pub(crate) timeref: u64,
    pub(crate) trust: u64,
    pub(crate) stake: u64,
    pub(crate) run: Run,
    pub(crate) runs_for: u64,
    pub(crate) input: bool,
    pub(crate) callback: bool,
    pub(crate) peers: Vec<Peer>,
    pub(crate) finalized_after: u64,
    /// The pool says no, for good.
    pub(crate) denied: bool,
}

/// In percent of calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A question to the chain fails.
    pub(crate) away: u64,
    /// A question is answered from an older block.
    pub(crate) lag: u64,
    /// The fate of a transaction that was mined is not told.
    pub(crate) lost_answer: u64,
    /// A transaction is sent and never mined.
    pub(crate) dropped: u64,
    /// A call that is refused for being done is answered as if it did it.
    pub(crate) doubled: u64,
    /// A block throws out some of those before it.
    pub(crate) reorg: u64,
    /// What a reorg throws out is not mined again by itself.
    pub(crate) forgotten: u64,
    /// The pool does not answer.
    pub(crate) pool_away: u64,
    /// The engine breaks a run or a pull.
    pub(crate) engine: u64,
    /// The disk is full when an input is written, or when a container is made.
    pub(crate) disk: u64,
    /// Before it fails or says no, the engine hangs for minutes.
    pub(crate) hangs: u64,
    /// A block throws out more of those before it than the follower remembers.
    pub(crate) deep: u64,
    /// What a reorg throws out appears later than before, if it is a task.
    pub(crate) postponed: u64,
}

/// What ends a life of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Before this call to the outside has done anything.
    Before(u64),
    /// After this call to the outside has done what it does, before it answers.
    After(u64),
    /// When this state is entered.
    State(u64),
    /// Before or after this use of the ledger.
    Gate(u64),
    /// At this time of its life.
    Age(u64),
    /// It is asked to stop at this time of its life.
    Asked(u64),
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) block_time: u64,
    pub(crate) slots: usize,
    pub(crate) tasks: Vec<TaskPlan>,
    pub(crate) faults: Faults,
    /// When no endpoint answers, and how long.
    pub(crate) outages: Vec<(u64, u64)>,
    /// When the pool says nothing to anybody, and how long.
    pub(crate) pool_outages: Vec<(u64, u64)>,
    /// How each life ends, and how long until the next begins. The last life has no end.
    pub(crate) deaths: Vec<(Death, u64)>,
    pub(crate) deepest_reorg: u64,
    /// A reorganisation besides those that come by chance: when, and of how many blocks.
    pub(crate) reorg_at: Option<(u64, usize)>,
}

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut s = Sequence::new(seed);
        let block_time = s.pick(&[4, 6, 12, 15]);
        let timeref = s.pick(&[300, 300, 600]);
        let count = s.pick(&[1, 1, 1, 2, 3]);
        let tasks = (0..count).map(|_| task(&mut s, timeref)).collect();
        let calm = s.chance(15);
        let mut percent = |likely: u64, most: u64| {
            if !calm && s.chance(likely) { s.between(1, most) } else { 0 }
        };
        let faults = Faults {
            away: percent(40, 30),
            lag: percent(40, 50),
            lost_answer: percent(40, 60),
            dropped: percent(30, 40),
            doubled: percent(20, 60),
            reorg: percent(40, 10),
            forgotten: percent(50, 100),
            pool_away: percent(30, 40),
            engine: percent(15, 30),
            disk: percent(10, 30),
            hangs: percent(30, 100),
            deep: percent(5, 1),
            postponed: percent(50, 100),
        };
        let mut outages = Vec::new();
        if !calm && s.chance(30) {
            let begins = s.between(1, 5 * timeref);
            outages.push((begins, s.between(1, timeref)));
        }
        let mut pool_outages = Vec::new();
        if !calm && s.chance(15) {
            let begins = s.between(1, 5 * timeref);
            pool_outages.push((begins, s.between(timeref, 5 * timeref)));
        }
        let deaths = (0..s.pick(&[0, 1, 1, 2, 3, 5])).map(|_| death(&mut s, timeref)).collect();
        let deepest_reorg = s.pick(&[1, 3, 8, 20]);
        let slots = s.between(1, 2) as usize;
        Self {
            seed,
            block_time,
            slots,
            tasks,
            faults,
            outages,
            pool_outages,
            deaths,
            deepest_reorg,
            reorg_at: None,
        }
    }

    /// One honest task without any fault: the way on which every step is found.
    pub(crate) fn plain(seed: u64, trust: u64) -> Self {
        let mut s = Sequence::new(seed);
        let mut task = task(&mut s, 60);
        task.run = Run::Well;
        task.runs_for = 20;
        task.starts_at = 1;
        task.trust = trust;
        task.denied = false;
        task.input = true;
        task.peers = vec![
            Peer { contributes_after: 150, honest: true, reveals_after: Some(10) };
            if trust > 1 { 2 } else { 0 }
        ];
        Self {
            seed,
            block_time: 2,
            slots: 1,
            tasks: vec![task],
            faults: Faults::default(),
            outages: Vec::new(),
            pool_outages: Vec::new(),
            deaths: Vec::new(),
            deepest_reorg: 0,
            reorg_at: None,
        }
    }

    /// When the last task is dead.
    pub(crate) fn last_deadline(&self) -> u64 {
        self.tasks.iter().map(|task| task.starts_at + 10 * task.timeref).max().unwrap_or(0)
    }
}

fn task(s: &mut Sequence, timeref: u64) -> TaskPlan {
    let trust = s.pick(&[1, 1, 2, 4, 8]);
    let honest = match trust {
        1 | 2 => s.between(0, 1),
        4 => s.between(1, 2),
        _ => s.between(2, 3),
    };
    let liars = s.pick(&[0, 0, 0, 1]);
    let silent = s.chance(15);
    let peer = |s: &mut Sequence, honest| Peer {
        contributes_after: s.between(1, 6 * timeref),
        honest,
        reveals_after: (!silent && s.chance(90)).then(|| s.between(1, timeref)),
    };
    let mut peers: Vec<Peer> = (0..honest).map(|_| peer(s, true)).collect();
    peers.extend((0..liars).map(|_| peer(s, false)));
    let run = match s.between(0, 19) {
        0 => Run::Fickle,
        1 => Run::Fails,
        2 => Run::OutOfMemory,
        3 => Run::TimesOut,
        4 => Run::LeavesNothing,
        _ => Run::Well,
    };
    TaskPlan {
        starts_at: s.between(1, timeref),
        timeref,
        trust,
        stake: s.between(1, 40),
        run,
        runs_for: s.between(1, timeref),
        input: s.chance(50),
        callback: s.chance(15),
        peers,
        finalized_after: s.between(0, timeref),
        denied: s.chance(3),
    }
}

fn death(s: &mut Sequence, timeref: u64) -> (Death, u64) {
    let death = match s.between(0, 9) {
        0..=2 => Death::Before(s.between(1, 40)),
        3..=5 => Death::After(s.between(1, 40)),
        6 => Death::State(s.between(1, 8)),
        7 => Death::Gate(s.between(1, 200)),
        8 => Death::Age(s.between(1, 4 * timeref)),
        _ => Death::Asked(s.between(1, 4 * timeref)),
    };
    let down = match s.between(0, 9) {
        0..=6 => s.between(0, 10),
        7..=8 => s.between(10, timeref),
        _ => s.between(timeref, 3 * timeref),
    };
    (death, down)
}
