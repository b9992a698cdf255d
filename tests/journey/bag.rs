//! A bag of tasks in one deal.

use crate::support::{Archive, Town, shell};
use alloy::primitives::keccak256;
use poco::chain::Chain;
use poco::dapp::BuyOrder;
use poco::poco::ResultDigest;
use std::collections::BTreeSet;

const TASKS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_of_twenty_tasks_completes() {
    let mut town = Town::with_workers(3).await;
    let app = town.probe().await;
    // All three must agree at first, and two at the end: what a worker says weighs more with every proved result, but
    // nobody comes to weigh 8 in twenty tasks.
    let order = BuyOrder { volume: Some(TASKS), trust: Some(8), ..shell("echo 42 > /iexec/consensus.iexec") };
    let deal = town.buy(app, order).await;
    assert_eq!(deal.tasks.iter().collect::<BTreeSet<_>>().len() as u64, TASKS);
    for number in 0..3 {
        let mut plan = town.plan(number).await;
        plan.slots = 2;
        town.hire(plan).await;
    }
    for (index, task) in (0..).zip(&deal.tasks) {
        let task = town.completed(*task).await;
        assert_eq!((task.deal, task.index), (deal.id, index));
        assert_eq!(task.digest, Some(ResultDigest(keccak256("42\n"))));
        assert!(task.contributors.len() >= 2, "{}", town.story(task.id));
        assert_eq!(Archive::of(&task).await.text("consensus.iexec"), "42\n");
    }
    for (name, key) in town.devnet.accounts().named() {
        let account = town.chain.account(key.address()).await.unwrap();
        assert!(account.locked_nrlc.is_zero(), "nothing of {name} stays locked");
    }
    town.close().await;
}
