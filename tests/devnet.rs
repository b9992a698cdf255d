//! A devnet stands up and answers as PoCo.

use poco::chain::{Chain, EvmChain};
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
