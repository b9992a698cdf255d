//! What the hub refuses is refused before it is sent, and the condition that failed is named: the hub itself gives none.

use crate::chain_support::Bench;
use alloy::primitives::{Bytes, U256};
use poco::chain::{Action, Chain, ChainError, EvmChain, Gas};
use poco::poco::{ResultDigest, TaskId, result_hash, result_seal};

#[tokio::test]
async fn the_failed_condition_is_named() {
    let bench = Bench::start(2).await;
    let endpoint = bench.devnet.endpoint().clone();
    let accounts = bench.devnet.accounts();
    let (pool, stranger) = (accounts.scheduler.address(), accounts.admin.address());
    let senders =
        [&accounts.scheduler, &accounts.admin].map(|key| endpoint.sender(key.clone(), Gas::default()));
    let chain = EvmChain::open(endpoint, bench.devnet.hub(), senders.to_vec()).await.unwrap();
    let initialize = |index| Action::Initialize { deal: bench.deal, indexes: vec![index] };
    chain.act(stranger, initialize(0)).await.unwrap();
    let (task, unset) = (TaskId::new(bench.deal, U256::ZERO), TaskId::new(bench.deal, U256::from(1)));
    let digest = ResultDigest(U256::from(7).into());
    let contribute = |task, wallet| Action::Contribute {
        task,
        hash: result_hash(task, digest),
        seal: result_seal(wallet, task, digest),
        authorization: Bytes::from(vec![0; 65]),
        contributors: 0,
    };
    let finalize = Action::Finalize { task, results: Bytes::new(), callback: Bytes::new() };
    let before = chain.endpoint().head().number;
    for (wallet, action, named) in [
        (pool, initialize(0), "is Active already"),
        (pool, initialize(9), "the deal has the tasks 0 to 2, not 9"),
        (pool, contribute(unset, pool), "the task is Unset, it is too early"),
        (pool, contribute(task, pool), "authorization"),
        (pool, Action::Reveal { task, digest }, "the task is Active, it is too early"),
        (pool, finalize.clone(), "the task is Active, it is too early"),
        (pool, Action::Reopen(task), "the task is Active, it is too early"),
        (pool, Action::Claim(task), "not before "),
    ] {
        let refused = chain.act(wallet, action.clone()).await.unwrap_err();
        let ChainError::Refused { reason, .. } = &refused else { panic!("{action:?}: {refused}") };
        assert!(reason.contains(named), "{action:?}: {reason}");
    }
    assert_eq!(chain.endpoint().head().number, before, "something was sent");
}
