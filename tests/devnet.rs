//! A devnet stands up and answers as PoCo.

use alloy::primitives::B256;
use poco::chain::{Chain, EvmChain, Gas, Market, NewApp};
use poco::devnet::{Devnet, DevnetOptions};

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
