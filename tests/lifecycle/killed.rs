//! SIGKILL, and a new start on the same folder.

use crate::support::Place;
use std::time::Duration;

const SCRIPT: &str = "echo once >> /iexec/runs; sleep 0.3; echo 42 > /iexec/consensus.iexec";

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_state_of_a_task_it_goes_on() {
    let place = Place::new(1).await;
    let mut daemon = place.solo(&[]);
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 8, 1, SCRIPT).await;
    for state in ["accepted:", "prepared:", "ran:", "digested:", "contributed:", "revealed:", "delivered:"] {
        daemon.says(state).await;
        daemon.kill().await;
        daemon = place.solo(&[]);
    }
    place.all_well(&tasks).await;
    daemon.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_goes_on() {
    const KILLS: u64 = 25;
    let place = Place::new(2).await;
    let mut daemon = place.solo(&["--slots", "2"]);
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 20, 3, SCRIPT).await;
    let mut seed = 0x5eed_u64;
    for _ in 0..KILLS {
        daemon.says("the worker is up").await;
        // A multiplier of Knuth's; the moments differ from run to run anyhow.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((seed >> 33) % 1500)).await;
        daemon.kill().await;
        daemon = place.solo(&["--slots", "2"]);
    }
    place.all_well(&tasks).await;
    daemon.kill().await;
}
