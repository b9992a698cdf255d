//! The worker against a world that is made up from a seed: reorgs, lag, lost and doubled answers, dead endpoints, broken
//! engines, full disks, and a kill at every step of the life of a task. One process, one thread per run, no clock but the
//! simulation's own. The same seed gives the same run, to the last line of its story.
//!
//! `POCO_SIM_SEED=7 cargo test --test simulation seeds` runs one seed and tells its story; `POCO_SIM_SEEDS=10000` runs more.

#![expect(clippy::disallowed_macros, reason = "a long run says how far it is")]

mod chain;
mod dice;
mod drive;
mod hub;
mod laws;
mod life;
mod plan;
mod sender;
mod tools;
mod world;

use drive::{Report, run};
use plan::{Death, Plan};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many seeds are tried when nobody says how many.
const SEEDS: u64 = 10_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn hold(report: &Report, plan: &Plan, how: &str) {
    assert!(
        report.broken.is_empty(),
        "\n{}\n{plan:#?}\n\nbroken:\n  {}\n\nrun again with: {how}\n",
        report.trace.join("\n"),
        report.broken.join("\n  "),
    );
}

/// One thread, and a time that goes on when nothing is left to do.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Runs `count` jobs on all cores and stops at the first that panics.
fn everywhere(count: u64, job: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return;
                    }
                    job(at);
                }
            });
        }
    });
}

/// The command that runs one seed of a test again.
fn again(seed: u64, test: &str) -> String {
    format!("POCO_SIM_SEED={seed} cargo test --test simulation {test}")
}

/// Holds that no seed of a test broke a law; else tells of the first twenty.
fn none_broke(mut failed: Vec<(u64, Vec<String>)>, besides: &str, test: &str) {
    failed.sort();
    let told: Vec<String> = failed.iter().take(20).map(|(seed, laws)| format!("{seed}: {laws:?}")).collect();
    let first = failed.first().map_or(0, |(seed, _)| *seed);
    assert!(
        failed.is_empty(),
        "\n{} seeds broke a law; {besides}\n{}\n\nrun again with: {}\n",
        failed.len(),
        told.join("\n"),
        again(first, test),
    );
}

#[test]
fn seeds() {
    if let Some(seed) = number("POCO_SIM_SEED") {
        let plan = Plan::of(seed);
        let report = run(plan.clone());
        hold(&report, &plan, &again(seed, "seeds"));
        return;
    }
    let first = number("POCO_SIM_FIRST").unwrap_or(0);
    let ends = Mutex::new(BTreeMap::<String, u64>::new());
    let failed = Mutex::new(Vec::new());
    let count = number("POCO_SIM_SEEDS").unwrap_or(SEEDS);
    everywhere(count, |at| {
        let seed = first + at;
        if at > 0 && at % 1_000 == 0 {
            eprintln!("{at} of {count} seeds begun, {} broke a law", failed.lock().unwrap().len());
        }
        let report = run(Plan::of(seed));
        for end in report.ends {
            *ends.lock().unwrap().entry(end).or_default() += 1;
        }
        if !report.broken.is_empty() {
            failed.lock().unwrap().push((seed, report.broken));
        }
    });
    let ends = ends.into_inner().unwrap();
    none_broke(failed.into_inner().unwrap(), &format!("ends: {ends:?}"), "seeds");
    assert!(ends.get("delivered").is_some_and(|count| *count > 0), "{ends:?}");
}

/// A seed is worth something only if it repeats the run to the last line.
#[test]
fn the_same_seed_gives_the_same_story() {
    everywhere(200, |seed| {
        let (one, other) = (run(Plan::of(seed)), run(Plan::of(seed)));
        for (at, (line, again)) in one.trace.iter().zip(&other.trace).enumerate() {
            assert_eq!(line, again, "seed {seed}, line {at}");
        }
        assert_eq!((one.trace.len(), one.ends), (other.trace.len(), other.ends), "seed {seed}");
    });
}

/// A task that nobody disturbs is killed at each of its steps: it is delivered all the same.
#[test]
fn a_kill_at_every_step_loses_nothing() {
    for trust in [1, 4] {
        let whole = run(Plan::plain(0, trust));
        hold(&whole, &Plan::plain(0, trust), "cargo test --test simulation a_kill");
        assert_eq!(whole.ends, ["delivered"], "{:#?}", whole.trace);
        let (calls, states, gates) = whole.first_life;
        let deaths: Vec<Death> = (1..=calls)
            .flat_map(|call| [Death::Before(call), Death::After(call)])
            .chain((1..=states).map(Death::State))
            .chain((1..=gates).map(Death::Gate))
            .collect();
        everywhere(deaths.len() as u64, |at| {
            let mut plan = Plan::plain(0, trust);
            plan.deaths.push((deaths[at as usize], 3));
            let report = run(plan.clone());
            hold(&report, &plan, "cargo test --test simulation a_kill");
            assert_eq!(report.ends, ["delivered"], "{:?}\n{:#?}", deaths[at as usize], report.trace);
        });
    }
}

/// The chain forgets more than the follower remembers, our contribution among it: it is made again, with the same digest.
#[test]
fn a_contribution_that_a_deep_reorganisation_takes_back_is_made_again() {
    for forgotten in [0, 100] {
        let mut plan = Plan::plain(0, 4);
        plan.faults.forgotten = forgotten;
        plan.tasks[0].timeref = 300;
        plan.tasks[0].starts_at = 500;
        plan.tasks[0].peers.iter_mut().for_each(|peer| peer.contributes_after = 600);
        plan.reorg_at = Some((700, 150));
        let report = run(plan.clone());
        hold(&report, &plan, "cargo test --test simulation a_contribution");
        assert_eq!(report.ends, ["delivered"], "{:#?}", report.trace);
        let told = |words: &str| report.trace.iter().any(|line| line.contains(words));
        assert!(told("our contribute is reverted"), "it was not taken back: {:#?}", report.trace);
        assert!(told("our contribution is no longer on chain") || forgotten == 0, "{:#?}", report.trace);
    }
}

/// While the worker is down a reorganisation takes its reveal, and the task is finalised with the others': the stake is gone,
/// and the ledger says so.
#[test]
fn a_task_that_was_finalised_without_our_reveal_is_lost() {
    let mut plan = Plan::plain(0, 4);
    plan.faults.forgotten = 100;
    plan.deaths.push((Death::Age(176), 400));
    plan.reorg_at = Some((177, 12));
    let report = run(plan.clone());
    hold(&report, &plan, "cargo test --test simulation a_task_that_was");
    assert!(report.trace.iter().any(|line| line.contains("our reveal is reverted")), "{:#?}", report.trace);
    assert_eq!(report.ends, ["lost"], "{:#?}", report.trace);
}

/// The pool is away for longer than the follower looks back, and the worker dies meanwhile: the next life still knows of the
/// task.
#[test]
fn a_task_that_could_not_be_taken_before_a_restart_is_taken_after_it() {
    let mut plan = Plan::plain(0, 1);
    plan.tasks[0].timeref = 300;
    plan.pool_outages.push((0, 600));
    plan.deaths.push((Death::Age(500), 3));
    let report = run(plan.clone());
    hold(&report, &plan, "cargo test --test simulation a_task_that_could");
    assert_eq!(report.ends, ["delivered"], "{:#?}", report.trace);
}
