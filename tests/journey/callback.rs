//! A deal with a callback: the chain checks the bytes of consensus.iexec and hands them to a contract.

use crate::support::{Archive, Town, shell};
use alloy::primitives::{Bytes, U256, keccak256};
use alloy::providers::Provider;
use alloy::sol;
use poco::dapp::BuyOrder;
use poco::poco::ResultDigest;

sol! {
    #[sol(rpc)]
    interface Oracle {
        function resultFor(bytes32 id) external view returns (bytes memory);
    }
}

/// A contract that on `receiveResult(bytes32 id, bytes result)` stores the keccak-256 of the result in slot `id`.
/// It is copied out by the first eleven bytes.
const RECEIVER: [u8; 28] = [
    0x60, 0x11, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00,
    0xf3, // return the seventeen bytes below
    0x60, 0x44, 0x35, 0x80, 0x60, 0x64, 0x60, 0x00, 0x37, // memory[0..] = result
    0x60, 0x00, 0x20, 0x60, 0x04, 0x35, 0x55, 0x00, // storage[id] = keccak256(memory[0..length])
];

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_receives_the_bytes_that_were_proved() {
    let mut town = Town::with_workers(2).await;
    let app = town.probe().await;
    let receiver =
        town.sender(&town.devnet.accounts().requester).deploy(Bytes::from(RECEIVER.to_vec())).await.unwrap();
    let order = shell("printf \"the answer is %d\" 42 > /iexec/consensus.iexec; date > /iexec/other");
    let deal = town.buy(app, BuyOrder { callback: Some(receiver), trust: Some(3), ..order }).await;
    town.hire_everyone().await;
    let task = town.completed(deal.task()).await;

    let proved = b"the answer is 42";
    assert_eq!(task.results_callback.as_ref(), proved);
    assert_eq!(task.digest, Some(ResultDigest(keccak256(proved))));
    assert_eq!(Archive::of(&task).await.files["consensus.iexec"], proved);
    let provider = town.devnet.endpoint().provider();
    let oracle = Oracle::new(town.devnet.hub(), provider.clone());
    assert_eq!(oracle.resultFor(task.id.0).call().await.unwrap().as_ref(), proved);
    let received = provider.get_storage_at(receiver, U256::from_be_bytes(task.id.0.0)).await.unwrap();
    assert_eq!(received, U256::from_be_bytes(keccak256(proved).0), "the contract was called with them");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_cannot_be_fed_by_anything_but_consensus_iexec() {
    let mut town = Town::with_workers(1).await;
    let app = town.probe().await;
    let callback = Some(town.devnet.accounts().requester.address());
    let deal = town.buy(app, BuyOrder { callback, ..shell("echo 42 > /iexec/other") }).await;
    town.hire_everyone().await;
    town.given_up(town.worker(0), deal.task(), "P-RE-010").await;
    town.close().await;
}
