//! SIGKILL, and a new start on the same folder.

use crate::chance::Chance;
use crate::support::Place;
use std::time::Duration;

const SCRIPT: &str = "echo once >> /iexec/runs; sleep 0.3; echo 42 > /iexec/consensus.iexec";
/// Twenty of these outlast 25 lives.
const SLOW: &str = "echo once >> /iexec/runs; sleep 2; cat /iexec/runs > /iexec/consensus.iexec";

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
    const KILLS: u32 = 25;
    let mut chance = Chance::new();
    let place = Place::new(2).await;
    let mut daemon = place.solo(&[]);
    let pool = daemon.pool().await;
    let tasks = place.buy(&pool, 20, 3, SLOW).await;
    for kill in 1..=KILLS {
        // Not only while it works: while it opens its ledger, asks its endpoint and takes up what there is, too.
        let moment = chance.moment(Duration::from_millis(1200)).await;
        daemon.kill().await;
        let done = place.count_completed(&tasks).await;
        eprintln!(
            "kill {kill} of {KILLS}, {} ms into its life: {done} of 20 tasks are done",
            moment.as_millis()
        );
        daemon = place.solo(&[]);
    }
    place.all_well(&tasks).await;
    place.each_ran_once(&tasks).await;
    daemon.kill().await;
}
