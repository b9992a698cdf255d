//! Deals that a worker does not take, and says so.

use crate::support::{Town, shell};
use alloy::primitives::{B256, U256};
use alloy::signers::local::PrivateKeySigner;
use poco::chain::Chain;
use poco::container::policy::{Conditions, Policy, Rule};
use poco::container::{DockerEngine, ImageRules};
use poco::dapp::BuyOrder;
use poco::devnet::DevnetOptions;
use poco::poco::Tag;
use poco::pool::Offer;
use std::sync::Arc;

fn computes() -> BuyOrder {
    shell("echo 42 > /iexec/consensus.iexec")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_this_worker_cannot_serve_is_refused() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    town.hire_everyone().await;
    let tdx = Tag::TEE.union(Tag::TDX);
    for (tag, code) in [(tdx, "P-AC-001"), (Tag::GPU, "P-AC-002")] {
        let deal = town.buy(app, BuyOrder { tag: Some(tag.0), ..computes() }).await;
        assert_eq!(town.chain.deal(deal.id).await.unwrap().tag, tag.0);
        town.given_up(town.worker(0), deal.task(), code).await;
    }
    assert_eq!(Tag::GPU.0, B256::from(U256::from(0x100)));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_stake_takes_nothing() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    let poor = PrivateKeySigner::random();
    let plan = town.plan_for(poor.clone()).await;
    town.hire(plan).await;
    let deal = town.buy(app, computes()).await;
    let reason = town.given_up(poor.address(), deal.task(), "P-AC-004").await;
    assert!(reason.contains("300000000 nRLC"), "30 % of 1 RLC: {reason}");

    // Another who has stake does it after all.
    town.hire_everyone().await;
    let task = town.completed(deal.task()).await;
    assert_eq!(task.contributors, [town.worker(0)]);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_terms_decide() {
    let short = DevnetOptions { workers: 1, short_category_seconds: Some(3), ..DevnetOptions::default() };
    let mut town = Town::open(short, Offer::default()).await;
    let app = town.probe().await;
    let mut plan = town.plan(0).await;
    plan.terms.max_seconds = 299;
    plan.terms.margin_seconds = 60;
    town.hire(plan).await;
    // Category 0 takes 300 s; the short one is open for contributions for 21 s.
    let deal = town.buy(app, computes()).await;
    town.given_up(town.worker(0), deal.task(), "P-AC-003").await;
    let deal = town.buy(app, BuyOrder { category: Some(5), ..computes() }).await;
    town.given_up(town.worker(0), deal.task(), "P-AC-007").await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_the_operator_forbids_is_refused_before_the_deal_is_taken() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    let mut plan = town.plan(0).await;
    let conditions = Conditions { app: Some(app.address), ..Conditions::default() };
    let rule = Rule { list: "deny-images", number: 1, line: None, conditions };
    let policy = Policy { deny: vec![rule], ..Policy::default() };
    let engine = DockerEngine::connect().await.unwrap();
    plan.engine = Arc::new(engine.with_images(ImageRules { policy, ..ImageRules::default() }));
    town.hire(plan).await;
    let deal = town.buy(app, computes()).await;
    let reason = town.given_up(town.worker(0), deal.task(), "P-CO-040").await;
    assert!(reason.contains(&format!("app `{}`", app.address)), "{reason}");
    town.close().await;
}
