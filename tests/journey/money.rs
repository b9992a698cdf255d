//! Where the money of a deal goes, compared account by account with the protocol's settlement.

use crate::support::{Books, Town, shell, whole_deal};
use alloy::primitives::{Address, I256, U256};
use poco::chain::{Action, Chain, EvmChain};
use poco::dapp::BuyOrder;
use poco::demo::Liar;
use poco::devnet::DevnetOptions;
use poco::poco::escrow::Delta;
use poco::poco::{ContributionStatus, Nrlc, ResultDigest, TaskStatus, result_hash, result_seal};
use poco::pool::Offer;
use poco::worker::{HttpPoolLink, PoolLink};
use std::sync::Arc;

/// A price at which every division of the settlement leaves a rest.
const PRICE: u64 = 1_000_000_007;
const LIAR: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_is_slashed_and_every_account_is_right_to_the_unit() {
    let offer = Offer { price: Nrlc::new(PRICE), ..Offer::default() };
    let mut town = Town::open(DevnetOptions { workers: 4, ..DevnetOptions::default() }, offer).await;
    let app = town.probe().await;
    let before = Books::of(&town).await;

    // With one against them, three new workers reach a trust of 3: 3 · 8 > (3 + 8) · 2.
    let order = BuyOrder { trust: Some(3), ..shell("echo 42 > /iexec/consensus.iexec") };
    let deal = town.buy(app, order).await;
    let mut liar = town.plan(LIAR).await;
    liar.engine = Arc::new(Liar::new(liar.engine));
    town.hire(liar).await;
    town.entered(town.worker(LIAR), deal.task(), "contributed").await;
    for honest in 0..LIAR {
        let plan = town.plan(honest).await;
        town.hire(plan).await;
    }
    let task = town.completed(deal.task()).await;
    assert_eq!(task.contributors.len(), 4);
    assert_eq!((task.winner_counter, task.reveal_counter), (3, 3));
    let lied = town.chain.contribution(task.id, town.worker(LIAR)).await.unwrap();
    assert_ne!(Some(lied.hash), task.consensus);
    assert_eq!(lied.status, ContributionStatus::Contributed, "it was never revealed");
    town.entered(town.worker(LIAR), task.id, "lost").await;

    let found = Books::of(&town).await.changes_since(&before);
    assert_eq!(found, whole_deal(&town, &deal, &task, Nrlc::ZERO).await);

    // The same by hand: 30 % of the price staked, 1 % of the pot for the scheduler, three equal shares, all rounded down.
    let stake = |address: Address| found[&address].stake;
    let nrlc = |amount: i64| I256::try_from(amount).unwrap();
    assert_eq!(stake(town.worker(LIAR)), nrlc(-300_000_002));
    for honest in 0..LIAR {
        assert_eq!(stake(town.worker(honest)), nrlc(429_000_002));
    }
    let named = town.devnet.accounts();
    assert_eq!(stake(named.scheduler.address()), nrlc(13_000_003));
    assert_eq!(stake(named.developer.address()), nrlc(10));
    assert_eq!(stake(named.requester.address()), nrlc(-1_000_000_017));
    assert!(found.values().all(|delta| delta.locked == I256::ZERO), "nothing stays locked: {found:?}");

    for honest in 0..LIAR {
        assert_eq!(town.chain.score(town.worker(honest)).await.unwrap(), U256::ONE);
    }
    assert_eq!(town.chain.score(town.worker(LIAR)).await.unwrap(), U256::ZERO);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_can_do_is_claimed_and_its_requester_gets_all_back() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    town.hire_everyone().await;
    let before = Books::of(&town).await;
    let deal = town.buy(app, shell("exit 1")).await;
    town.given_up(town.worker(0), deal.task(), "P-CO-020").await;
    // The final deadline is ten times the category's 300 s.
    town.let_pass(3_000).await;
    let task = town.over(deal.task()).await;
    assert_eq!(task.status, TaskStatus::Failed);

    let after = Books::of(&town).await;
    let found = after.changes_since(&before);
    assert_eq!(found, whole_deal(&town, &deal, &task, Nrlc::ZERO).await);
    let accounts = town.devnet.accounts();
    assert_eq!(found[&accounts.requester.address()], Delta::default());
    assert_eq!(after.kitty(&town), Nrlc::new(300_000_000), "30 % of 1 RLC, the scheduler's stake");

    // The next task that goes well brings it back to the scheduler.
    let deal = town.buy(app, shell("echo 42 > /iexec/consensus.iexec")).await;
    let task = town.completed(deal.task()).await;
    let last = Books::of(&town).await;
    assert_eq!(last.changes_since(&after), whole_deal(&town, &deal, &task, after.kitty(&town)).await);
    assert_eq!(last.kitty(&town), Nrlc::ZERO);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn winners_that_keep_silent_are_slashed_and_the_task_is_done_by_another() {
    let mut town = Town::with_workers(2).await;
    let app = town.probe().await;
    let before = Books::of(&town).await;
    let deal = town.buy(app, shell("echo 42 > /iexec/consensus.iexec")).await;
    let task = deal.task();

    // A worker by hand: the pool's leave, a contribution that is alone the consensus at trust 1, and then nothing.
    let key = town.devnet.accounts().workers[1].clone();
    let silent = key.address();
    town.once(task, |view| view.status == TaskStatus::Active).await;
    let config = town.chain.config();
    let link = HttpPoolLink::new(
        poco::results::pool_client().unwrap(),
        town.pool.clone(),
        config.chain_id,
        town.devnet.workerpool(),
        key.clone(),
    );
    let given = link.authorize(task, town.devnet.accounts().scheduler.address()).await.unwrap();
    let digest = ResultDigest(alloy::primitives::keccak256("whatever"));
    let contribute = Action::Contribute {
        task,
        hash: result_hash(task, digest),
        seal: result_seal(silent, task, digest),
        authorization: given.signature,
        contributors: 0,
    };
    let hub = town.devnet.hub();
    let chain = EvmChain::open(town.devnet.endpoint().clone(), hub, vec![town.sender(&key)]).await.unwrap();
    chain.act(silent, contribute).await.unwrap();
    town.once(task, |view| view.status == TaskStatus::Revealing).await;

    // The time to reveal is twice the category's 300 s; then the pool opens the task again.
    town.let_pass(600).await;
    town.once(task, |view| view.status == TaskStatus::Active).await;
    let plan = town.plan(0).await;
    town.hire(plan).await;
    let task = town.completed(task).await;
    assert_eq!(task.contributors, [silent, town.worker(0)]);
    assert_eq!(town.chain.contribution(task.id, silent).await.unwrap().status, ContributionStatus::Rejected);

    let found = Books::of(&town).await.changes_since(&before);
    assert_eq!(found, whole_deal(&town, &deal, &task, Nrlc::ZERO).await);
    assert_eq!(found[&silent].stake, I256::try_from(-300_000_000).unwrap());
    town.close().await;
}
