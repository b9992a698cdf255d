//! A devnet stands up and answers as PoCo.

use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use poco::chain::{Action, Chain, EvmChain, Gas, Market, NewApp};
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::{
    AppOrder, Authorization, Domain, Order, RequestOrder, ResultDigest, TaskId, TaskStatus, WorkerpoolOrder,
    result_hash, result_seal,
};
use std::time::Duration;

#[tokio::test]
async fn a_devnet_has_a_hub_money_and_a_workerpool() {
    let devnet = Devnet::start(&DevnetOptions::default()).await.unwrap();
    let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
    assert_eq!(chain.config().token, devnet.token());
    assert_eq!(chain.config().callback_gas, 200_000);
    assert_eq!(chain.owner(devnet.workerpool()).await.unwrap(), devnet.accounts().scheduler.address());
    let names = ["XS", "S", "M", "L", "XL"];
    for (id, name) in (0u64..).zip(names) {
        assert_eq!(chain.category(alloy::primitives::U256::from(id)).await.unwrap().name, name);
    }
    for (name, key) in devnet.accounts().named() {
        let account = chain.account(key.address()).await.unwrap();
        assert_eq!(account.stake_nrlc.to_string(), "1000000000000", "{name}");
    }
}

/// A devnet may run for weeks, and is killed at its end.
#[tokio::test]
async fn old_states_are_not_left_on_the_disk() {
    let home = std::env::var_os("HOME").unwrap();
    let left = || -> Vec<_> {
        let folder = std::path::Path::new(&home).join(".foundry/anvil/tmp");
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect()
    };
    let before = left();
    let devnet = Devnet::start(&DevnetOptions::default()).await.unwrap();
    let _: serde_json::Value =
        devnet.endpoint().provider().raw_request("anvil_mine".into(), (U256::from(2000),)).await.unwrap();
    assert_eq!(left(), before);
}

#[tokio::test]
async fn an_app_that_is_registered_is_found_again() {
    let devnet = Devnet::start(&DevnetOptions::default()).await.unwrap();
    let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), vec![]).await.unwrap();
    let app = |multiaddr: &str| NewApp {
        name: "Twice".into(),
        kind: "DOCKER".into(),
        multiaddr: multiaddr.into(),
        checksum: B256::ZERO,
    };
    let market = |key: &alloy::signers::local::PrivateKeySigner| {
        Market::new(&chain, devnet.endpoint().sender(key.clone(), Gas::default()))
    };
    let (one, other) = (market(&devnet.accounts().developer), market(&devnet.accounts().requester));
    let first = one.create_app(app("a/b:1")).await.unwrap();
    assert_eq!(one.create_app(app("a/b:1")).await.unwrap(), first);
    assert_ne!(one.create_app(app("a/b:2")).await.unwrap(), first);
    assert_ne!(other.create_app(app("a/b:1")).await.unwrap(), first);
}

/// An estimate is of the newest block, where another contribution is still missing; with that in the same block before it,
/// a contribution makes the consensus, which takes more gas the more contributors there are.
#[tokio::test]
async fn a_contribution_has_the_gas_for_the_consensus_that_it_makes() {
    for workers in [3, 20] {
        let devnet = Devnet::start(&DevnetOptions { workers, ..DevnetOptions::default() }).await.unwrap();
        // Without room above the estimate, so that what is spared for the consensus must do.
        let gas = Gas { margin_percent: 0, ..Gas::default() };
        let mut keys = devnet.accounts().workers.clone();
        keys.push(devnet.accounts().scheduler.clone());
        let senders = keys.iter().map(|key| devnet.endpoint().sender(key.clone(), gas.clone())).collect();
        let chain = EvmChain::open(devnet.endpoint().clone(), devnet.hub(), senders).await.unwrap();
        // A new worker doubles the weight of its result.
        let task = task_of_trust(&devnet, &chain, 1 << workers).await;
        let (last, before) = devnet.accounts().workers.split_at(2);
        for worker in before {
            contribute(&devnet, &chain, task, worker).await;
        }
        let provider = devnet.endpoint().provider();
        let (no_mining, pool) = (0, "txpool_status");
        provider.raw_request::<_, ()>("evm_setIntervalMining".into(), [no_mining]).await.unwrap();
        let both_wait = async {
            loop {
                let status: serde_json::Value = provider.raw_request(pool.into(), ()).await.unwrap();
                if status["pending"] == "0x2" {
                    return provider.raw_request::<_, B256>("evm_mine".into(), ()).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let mined =
            async { tokio::time::timeout(Duration::from_secs(60), both_wait).await.expect("both are sent") };
        let (one, other) = (&last[0], &last[1]);
        let (one, other, _) = tokio::join!(
            contribute(&devnet, &chain, task, one),
            contribute(&devnet, &chain, task, other),
            mined
        );
        assert!(one.abs_diff(other) > 50_000, "neither made the consensus beside the other: {one}, {other}");
        assert_eq!(chain.task(task).await.unwrap().status, TaskStatus::Revealing);
    }
}

/// A task on which many new workers must agree.
async fn task_of_trust(devnet: &Devnet, chain: &EvmChain, trust: u64) -> TaskId {
    let accounts = devnet.accounts();
    let (requester, scheduler) = (&accounts.requester, &accounts.scheduler);
    let domain = Domain { chain_id: chain.config().chain_id, hub: devnet.hub() };
    let market = Market::new(chain, devnet.endpoint().sender(requester.clone(), Gas::default()));
    let app = NewApp {
        name: "Many".into(),
        kind: "DOCKER".into(),
        multiaddr: "a/b:1".into(),
        checksum: B256::ZERO,
    };
    let app = market.create_app(app).await.unwrap();
    let volume = U256::ONE;
    let mut offered = AppOrder { app, volume, ..AppOrder::default() };
    offered.sign(&domain, requester).unwrap();
    let mut served = WorkerpoolOrder {
        workerpool: devnet.workerpool(),
        volume,
        trust: U256::MAX,
        ..WorkerpoolOrder::default()
    };
    served.sign(&domain, scheduler).unwrap();
    let mut wanted = RequestOrder {
        app,
        workerpool: devnet.workerpool(),
        requester: requester.address(),
        volume,
        trust: U256::from(trust),
        params: "{}".into(),
        ..RequestOrder::default()
    };
    wanted.sign(&domain, requester).unwrap();
    let (deal, _) = market.match_orders(&offered, None, &served, &wanted).await.unwrap();
    chain.act(scheduler.address(), Action::Initialize { deal, indexes: vec![0] }).await.unwrap();
    TaskId::new(deal, U256::ZERO)
}

/// The gas that a contribution took.
async fn contribute(devnet: &Devnet, chain: &EvmChain, task: TaskId, worker: &PrivateKeySigner) -> u64 {
    let (digest, wallet) = (ResultDigest(B256::repeat_byte(7)), worker.address());
    let leave = Authorization::sign(task, wallet, Address::ZERO, &devnet.accounts().scheduler).unwrap();
    let action = Action::Contribute {
        task,
        hash: result_hash(task, digest),
        seal: result_seal(wallet, task, digest),
        authorization: leave.signature,
        contributors: chain.task(task).await.unwrap().contributors.len() as u64,
    };
    chain.act(wallet, action).await.unwrap().gas_used
}
