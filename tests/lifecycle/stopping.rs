//! SIGTERM once, twice, three times.

use crate::support::{Daemon, Place, exists};
use poco::poco::TaskId;
use rustix::process::Signal;

/// A dapp that waits for a file.
const WAITS: &str = "echo once >> /iexec/runs; while [ ! -e /iexec/go ]; do sleep 0.1; done; cat /iexec/runs > /iexec/consensus.iexec";

/// A daemon whose one task runs.
async fn running(place: &Place, grace: &str) -> (Daemon, TaskId) {
    let mut daemon = place.solo(&["--grace", grace]);
    let pool = daemon.pool().await;
    let task = place.buy(&pool, 1, 1, WAITS).await[0];
    daemon.says("prepared:").await;
    exists(&place.shared(task).join("runs")).await;
    (daemon, task)
}

/// The next life takes the container up and ends the task; it ran once.
async fn goes_on(place: &Place, task: TaskId) {
    let mut daemon = place.solo(&[]);
    daemon.says("prepared: taken on").await;
    std::fs::write(place.shared(task).join("go"), "").unwrap();
    place.all_well(&[task]).await;
    // The container of the earlier life went on.
    place.each_ran_once(&[task]).await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn told_once_it_ends_what_runs() {
    let place = Place::new(1).await;
    let (mut daemon, task) = running(&place, "120s").await;
    daemon.signal(Signal::TERM);
    daemon.says("nothing new is taken").await;
    std::fs::write(place.shared(task).join("go"), "").unwrap();
    daemon.says("delivered:").await;
    assert_eq!(daemon.end().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_grace_it_parks_what_runs() {
    let place = Place::new(1).await;
    let (daemon, task) = running(&place, "1s").await;
    daemon.signal(Signal::TERM);
    let (code, said) = daemon.end().await;
    assert_eq!(code, Some(0));
    let parked = said.iter().find(|line| line.contains("not over yet")).expect("it says what it leaves");
    assert!(parked.contains(&task.to_string()) && parked.contains("prepared") && parked.contains("due="));
    goes_on(&place, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_though_nobody_reads_its_log() {
    let place = Place::new(1).await;
    let mut daemon = place.solo(&[]);
    daemon.says("the worker is up").await;
    daemon.unheard().await;
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn told_twice_it_shows_what_is_pending_and_told_three_times_it_ends() {
    let place = Place::new(1).await;
    let (mut daemon, task) = running(&place, "10m").await;
    daemon.signal(Signal::TERM);
    daemon.says("nothing new is taken").await;
    daemon.signal(Signal::TERM);
    let shown = daemon.says("not over yet").await;
    assert!(shown.contains(&task.to_string()));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().await.0, Some(5));
    goes_on(&place, task).await;
}
