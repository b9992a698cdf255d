//! A chain that mines only when told to, and a journal that outlives its sender.

use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use async_trait::async_trait;
use poco::chain::{Attempt, AttemptState, ChainError, Endpoint, Gas, Journal, Mark, Receipt, Sender, Timing};
use poco::poco::TaskId;
use std::collections::HashSet;
use std::future::Future;
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
pub const SOMEBODY: Address = Address::repeat_byte(0xaa);
/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
/// After so many blocks a transaction is taken as settled here.
pub const DEPTH: u64 = 5;

/// A chain that mines only when told to.
pub struct Ground {
    _anvil: Child,
    /// Where it listens.
    pub url: Url,
    endpoint: Endpoint,
}

fn anvil() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        std::env::split_paths(&paths).map(|folder| folder.join("anvil")).find(|file| file.is_file());
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/tools/node_modules/.bin/anvil");
    on_path.unwrap_or(tools)
}

pub fn key() -> PrivateKeySigner {
    KEY.parse().unwrap()
}

/// Waits until `holds` gives something.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut holds: impl FnMut() -> F) -> T {
    let waiting = async {
        loop {
            if let Some(found) = holds().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"))
}

impl Ground {
    pub async fn start() -> Self {
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
        let endpoint = Endpoint::open(&url, POLL).await.unwrap();
        Self { _anvil: process, url, endpoint }
    }

    pub fn provider(&self) -> &DynProvider {
        self.endpoint.provider()
    }

    pub async fn ask(&self, method: &'static str, params: impl serde::Serialize) -> serde_json::Value {
        let params = serde_json::to_value(params).unwrap();
        self.provider().raw_request(method.into(), params).await.unwrap()
    }

    pub async fn mine(&self) {
        self.ask("evm_mine", ()).await;
    }

    pub async fn newest(&self) -> u64 {
        self.provider().get_block_number().await.unwrap()
    }

    /// Replaces `block` and all that came after it by empty ones.
    pub async fn take_back(&self, block: u64) {
        let (depth, none): (_, [(); 0]) = (self.newest().await + 1 - block, []);
        self.ask("anvil_reorg", (depth, none)).await;
    }

    /// The node forgets it: it is in no block, and only whoever has its bytes can bring it back.
    pub async fn forget(&self, hash: B256) {
        assert!(!self.is_mined(hash).await, "it was not taken back");
        self.ask("anvil_dropTransaction", [hash]).await;
    }

    /// Mines until `sending` has its outcome.
    pub async fn mine_until<T>(&self, sending: JoinHandle<T>) -> T {
        until("an outcome", || async {
            self.mine().await;
            sending.is_finished().then_some(())
        })
        .await;
        sending.await.unwrap()
    }

    pub async fn used(&self) -> u64 {
        self.provider().get_transaction_count(key().address()).await.unwrap()
    }

    /// Whether a block or the pool has it.
    pub async fn has(&self, hash: B256) -> bool {
        self.provider().get_transaction_by_hash(hash).await.unwrap().is_some()
    }

    pub async fn is_mined(&self, hash: B256) -> bool {
        self.provider().get_transaction_receipt(hash).await.unwrap().is_some()
    }

    /// A transaction of the same wallet that no sender knows of.
    pub async fn send_by_hand(&self, nonce: u64) -> B256 {
        let by_hand = TransactionRequest::default()
            .to(SOMEBODY)
            .with_nonce(nonce)
            .with_chain_id(31337)
            .with_gas_limit(50_000)
            .with_max_fee_per_gas(1_000_000_000_000)
            .with_max_priority_fee_per_gas(1_000_000_000_000)
            .build(&EthereumWallet::from(key()))
            .await
            .unwrap();
        *self.provider().send_raw_transaction(&by_hand.encoded_2718()).await.unwrap().tx_hash()
    }

    pub fn sender(&self, journal: &Arc<Notes>) -> Sender {
        sender_at(&self.endpoint, journal, Gas::default(), quick())
    }

    pub fn capped_sender(&self, journal: &Arc<Notes>, cap: u128) -> Sender {
        let gas = Gas { max_fee_wei: Some(cap), ..Gas::default() };
        sender_at(&self.endpoint, journal, gas, quick())
    }

    /// A sender that reaches the chain by other ways, as long as they are held.
    pub async fn sender_through(&self, urls: &[Url], journal: &Arc<Notes>) -> (Endpoint, Sender) {
        let endpoint = Endpoint::open_all(urls, POLL).await.unwrap();
        let sender = sender_at(&endpoint, journal, Gas::default(), quick());
        (endpoint, sender)
    }

    /// A sender that replaces nothing by itself.
    pub fn patient_sender(&self, journal: &Arc<Notes>) -> Sender {
        let timing = Timing { replace: Duration::from_secs(3600), ..quick() };
        sender_at(&self.endpoint, journal, Gas::default(), timing)
    }

    /// The base fee of the next block.
    pub async fn set_base_fee(&self, wei: u128) {
        self.ask("anvil_setNextBlockBaseFeePerGas", [U256::from(wei)]).await;
    }
}

fn quick() -> Timing {
    let milliseconds = Duration::from_millis;
    Timing {
        look: milliseconds(50),
        rebroadcast: milliseconds(200),
        replace: milliseconds(600),
        depth: DEPTH,
        ..Timing::default()
    }
}

fn sender_at(endpoint: &Endpoint, journal: &Arc<Notes>, gas: Gas, timing: Timing) -> Sender {
    endpoint.journaled_sender(key(), gas, timing, journal.clone())
}

pub fn send(sender: &Sender, data: u8) -> JoinHandle<Result<Receipt, ChainError>> {
    let sender = sender.clone();
    tokio::spawn(async move { sender.send("claim", SOMEBODY, Bytes::from(vec![data]), 0).await })
}

/// One row of the journal.
#[derive(Clone, Debug)]
pub struct Note {
    pub attempt: Attempt,
    pub state: AttemptState,
    pub settled: bool,
}

/// A journal that outlives its sender.
#[derive(Default)]
pub struct Notes {
    rows: Mutex<Vec<Note>>,
    /// Tasks whose intents have no chance any more.
    pub over: Mutex<HashSet<TaskId>>,
}

impl Notes {
    pub fn all(&self) -> Vec<Note> {
        self.rows.lock().unwrap().clone()
    }

    pub fn count(&self, state: AttemptState) -> usize {
        self.all().iter().filter(|note| note.state == state).count()
    }

    pub fn nonces(&self) -> Vec<u64> {
        self.all().iter().map(|note| note.attempt.nonce).collect()
    }

    /// What the state of `hash` is.
    pub fn state(&self, hash: B256) -> Option<AttemptState> {
        self.all().iter().find(|note| note.attempt.hash == hash).map(|note| note.state)
    }

    /// Waits until there are `count` attempts and the newest was taken.
    pub async fn sent(&self, count: usize) -> Vec<Note> {
        until("enough is sent", || async {
            let all = self.all();
            (all.len() >= count && all.last().is_some_and(|note| note.state == AttemptState::Sent))
                .then_some(all)
        })
        .await
    }
}

#[async_trait]
impl Journal for Notes {
    async fn write(&self, attempts: Vec<Attempt>) -> Result<(), ChainError> {
        let mut rows = self.rows.lock().unwrap();
        for attempt in attempts {
            rows.retain(|note| note.attempt.hash != attempt.hash);
            rows.push(Note { attempt, state: AttemptState::Written, settled: false });
        }
        Ok(())
    }

    async fn mark(&self, marks: Vec<Mark>) -> Result<(), ChainError> {
        let mut rows = self.rows.lock().unwrap();
        for mark in marks {
            for note in rows.iter_mut().filter(|note| note.attempt.hash == mark.hash) {
                note.state = mark.state;
            }
        }
        Ok(())
    }

    async fn settle(&self, _: Address, nonces: Vec<u64>) -> Result<(), ChainError> {
        for note in self.rows.lock().unwrap().iter_mut() {
            note.settled |= nonces.contains(&note.attempt.nonce);
        }
        Ok(())
    }

    async fn unfinished(&self, _: Address) -> Result<Vec<Attempt>, ChainError> {
        let mut open = self.all();
        open.retain(|note| note.state != AttemptState::Failed && !note.settled);
        Ok(open.into_iter().map(|note| note.attempt).collect())
    }

    async fn unwanted(&self, _: &str, task: Option<TaskId>) -> Option<String> {
        let over = self.over.lock().unwrap();
        task.filter(|task| over.contains(task)).map(|_| "the task is over".into())
    }
}
