//! Where the money of a deal goes, compared account by account with the protocol's settlement.

use crate::support::{Town, shell};
use alloy::primitives::{Address, I256, U256};
use poco::chain::abi::Hub;
use poco::chain::{Account, Chain};
use poco::dapp::BuyOrder;
use poco::demo::Liar;
use poco::devnet::DevnetOptions;
use poco::poco::escrow::{Delta, Parties};
use poco::poco::rewards::{self, Contributor, Terms};
use poco::poco::{ContributionStatus, Nrlc};
use poco::pool::Offer;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A price at which every division of the settlement leaves a rest.
const PRICE: u64 = 1_000_000_007;
const LIAR: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_is_slashed_and_every_account_is_right_to_the_unit() {
    let offer = Offer { price: Nrlc::new(PRICE), ..Offer::default() };
    let mut town = Town::open(DevnetOptions { workers: 4, ..DevnetOptions::default() }, offer).await;
    let app = town.probe().await;
    let before = accounts(&town).await;

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

    let after = accounts(&town).await;
    let found: BTreeMap<_, _> =
        after.iter().map(|(address, now)| (*address, change(&before[address], now))).collect();
    assert_eq!(found, settlement(&town, &deal, &task).await);

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

/// The escrow of everybody.
async fn accounts(town: &Town) -> BTreeMap<Address, Account> {
    let mut found = BTreeMap::new();
    let kitty = town.chain.config().kitty;
    let named = town.devnet.accounts().named().into_iter().map(|(_, key)| key.address()).collect::<Vec<_>>();
    for address in named.into_iter().chain([kitty]) {
        found.insert(address, town.chain.account(address).await.unwrap());
    }
    found
}

fn change(before: &Account, after: &Account) -> Delta {
    let signed = |amount: U256| I256::try_from(amount).unwrap();
    Delta {
        stake: signed(after.stake_nrlc) - signed(before.stake_nrlc),
        locked: signed(after.locked_nrlc) - signed(before.locked_nrlc),
    }
}

/// What the pure functions say of the whole deal, its locks included, for everybody.
async fn settlement(
    town: &Town,
    deal: &crate::support::Deal,
    task: &poco::chain::Task,
) -> BTreeMap<Address, Delta> {
    let struck = town.chain.deal(deal.id).await.unwrap();
    let terms = Terms {
        app_price: Nrlc(struck.app.price_nrlc),
        dataset_price: Nrlc(struck.dataset.price_nrlc),
        workerpool_price: Nrlc(struck.workerpool.price_nrlc),
        worker_stake: Nrlc(struck.worker_stake_nrlc),
        scheduler_reward_ratio: struck.scheduler_reward_ratio,
    };
    let hub = Hub::new(town.devnet.hub(), town.devnet.endpoint().provider().clone());
    let mut contributors = Vec::new();
    let mut steps = vec![rewards::lock_deal(&terms, U256::ONE).unwrap()];
    for worker in &task.contributors {
        let view = hub.viewContribution(task.id.0, *worker).call().await.unwrap();
        let proved = Some(poco::poco::ResultHash(view.resultHash)) == task.consensus;
        // All of them were new: scores were 0 before.
        let score = U256::ZERO;
        contributors.push(Contributor { worker: *worker, log_weight: view.weight, proved, score });
        steps.push(rewards::lock_contribution(&terms, *worker).unwrap());
    }
    let settled = rewards::finalize(&terms, &contributors, Nrlc::ZERO).unwrap();
    for outcome in &settled.workers {
        assert_eq!(town.chain.score(outcome.worker).await.unwrap(), outcome.score);
    }
    steps.push(settled.deltas);

    let kitty = town.chain.config().kitty;
    let parties = Parties {
        payer: struck.requester,
        app_owner: struck.app.owner,
        dataset_owner: Address::ZERO,
        scheduler: struck.workerpool.owner,
        kitty,
    };
    let named = town.devnet.accounts().named();
    let everybody = named.iter().map(|(_, key)| key.address()).chain([kitty]);
    let mut changes: BTreeMap<_, _> = everybody.map(|address| (address, Delta::default())).collect();
    for step in steps {
        for (address, delta) in step.by_address(&parties).unwrap() {
            if delta != Delta::default() {
                let sum = changes.get_mut(&address).expect("only known accounts change");
                *sum = Delta { stake: sum.stake + delta.stake, locked: sum.locked + delta.locked };
            }
        }
    }
    changes
}
