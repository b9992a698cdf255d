//! Runs a plan: one life of the worker after the other on one ledger and one folder, while the chain goes on.

use super::chain::Window;
use super::laws;
use super::life::{Life, Story};
use super::plan::{Death, Plan};
use super::tools::Peers;
use super::world::{POOL, Shared, WALLET};
use alloy::primitives::U256;
use poco::inputs::Supply;
use poco::ledger::Ledger;
use poco::task::{Terms, Tools};
use poco::worker::{Worker, WorkerSettings};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A worker that is asked to stop has this long.
const GRACE: Duration = Duration::from_secs(60);

/// What is left of a run.
pub(crate) struct Report {
    pub(crate) broken: Vec<String>,
    pub(crate) trace: Vec<String>,
    /// The state that each task ended in.
    pub(crate) ends: Vec<String>,
    /// Calls, states and gates of the first life.
    pub(crate) first_life: (u64, u64, u64),
}

/// How a life ended.
enum Left {
    Died,
    Stopped,
    Gave(String),
}

/// Runs a plan in a time of its own.
pub(crate) fn run(plan: Plan) -> Report {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    super::runtime().block_on(live(plan, folder.path()))
}

async fn live(plan: Plan, folder: &Path) -> Report {
    let shared = Shared::new(plan, Instant::now());
    let ledger = Ledger::in_memory().unwrap();
    let over = CancellationToken::new();
    let miner = mine(shared.clone(), ledger.clone(), over.clone());
    let mut miner = Box::pin(miner);
    let (mut broken, first_life) = tokio::select! {
        lives = lives(&shared, &ledger, folder, &over) => lives,
        () = &mut miner => unreachable!("there is always another block"),
    };
    let ends = laws::ends(&shared, &ledger).await;
    broken.extend(laws::broken(&shared, &ends));
    let trace = std::mem::take(&mut shared.world().trace);
    let ends = ends.into_iter().map(|end| end.map_or("none".into(), |end| end.state)).collect();
    Report { broken, trace, ends, first_life }
}

/// One life after the other; what broke on the way, and the calls, states and gates of the first.
async fn lives(
    shared: &Arc<Shared>,
    ledger: &Ledger,
    folder: &Path,
    over: &CancellationToken,
) -> (Vec<String>, (u64, u64, u64)) {
    let deaths = shared.world().plan.deaths.clone();
    let mut broken = Vec::new();
    let mut first_life = (0, 0, 0);
    for number in 0.. {
        let death = deaths.get(number).copied();
        let life = Life::new(shared.clone(), number, death.map(|(death, _)| death));
        let began = shared.now();
        let left = one_life(&life, ledger.clone(), folder, over, &mut broken).await;
        shared.world().lives.push((began, shared.now()));
        if number == 0 {
            first_life = (life.calls(), life.states(), life.uses());
        }
        let down = match left {
            Left::Died => death.map_or(1, |(_, down)| down),
            Left::Stopped if over.is_cancelled() => break,
            Left::Stopped => death.map_or(1, |(_, down)| down),
            Left::Gave(why) => {
                shared.note(format!("life {number} gave up: {why}"));
                5
            }
        };
        shared.note(format!("life {number} has ended"));
        tokio::time::sleep(Duration::from_secs(down)).await;
        if number > 1_000 {
            broken.push("the worker gives up again and again".into());
            break;
        }
    }
    (broken, first_life)
}

/// Blocks until all is over, or until everything should long have been.
async fn mine(shared: Arc<Shared>, ledger: Ledger, over: CancellationToken) {
    let (block_time, deadline) = {
        let world = shared.world();
        (world.plan.block_time, world.plan.last_deadline() + 1_800)
    };
    let mut quiet = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(block_time)).await;
        shared.mine();
        let settled = shared.world().over() && ledger.unfinished(WALLET).await.unwrap().is_empty();
        // A worker that is down may have something left to do.
        quiet = if settled { quiet + 1 } else { 0 };
        if quiet > 5 || shared.now() > deadline {
            over.cancel();
        }
    }
}

async fn one_life(
    life: &Arc<Life>,
    ledger: Ledger,
    folder: &Path,
    over: &CancellationToken,
    broken: &mut Vec<String>,
) -> Left {
    let shared = &life.shared;
    let (slots, asked, age) = {
        let world = shared.world();
        let death = life.planned();
        let asked = if let Some(Death::Asked(age)) = death { Some(age) } else { None };
        let age = if let Some(Death::Age(age)) = death { Some(age) } else { None };
        (world.plan.slots, asked, age)
    };
    let peers = Arc::new(Peers(life.clone()));
    let gated = life.clone();
    let (watching, home) = (life.clone(), folder.display().to_string());
    let tools = Tools {
        chain: Arc::new(Window::new(life.clone())),
        engine: peers.clone(),
        supply: Supply::by(peers.clone(), Default::default()),
        store: peers.clone(),
        ledger: ledger.behind(Arc::new(move || {
            let life = gated.clone();
            Box::pin(async move { life.gate().await })
        })),
        wallet: WALLET,
        workdir: folder.to_owned(),
        container_limits: Default::default(),
        proof_policy: Default::default(),
        watcher: Arc::new(move |task, state, reason| {
            // Where this run has its folder is the only thing that the seed does not say.
            let reason = reason.replace(&home, "");
            watching.entered(&format!("{} {} ({reason})", &task.to_string()[..8], state.name()));
        }),
    };
    let settings = WorkerSettings {
        workerpool: POOL,
        slots,
        terms: Terms {
            min_price_nrlc: U256::ZERO,
            max_stake_nrlc: U256::MAX,
            max_seconds: 10_000,
            margin_seconds: 30,
        },
        start_block: 101,
    };
    let stop = CancellationToken::new();
    let worker = Worker::new(Arc::new(tools), peers, settings).run(stop.clone());
    let mut worker = Box::pin(worker);
    let after = |seconds: Option<u64>| async move {
        match seconds {
            // Between two blocks: what happens in one moment happens in no order.
            Some(seconds) => tokio::time::sleep(Duration::from_millis(seconds * 1_000 + 377)).await,
            None => std::future::pending().await,
        }
    };
    let left = tokio::select! {
        biased;
        () = life.death() => Left::Died,
        () = after(age) => Left::Died,
        ended = &mut worker => match ended {
            Ok(()) => Left::Stopped,
            Err(error) => Left::Gave(error.to_string()),
        },
        () = async { tokio::select! { () = after(asked) => {}, () = over.cancelled() => {} } } => {
            shared.note("the worker is asked to stop".into());
            stop.cancel();
            let ending = async {
                tokio::select! {
                    biased;
                    () = life.death() => None,
                    ended = &mut worker => Some(ended),
                }
            };
            match tokio::time::timeout(GRACE, ending).await {
                Ok(None) => Left::Died,
                Ok(Some(Ok(()))) => Left::Stopped,
                Ok(Some(Err(error))) => Left::Gave(error.to_string()),
                Err(_) => {
                    broken.push("a worker that is asked to stop does not".into());
                    Left::Stopped
                }
            }
        }
    };
    life.bury();
    drop(worker);
    stop.cancel();
    left
}
