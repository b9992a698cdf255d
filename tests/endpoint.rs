//! The endpoint and the sender of transactions against anvil, by subscription and by polling.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use futures_util::future::join_all;
use poco::chain::abi::{Hub, Token};
use poco::chain::{Action, Chain, ChainError, Endpoint, EvmChain, Follower, Gas, Scope, Sender};
use poco::devnet::{Devnet, DevnetOptions};
use poco::poco::{Class, Fault, TaskId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often the endpoints here are polled.
const POLL: Duration = Duration::from_millis(50);
/// An endpoint that is not there is found out long before one that is silent.
const SOON: Duration = Duration::from_secs(15);

async fn devnet() -> Devnet {
    Devnet::start(&DevnetOptions::default()).await.unwrap()
}

fn http(devnet: &Devnet) -> Url {
    devnet.chain_file(None).unwrap().default_chain().unwrap().host.clone()
}

/// Both kinds of endpoint of one devnet.
async fn both(devnet: &Devnet) -> [Endpoint; 2] {
    let (ws, http) = (devnet.ws().unwrap(), http(devnet));
    [Endpoint::open(&ws, POLL).await.unwrap(), Endpoint::open(&http, POLL).await.unwrap()]
}

fn approve(spender: Address, amount: u64) -> Bytes {
    Token::approveCall { spender, amount: U256::from(amount) }.abi_encode().into()
}

async fn nonce(endpoint: &Endpoint, wallet: Address) -> u64 {
    endpoint.provider().get_transaction_count(wallet).pending().await.unwrap()
}

/// Sends from the wallet past its sender, as its owner does with another program; anvil chooses the nonce and may find
/// that the sender was quicker.
async fn by_hand(devnet: &Devnet, wallet: Address) {
    let request =
        TransactionRequest::default().from(wallet).to(devnet.token()).input(approve(wallet, 1).into());
    let client = devnet.endpoint().provider().client();
    for _ in 0..100 {
        if client.request::<_, B256>("eth_sendTransaction", (request.clone(),)).await.is_ok() {
            return;
        }
    }
    panic!("anvil takes nothing from {wallet}");
}

#[tokio::test]
async fn fifty_at_once_are_all_mined_with_nonces_of_their_own() {
    let devnet = devnet().await;
    for (worker, endpoint) in both(&devnet).await.into_iter().enumerate() {
        let key = devnet.accounts().workers[worker].clone();
        let sender = endpoint.sender(key, Gas::default());
        let first = nonce(&endpoint, sender.wallet()).await;
        let sending = (0..50).map(|n| sender.send("approve", devnet.token(), approve(devnet.hub(), n), 0));
        let mut nonces = BTreeSet::new();
        for receipt in join_all(sending).await {
            let hash = receipt.unwrap().hash;
            let mined = endpoint.provider().get_transaction_by_hash(hash).await.unwrap().unwrap();
            nonces.insert(alloy::consensus::Transaction::nonce(&mined));
        }
        assert_eq!(nonces, (first..first + 50).collect());
    }
}

#[tokio::test]
async fn a_transaction_by_hand_does_not_wedge_the_sender() {
    let devnet = devnet().await;
    let sender = devnet
        .endpoint()
        .sender(devnet.accounts().workers[0].clone(), Gas::default())
        .with_patience(Duration::from_secs(30));
    let send = || sender.send("approve", devnet.token(), approve(devnet.hub(), 1), 0);
    for _ in 0..6 {
        send().await.unwrap();
        // Whether it is mined or still waits when ours comes: its nonce is taken.
        by_hand(&devnet, sender.wallet()).await;
        by_hand(&devnet, sender.wallet()).await;
        let (first, second) = tokio::join!(send(), send());
        first.unwrap();
        second.unwrap();
    }
}

/// The chain goes back behind a transaction, as a reorganisation or a pool that drops it does.
#[tokio::test]
async fn a_lost_transaction_does_not_hold_up_all_after_it() {
    let devnet = devnet().await;
    let client = devnet.endpoint().provider().client();
    let key = devnet.accounts().workers[0].clone();
    let sender = devnet.endpoint().sender(key, Gas::default()).with_patience(Duration::from_secs(2));
    let send = || sender.send("approve", devnet.token(), approve(devnet.hub(), 1), 0);
    let before: serde_json::Value = client.request_noparams("evm_snapshot").await.unwrap();
    send().await.unwrap();
    let reverted: bool = client.request("evm_revert", (before,)).await.unwrap();
    assert!(reverted);
    for _ in 0..3 {
        send().await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_call_names_the_reason_and_is_not_sent() {
    let devnet = devnet().await;
    for endpoint in both(&devnet).await {
        let sender = endpoint.sender(devnet.accounts().workers[0].clone(), Gas::default());
        let before = nonce(&endpoint, sender.wallet()).await;
        let too_much = Hub::depositForCall { amount: U256::MAX, target: sender.wallet() };
        let refused = sender.send("depositFor", devnet.hub(), too_much.abi_encode().into(), 0).await;
        let refused = refused.unwrap_err();
        assert_eq!((refused.code(), refused.class()), ("P-CH-006", Class::GiveUp));
        assert!(matches!(&refused, ChainError::Refused { action: "depositFor", .. }), "{refused:?}");

        let nobody = Hub::matchOrdersCall {
            app: (&poco::poco::AppOrder::default()).into(),
            dataset: (&poco::poco::DatasetOrder::default()).into(),
            workerpool: (&poco::poco::WorkerpoolOrder::default()).into(),
            request: (&poco::poco::RequestOrder::default()).into(),
        };
        let refused =
            sender.send("matchOrders", devnet.hub(), nobody.abi_encode().into(), 0).await.unwrap_err();
        let ChainError::Refused { reason, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!(reason, "iExecV5-matchOrders-0x20");
        // The task functions refuse without a word.
        let claim = Hub::claimCall { taskid: B256::repeat_byte(1) };
        let refused = sender.send("claim", devnet.hub(), claim.abi_encode().into(), 0).await.unwrap_err();
        assert_eq!(refused.code(), "P-CH-006");
        assert_eq!(nonce(&endpoint, sender.wallet()).await, before, "something was sent");
    }
}

#[tokio::test]
async fn an_empty_wallet_is_told_from_a_refusal_and_works_when_it_is_filled() {
    let devnet = devnet().await;
    let endpoint = devnet.endpoint();
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(0x77)).unwrap();
    let sender = endpoint.sender(key, Gas::default());
    let send = || sender.send("approve", devnet.token(), approve(devnet.hub(), 1), 0);
    let wallet = sender.wallet();
    for _ in 0..2 {
        let error = send().await.unwrap_err();
        assert!(
            matches!(error, ChainError::NoGas { action: "approve", wallet: who } if who == wallet),
            "{error:?}"
        );
        assert!(error.help().contains(&wallet.to_string()));
    }
    let one_coin = U256::from(10).pow(U256::from(18));
    let _: serde_json::Value =
        endpoint.provider().client().request("anvil_setBalance", (wallet, one_coin)).await.unwrap();
    send().await.unwrap();
}

#[tokio::test]
async fn polling_tells_the_same_as_a_subscription() {
    let devnet = devnet().await;
    let endpoints = both(&devnet).await;
    let mut chains = Vec::new();
    for endpoint in &endpoints {
        let sender = endpoint.sender(devnet.accounts().scheduler.clone(), Gas::default());
        chains.push(Arc::new(EvmChain::open(endpoint.clone(), devnet.hub(), vec![sender]).await.unwrap()));
    }
    assert_eq!(chains[0].config(), chains[1].config());
    let wallet = devnet.accounts().scheduler.address();
    assert_eq!(chains[0].account(wallet).await.unwrap(), chains[1].account(wallet).await.unwrap());
    for chain in &chains {
        let task = TaskId(B256::repeat_byte(1));
        let refused = chain.act(wallet, Action::Claim(task)).await.unwrap_err();
        assert_eq!(refused.code(), "P-CH-006");
        let stranger = chain.act(Address::ZERO, Action::Claim(task)).await.unwrap_err();
        assert_eq!(stranger.code(), "P-CH-010");
        let seen = chain.head();
        let next = chain.head_after(seen.number).await.unwrap();
        assert!(next.number > seen.number && next.timestamp >= seen.timestamp);
    }
    // Everything since the first block: the deposits of the devnet's accounts are among it.
    let stop = CancellationToken::new();
    let mut told = Vec::new();
    let upto = chains[0].head().number;
    for chain in chains {
        let mut stretches = Follower::new(chain.clone(), Scope::Everything, 0).spawn(stop.clone());
        // A devnet is younger than the widest stretch, so the first one has it all.
        let first = stretches.recv().await.unwrap().unwrap();
        let events: Vec<_> = first.events.into_iter().filter(|event| event.block <= upto).collect();
        told.push(events);
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn an_address_without_poco_is_no_hub() {
    let devnet = devnet().await;
    for endpoint in both(&devnet).await {
        let entry = devnet.workerpool();
        for wrong in [Address::repeat_byte(5), devnet.accounts().admin.address(), devnet.token(), entry] {
            let opened = EvmChain::open(endpoint.clone(), wrong, vec![]).await;
            let error = opened.err().unwrap_or_else(|| panic!("{wrong} passed for a hub"));
            assert_eq!((error.code(), error.class()), ("P-CH-004", Class::Fatal), "{error}");
            assert!(error.to_string().contains(&wrong.to_string()));
        }
    }
}

/// A port that nobody listens on.
async fn closed_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_found_out_soon_and_keeps_its_secrets() {
    let port = closed_port().await;
    for scheme in ["http", "ws"] {
        let url =
            Url::parse(&format!("{scheme}://me:password@127.0.0.1:{port}/v3/api-key?token=hidden")).unwrap();
        let opened = tokio::time::timeout(SOON, Endpoint::open(&url, POLL)).await;
        let error = opened.expect("it did not give up").err().unwrap();
        assert_eq!((error.code(), error.class()), ("P-CH-002", Class::Retry), "{error}");
        let said = format!("{error} {error:?}");
        for secret in ["password", "api-key", "hidden"] {
            assert!(!said.contains(secret), "{secret} is told: {said}");
        }
    }
    let ftp = Url::parse("ftp://me:password@127.0.0.1/api-key").unwrap();
    let error = Endpoint::open(&ftp, POLL).await.err().unwrap();
    assert_eq!((error.code(), error.class()), ("P-CH-001", Class::Fatal));
    assert!(!format!("{error} {error:?}").contains("password"));
}

#[tokio::test]
async fn a_sender_ends_with_its_endpoint() {
    let devnet = devnet().await;
    let endpoint = Endpoint::open(&http(&devnet), POLL).await.unwrap();
    let sender: Sender = endpoint.sender(devnet.accounts().workers[0].clone(), Gas::default());
    drop(endpoint);
    let error = sender.send("approve", devnet.token(), approve(devnet.hub(), 1), 0).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("P-CH-011", Class::Fatal));
}
