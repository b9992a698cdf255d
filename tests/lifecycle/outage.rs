//! Failures of our own making: the engine is away, the wallet has no gas, the disk is full. None of them is the task's.

use crate::chance::Chance;
use crate::engine::OwnEngine;
use crate::support::Place;
use alloy::primitives::{Address, U256};
use alloy::providers::Provider;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

const ENGINE: &str = "/var/run/docker.sock";

/// A way to the engine that can be cut and mended.
struct Wire {
    socket: PathBuf,
    whole: watch::Sender<bool>,
}

impl Wire {
    fn lay(folder: &Path) -> Self {
        let socket = folder.join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let (whole, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut state = state.clone();
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let Ok(mut far) = UnixStream::connect(ENGINE).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { socket, whole }
    }

    fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_goes_away_in_the_middle_costs_no_task() {
    let place = Place::new(1).await;
    let wire = Wire::lay(place.home.path());
    let mut daemon = place.solo_with(&[], &[("DOCKER_HOST", &wire.host())]);
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; sleep 3; cat /iexec/runs > /iexec/consensus.iexec";
    let tasks = place.buy(&pool, 3, 1, script).await;
    daemon.says("prepared:").await;
    wire.whole.send_replace(false);
    daemon.says("no task is taken for").await;
    wire.whole.send_replace(true);
    daemon.says("tasks are taken again").await;
    place.all_well(&tasks).await;
    place.each_ran_once(&tasks).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(0));
}

/// A bag during which the engine dies some times, `how` it is done; the dapps end well in whatever it leaves of them.
async fn engine_dies(how: impl AsyncFn(&mut OwnEngine)) {
    const DEATHS: u32 = 4;
    let mut chance = Chance::new();
    let place = Place::new(1).await;
    let mut engine = OwnEngine::start("poco/probe:1.0.0").await;
    let mut daemon = place.solo_with(&["--slots", "2"], &[("DOCKER_HOST", &engine.host())]);
    let pool = daemon.pool().await;
    let script = "echo once >> /iexec/runs; sleep 2; cat /iexec/runs > /iexec/consensus.iexec";
    let tasks = place.buy(&pool, 10, 1, script).await;
    daemon.says("prepared:").await;
    for death in 1..=DEATHS {
        let alive = chance.moment(Duration::from_secs(4)).await;
        how(&mut engine).await;
        let dead = chance.moment(Duration::from_secs(4)).await;
        engine.revive().await;
        let done = place.count_completed(&tasks).await;
        eprintln!(
            "death {death} of {DEATHS} after {alive:?}, dead for {dead:?}: {done} of 10 tasks are done"
        );
    }
    place.all_well(&tasks).await;
    place.each_ran_once(&tasks).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(0));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_killed_and_whose_containers_live_costs_no_task() {
    engine_dies(OwnEngine::kill).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_killed_with_its_containers_costs_no_task() {
    engine_dies(OwnEngine::kill_with_containers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_gas_for_the_reveal_nothing_is_contributed() {
    let place = Place::new(1).await;
    let worker = place.devnet.accounts().workers[0].address();
    hold(&place, worker, U256::from(1000)).await;
    let mut daemon = place.solo(&[]);
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 1, 1, "echo 42 > /iexec/consensus.iexec").await;
    let said = daemon.says("no task is taken for").await;
    assert!(said.contains("gas"), "{said}");
    hold(&place, worker, U256::from(10).pow(U256::from(18))).await;
    daemon.says("one task is tried").await;
    place.all_well(&tasks).await;
    daemon.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_disk_a_task_waits_and_is_not_refused() {
    let place = Place::new(1).await;
    let mut daemon = place.solo(&["--output", "4096 TiB"]);
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 1, 1, "echo 42 > /iexec/consensus.iexec").await;
    let said = daemon.says("no task is taken for").await;
    assert!(said.contains("disk"), "{said}");
    daemon.kill().await;
    // It is found again, though the chain has gone on since it was seen.
    let daemon = place.solo(&[]);
    place.all_well(&tasks).await;
    daemon.kill().await;
}

async fn hold(place: &Place, account: Address, wei: U256) {
    let provider = place.devnet.endpoint().provider();
    let _: serde_json::Value = provider.raw_request("anvil_setBalance".into(), (account, wei)).await.unwrap();
}
