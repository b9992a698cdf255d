//! A worker that stops on the way goes on from its ledger and the chain.

use crate::support::{Town, shell, within};
use alloy::primitives::keccak256;
use poco::chain::{Chain, Follower, Happening, Scope};
use poco::dapp::BuyOrder;
use poco::ledger::Ledger;
use poco::poco::{ContributionStatus, ResultDigest, TaskId, TaskStatus};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Until the chain has told of the reveal of some worker of this task.
async fn somebody_revealed(town: &Town, task: TaskId) {
    let stop = CancellationToken::new();
    let _ends = stop.clone().drop_guard();
    let mut stretches = Follower::new(Arc::new(town.chain.clone()), Scope::Everything, 0).spawn(stop);
    let revealed = async {
        while let Some(Ok(stretch)) = stretches.recv().await {
            let is_it = |what: &Happening| matches!(what, Happening::Revealed { task: t, .. } if *t == task);
            if stretch.events.iter().any(|event| is_it(&event.what)) {
                return;
            }
        }
        panic!("the follower ended");
    };
    within("a reveal", revealed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_contributed_reveals_after_a_restart() {
    let mut town = Town::with_workers(2).await;
    let app = town.probe().await;
    // A second run of this dapp would give another digest, so it must not run twice.
    let script = "echo 42 > /iexec/consensus.iexec; head -c 8 /dev/urandom > /iexec/chance";
    let deal = town.buy(app, BuyOrder { trust: Some(3), ..shell(script) }).await;
    let (task, first, second) = (deal.task(), town.worker(0), town.worker(1));

    let plan = town.plan(0).await;
    let life = town.hire_apart(plan.clone()).await;
    town.entered(first, task, "contributed").await;
    life.quit().await;
    let plan_of_second = town.plan(1).await;
    town.hire(plan_of_second).await;
    somebody_revealed(&town, task).await;
    let meanwhile = town.chain.task(task).await.unwrap();
    assert_eq!(meanwhile.status, TaskStatus::Revealing);
    assert_eq!((meanwhile.winner_counter, meanwhile.reveal_counter), (2, 1), "the first is away");

    let life = town.hire_apart(plan).await;
    let done = town.completed(task).await;
    assert_eq!((done.winner_counter, done.reveal_counter), (2, 2));
    assert_eq!(done.digest, Some(ResultDigest(keccak256("42\n"))));
    for worker in [first, second] {
        assert_eq!(town.chain.contribution(task, worker).await.unwrap().status, ContributionStatus::Proved);
    }
    town.entered(first, task, "delivered").await;
    life.quit().await;

    let ledger = Ledger::open(&town.workdir.path().join(format!("worker-{first}.db"))).unwrap();
    let history = ledger.history(task).await.unwrap();
    let states: Vec<_> = history.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(
        states,
        ["accepted", "prepared", "ran", "digested", "contributed", "contributed", "revealed", "delivered"],
        "it went on where it had been"
    );
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_while_its_dapp_runs_starts_it_again() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    let deal = town.buy(app, shell("sleep 2; echo 42 > /iexec/consensus.iexec")).await;
    let (task, worker) = (deal.task(), town.worker(0));
    let plan = town.plan(0).await;
    let life = town.hire_apart(plan.clone()).await;
    town.entered(worker, task, "prepared").await;
    life.quit().await;
    let row = town.ledger_row(worker, task).await;
    assert_eq!((row.state.as_str(), row.finished), ("prepared", false));

    town.hire(plan).await;
    let done = town.completed(task).await;
    assert_eq!(done.digest, Some(ResultDigest(keccak256("42\n"))));
    town.close().await;
}
