//! SIGKILL, and a new start on the same folder.

use crate::chance::Chance;
use crate::support::{Place, exists};
use alloy::primitives::B256;
use poco::chain::Chain;
use poco::dapp::BuyOrder;
use poco::devnet::DevnetOptions;
use poco::poco::TaskId;
use std::time::Duration;
use tokio::process::Command;

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

#[tokio::test(flavor = "multi_thread")]
async fn what_no_task_goes_on_with_is_removed_at_the_start() {
    let place = Place::new(1).await;
    let mut daemon = place.solo(&[]);
    daemon.says("the worker is up").await;
    daemon.kill().await;
    // A task of which the ledger knows nothing: its folder, and its container that still runs.
    let task = TaskId(B256::repeat_byte(7));
    let shared = place.shared(task);
    std::fs::create_dir_all(&shared).unwrap();
    std::fs::write(shared.join("half a download"), "x").unwrap();
    let wallet = place.devnet.accounts().workers[0].address();
    let work = std::path::absolute(place.home.path().join("work")).unwrap();
    let (of_worker, of_task) =
        (format!("poco.worker={wallet} {}", work.display()), format!("poco.task={task}"));
    let labels = ["--label", &of_worker, "--label", &of_task];
    let run = ["run", "--detach", "--network", "none"];
    docker(&[&run[..], &labels[..], &["poco/probe:1.0.0", "sleep", "300"]].concat()).await;
    let filter = format!("label={of_worker}");
    let listed = ["ps", "--all", "--quiet", "--filter", &filter];
    assert_ne!(docker(&listed).await, "");
    let mut daemon = place.solo(&[]);
    daemon.says("the worker is up").await;
    assert_eq!(docker(&listed).await, "", "the container is gone");
    assert!(!shared.parent().unwrap().exists(), "the folder is gone");
    daemon.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ran_over_its_time_while_the_worker_was_away_is_ended_at_the_start() {
    const SECONDS: u64 = 5;
    let place = Place::on(DevnetOptions {
        workers: 1,
        short_category_seconds: Some(SECONDS),
        ..DevnetOptions::default()
    })
    .await;
    let mut daemon = place.solo(&[]);
    let pool = daemon.pool().await;
    // After the five categories of the live network.
    let order = BuyOrder { volume: Some(1), trust: Some(1), category: Some(5), ..BuyOrder::default() };
    let task = place.buy_as(&pool, order, "echo once >> /iexec/runs; sleep 600").await[0];
    daemon.says("prepared:").await;
    let runs = place.shared(task).join("runs");
    exists(&runs).await;
    daemon.kill().await;
    let away = place.chain.head().timestamp + SECONDS + 1;
    while place.chain.head().timestamp < away {
        place.chain.head_after(place.chain.head().number).await.unwrap();
    }
    let filter = format!("label=poco.task={task}");
    let listed = ["ps", "--all", "--quiet", "--filter", &filter];
    assert_ne!(docker(&listed).await, "", "nobody has ended it");
    let mut daemon = place.solo(&[]);
    let said = daemon.says("failed:").await;
    assert!(said.contains("P-CO-021"), "{said}");
    assert_eq!(docker(&listed).await, "", "the container is gone");
    daemon.kill().await;
}

async fn docker(arguments: &[&str]) -> String {
    let done = Command::new("docker").args(arguments).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
