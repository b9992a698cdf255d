//! One key's transactions on a real chain: dropped, too cheap, cancelled, displaced by hand, and taken up after a kill.

use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use async_trait::async_trait;
use poco::chain::{Attempt, AttemptState, ChainError, Endpoint, Gas, Journal, Receipt, Sender, Timing};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use url::Url;

/// The first account of anvil's well-known mnemonic.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SOMEBODY: Address = Address::repeat_byte(0xaa);

/// A chain that mines only when told to.
struct Ground {
    _anvil: Child,
    endpoint: Endpoint,
}

fn anvil() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        std::env::split_paths(&paths).map(|folder| folder.join("anvil")).find(|file| file.is_file());
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/tools/node_modules/.bin/anvil");
    on_path.unwrap_or(tools)
}

impl Ground {
    async fn start() -> Self {
        let mut process = Command::new(anvil())
            .args(["--port", "0", "--no-mining", "--chain-id", "31337"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("anvil ended");
            if let Some(address) = line.trim().strip_prefix("Listening on ") {
                break address.to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let url = Url::parse(&format!("http://{address}")).unwrap();
        let endpoint = Endpoint::open(&url, Duration::from_millis(50)).await.unwrap();
        Self { _anvil: process, endpoint }
    }

    fn provider(&self) -> &DynProvider {
        self.endpoint.provider()
    }

    async fn ask(&self, method: &'static str, params: impl serde::Serialize) -> serde_json::Value {
        let params = serde_json::to_value(params).unwrap();
        self.provider().raw_request(method.into(), params).await.unwrap()
    }

    async fn mine(&self) {
        self.ask("evm_mine", ()).await;
    }

    /// Mines until `sending` has its outcome.
    async fn mine_until<T>(&self, sending: JoinHandle<T>) -> T {
        let mining = async {
            while !sending.is_finished() {
                self.mine().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), mining).await.expect("it has no outcome");
        sending.await.unwrap()
    }

    fn sender(&self, journal: &Arc<Notes>) -> Sender {
        let milliseconds = Duration::from_millis;
        let timing = Timing {
            look: milliseconds(50),
            rebroadcast: milliseconds(200),
            replace: milliseconds(600),
            ..Timing::default()
        };
        let key = KEY.parse().unwrap();
        self.endpoint.journaled_sender(key, Gas::default(), timing, journal.clone())
    }
}

/// A journal that outlives its sender.
#[derive(Default)]
struct Notes(Mutex<Vec<(Attempt, AttemptState)>>);

impl Notes {
    fn all(&self) -> Vec<(Attempt, AttemptState)> {
        self.0.lock().unwrap().clone()
    }

    fn states(&self) -> Vec<AttemptState> {
        self.all().into_iter().map(|(_, state)| state).collect()
    }

    /// Waits until there are `count` attempts and the newest was taken.
    async fn sent(&self, count: usize) -> Vec<(Attempt, AttemptState)> {
        let waiting = async {
            loop {
                let all = self.all();
                if all.len() >= count && all.last().is_some_and(|(_, state)| *state == AttemptState::Sent) {
                    return all;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("nothing was sent")
    }
}

#[async_trait]
impl Journal for Notes {
    async fn write(&self, attempt: Attempt) -> Result<(), ChainError> {
        self.0.lock().unwrap().push((attempt, AttemptState::Written));
        Ok(())
    }

    async fn mark(&self, hash: B256, state: AttemptState, _: &str) -> Result<(), ChainError> {
        for (attempt, now) in self.0.lock().unwrap().iter_mut() {
            if attempt.hash == hash {
                *now = state;
            }
        }
        Ok(())
    }

    async fn unfinished(&self, _: Address) -> Result<Vec<Attempt>, ChainError> {
        let open = [AttemptState::Written, AttemptState::Sent, AttemptState::Unknown];
        Ok(self
            .all()
            .into_iter()
            .filter(|(_, state)| open.contains(state))
            .map(|(attempt, _)| attempt)
            .collect())
    }
}

fn send(sender: &Sender, data: u8) -> JoinHandle<Result<Receipt, ChainError>> {
    let sender = sender.clone();
    tokio::spawn(async move { sender.send("claim", SOMEBODY, Bytes::from(vec![data]), 0).await })
}

#[tokio::test]
async fn what_an_endpoint_dropped_is_given_to_it_again() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    let hash = notes.sent(1).await[0].0.hash;
    ground.ask("anvil_dropTransaction", [hash]).await;
    ground.mine_until(sending).await.unwrap();
    let nonces: Vec<u64> = notes.all().iter().map(|(attempt, _)| attempt.nonce).collect();
    assert!(nonces.iter().all(|nonce| *nonce == 0), "{nonces:?}");
    assert_eq!(notes.states().iter().filter(|state| **state == AttemptState::Mined).count(), 1);
}

#[tokio::test]
async fn what_is_too_cheap_is_replaced_by_an_eighth_more() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    let first = notes.sent(1).await[0].0.max_fee_wei;
    ground.ask("anvil_setNextBlockBaseFeePerGas", [U256::from(first * 5)]).await;
    ground.mine_until(sending).await.unwrap();
    let all = notes.all();
    assert!(all.len() > 1, "nothing was replaced");
    assert!(all.windows(2).all(|pair| pair[1].0.max_fee_wei * 8 >= pair[0].0.max_fee_wei * 9));
    assert!(all.iter().all(|(attempt, _)| attempt.nonce == 0));
    assert_eq!(notes.states().iter().filter(|state| **state == AttemptState::Mined).count(), 1);
    assert!(notes.states().contains(&AttemptState::Replaced));
}

#[tokio::test]
async fn a_second_life_goes_on_with_what_the_first_one_wrote() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let first = ground.sender(&notes);
    let sending = send(&first, 1);
    let hash = notes.sent(1).await[0].0.hash;
    sending.abort();
    let _ = sending.await;
    drop(first);
    ground.ask("anvil_dropTransaction", [hash]).await;
    // As if the kill had come between the journal and the endpoint.
    notes.mark(hash, AttemptState::Written, "").await.unwrap();
    let second = ground.sender(&notes);
    // Whoever asks for the same again gets the one that is open.
    let receipt = ground.mine_until(send(&second, 1)).await.unwrap();
    assert!(notes.all().iter().all(|(attempt, _)| attempt.nonce == 0));
    assert!(
        notes
            .all()
            .iter()
            .any(|(attempt, state)| { attempt.hash == receipt.hash && *state == AttemptState::Mined })
    );
    let used = ground.provider().get_transaction_count(second.wallet()).await.unwrap();
    assert_eq!(used, 1, "it was sent twice");
}

#[tokio::test]
async fn a_cancellation_takes_the_nonce_away() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    notes.sent(1).await;
    sender.cancel(0).await.unwrap();
    let refused = ground.mine_until(sending).await.unwrap_err();
    assert!(matches!(refused, ChainError::Displaced { .. }), "{refused}");
    assert!(notes.states().contains(&AttemptState::Replaced));
    ground.mine_until(send(&sender, 2)).await.unwrap();
}

#[tokio::test]
async fn a_transaction_sent_by_hand_does_not_wedge_the_sender() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let sending = send(&sender, 1);
    notes.sent(1).await;
    let key: PrivateKeySigner = KEY.parse().unwrap();
    let by_hand = TransactionRequest::default()
        .to(SOMEBODY)
        .with_nonce(0)
        .with_chain_id(31337)
        .with_gas_limit(50_000)
        .with_max_fee_per_gas(1_000_000_000_000)
        .with_max_priority_fee_per_gas(1_000_000_000_000)
        .build(&EthereumWallet::from(key))
        .await
        .unwrap();
    let _ = ground.provider().send_raw_transaction(&by_hand.encoded_2718()).await.unwrap();
    let displaced = ground.mine_until(sending).await.unwrap_err();
    assert!(matches!(displaced, ChainError::Displaced { .. }), "{displaced}");
    let receipt = ground.mine_until(send(&sender, 1)).await.unwrap();
    assert_eq!(notes.all().last().unwrap().0.hash, receipt.hash);
    assert_eq!(notes.all().last().unwrap().0.nonce, 1);
}

#[tokio::test]
async fn many_at_once_have_a_nonce_each() {
    let (ground, notes) = (Ground::start().await, Arc::new(Notes::default()));
    let sender = ground.sender(&notes);
    let all: Vec<_> = (0..20).map(|data| send(&sender, data)).collect();
    for sending in all {
        ground.mine_until(sending).await.unwrap();
    }
    let used = ground.provider().get_transaction_count(sender.wallet()).await.unwrap();
    assert_eq!(used, 20);
}
