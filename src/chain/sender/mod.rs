//! Sends the transactions of one key.
//!
//! One task owns the key's nonce; whoever wants something sent asks it through a bounded channel and then waits for the
//! outcome, so that a slow block holds up nobody else.
//!
//! ```text
//! send ─▶ estimate (a refusal ends here, nothing sent) ─▶ [owner: price, nonce, sign, journal, submit, watch] ─▶ outcome
//! ```
//!
//! The estimates are made side by side; what then waits for the owner it sends in one go: nonces in a row, one write into the
//! journal, and all given to the endpoint before the first answer is there.
//!
//! An outcome is done, failed or **unknown**; unknown is never taken for failed. It is told at the first receipt; the nonce is
//! watched until that lies deep in the chain, and what a reorganisation takes back is sent again, byte for byte. Whoever asks
//! again for what is still open waits for that one: nothing is sent twice.

mod journal;
mod look;
mod owner;
mod pending;
mod pricing;
mod receipts;
mod refusal;
mod replace;
mod submit;

pub use self::journal::{Attempt, AttemptState, Journal, Mark, NoJournal, Wish, WishKind};

use self::owner::{News, Owner};
use self::pending::{Intent, Outcome};
use super::ChainError;
use super::api::Receipt;
use super::endpoint::rpc;
use super::types::Head;
use crate::poco::TaskId;
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::Revert;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// How many transactions may wait for the owner of the nonce.
const QUEUE: usize = 64;
/// How a transfer of nothing to the wallet itself is called.
const CANCEL: &str = "cancel";

/// What gas may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gas {
    /// The highest price of a unit of gas, in wei; none for whatever the network asks.
    pub max_fee_wei: Option<u128>,
    /// Room above the estimate, in percent: state moves between estimate and block.
    pub margin_percent: u64,
}

impl Default for Gas {
    fn default() -> Self {
        Self { max_fee_wei: None, margin_percent: 30 }
    }
}

/// When the sender does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long whoever sends waits before the fate is called unknown; the owner goes on.
    pub receipt: Duration,
    /// How long an endpoint may take to answer.
    pub answer: Duration,
    /// How often open transactions are looked at when no head comes.
    pub look: Duration,
    /// After this long the same bytes are given to the endpoint again: it may have dropped them.
    pub rebroadcast: Duration,
    /// After this long without a block a transaction is replaced by a higher fee, and a gap below it is filled; after this
    /// long without a receipt one whose nonce is passed has given way to another.
    pub replace: Duration,
    /// So many blocks later no reorganisation is expected to take a transaction back; until then its nonce is watched.
    pub depth: u64,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            receipt: seconds(300),
            answer: seconds(20),
            look: seconds(2),
            rebroadcast: seconds(15),
            replace: seconds(60),
            depth: super::follow::DEPTH,
        }
    }
}

/// The sender of one key's transactions; cheap to clone.
#[derive(Clone)]
pub struct Sender {
    wallet: Address,
    provider: DynProvider,
    gas: Gas,
    timing: Timing,
    owner: mpsc::Sender<Order>,
}

/// Answered once it is sent: the hash, and where the outcome will be told.
type Sent = Result<(B256, oneshot::Receiver<Outcome>), ChainError>;

struct Submission {
    intent: Intent,
    reply: oneshot::Sender<Sent>,
}

enum Order {
    Send(Box<Submission>),
    Bump(u64, oneshot::Sender<Result<B256, ChainError>>),
    Cancel(u64, oneshot::Sender<Result<B256, ChainError>>),
}

impl Sender {
    /// Starts the owner of `key`'s nonce; it ends with the last clone of the sender or with `stop`.
    pub fn spawn(
        provider: DynProvider,
        chain_id: u64,
        key: PrivateKeySigner,
        gas: Gas,
        heads: watch::Receiver<Head>,
        stop: CancellationToken,
    ) -> Self {
        let settings = (gas, Timing::default(), Arc::new(NoJournal) as Arc<dyn Journal>);
        Self::spawn_with(provider, chain_id, key, settings, heads, stop)
    }

    /// Like [`Sender::spawn`], with a journal in which every attempt is written before it is sent.
    pub fn spawn_with(
        provider: DynProvider,
        chain_id: u64,
        key: PrivateKeySigner,
        settings: (Gas, Timing, Arc<dyn Journal>),
        heads: watch::Receiver<Head>,
        stop: CancellationToken,
    ) -> Self {
        let wallet = key.address();
        let (gas, timing, journal) = settings;
        let (owner, orders) = mpsc::channel(QUEUE);
        let task = Owner {
            provider: provider.clone(),
            chain_id,
            wallet,
            key: key.into(),
            gas: gas.clone(),
            timing,
            journal,
            heads,
            open: BTreeMap::new(),
            quote: None,
            whole_blocks: true,
            news: News::default(),
        };
        tokio::spawn(task.run(orders, stop));
        Self { wallet, provider, gas, timing, owner }
    }

    /// Whose transactions these are.
    pub fn wallet(&self) -> Address {
        self.wallet
    }

    /// The same sender, for callers that call a transaction's fate unknown after `patience` without a receipt.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { timing: Timing { receipt: patience, ..self.timing }, ..self }
    }

    /// Sends a call and waits for its receipt. `spare_gas` is added for what an estimate cannot see.
    pub async fn send(
        &self,
        action: &'static str,
        to: Address,
        data: Bytes,
        spare_gas: u64,
    ) -> Result<Receipt, ChainError> {
        self.send_for(None, action, to, data, spare_gas).await
    }

    /// Sends a call for a task.
    pub async fn send_for(
        &self,
        task: Option<TaskId>,
        action: &'static str,
        to: Address,
        data: Bytes,
        spare_gas: u64,
    ) -> Result<Receipt, ChainError> {
        let request = TransactionRequest::default().from(self.wallet).to(to).input(data.into());
        self.send_request(task, action, request, spare_gas).await
    }

    /// Deploys a contract and gives its address.
    pub async fn deploy(&self, code: Bytes) -> Result<Address, ChainError> {
        let request = TransactionRequest::default().from(self.wallet).with_deploy_code(code);
        let receipt = self.send_request(None, "deploy", request, 0).await?;
        let mined =
            rpc("eth_getTransactionReceipt", self.provider.get_transaction_receipt(receipt.hash)).await?;
        mined
            .and_then(|mined| mined.contract_address)
            .ok_or(ChainError::Reverted { action: "deploy", hash: receipt.hash })
    }

    /// Replaces the open transaction with that nonce by the same with a higher fee; the hash of the new one.
    pub async fn bump(&self, nonce: u64) -> Result<B256, ChainError> {
        self.order(|reply| Order::Bump(nonce, reply)).await?
    }

    /// Replaces the open transaction with that nonce by a transfer of nothing to the wallet itself; its hash.
    pub async fn cancel(&self, nonce: u64) -> Result<B256, ChainError> {
        self.order(|reply| Order::Cancel(nonce, reply)).await?
    }

    async fn order<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, ChainError> {
        let stopped = || ChainError::Stopped("sender of transactions");
        let (reply, answer) = oneshot::channel();
        self.owner.send(order(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())
    }

    async fn send_request(
        &self,
        task: Option<TaskId>,
        action: &'static str,
        request: TransactionRequest,
        spare_gas: u64,
    ) -> Result<Receipt, ChainError> {
        let estimate = self.estimate(action, &request).await?;
        let limit = estimate + estimate * self.gas.margin_percent / 100 + spare_gas;
        let intent = Intent { action: action.into(), task, request: request.with_gas_limit(limit) };
        let (hash, outcome) =
            self.order(|reply| Order::Send(Box::new(Submission { intent, reply }))).await??;
        match tokio::time::timeout(self.timing.receipt, outcome).await {
            Ok(Ok(Outcome::Done(receipt))) => Ok(receipt),
            Ok(Ok(Outcome::Reverted(hash))) => Err(ChainError::Reverted { action, hash }),
            Ok(Ok(Outcome::Displaced(by))) => Err(ChainError::Displaced { action, hash: by }),
            Ok(Err(_)) => Err(ChainError::Unknown { action, hash, reason: "the sender has stopped".into() }),
            Err(_) => Err(ChainError::Unknown { action, hash, reason: "no receipt yet".into() }),
        }
    }

    /// The estimate runs the call, so a call that the contract refuses is never sent.
    async fn estimate(&self, action: &'static str, request: &TransactionRequest) -> Result<u64, ChainError> {
        let estimating = self.provider.estimate_gas(request.clone());
        match tokio::time::timeout(self.timing.answer, estimating).await {
            Ok(Ok(gas)) => Ok(gas),
            Ok(Err(error)) => Err(match error.as_error_resp() {
                Some(said) if refusal::classify(said.code, &said.message) == refusal::Refusal::NoFunds => {
                    ChainError::NoGas { action, wallet: self.wallet }
                }
                Some(said) => ChainError::Refused {
                    action,
                    reason: said
                        .as_decoded_error::<Revert>()
                        .map_or_else(|| said.message.to_string(), |revert| revert.reason().to_owned()),
                },
                None => ChainError::Unavailable {
                    call: "eth_estimateGas",
                    reason: super::endpoint::what_failed(&error),
                },
            }),
            Err(_) => Err(ChainError::Unavailable { call: "eth_estimateGas", reason: "no answer".into() }),
        }
    }
}

/// The name of an action as errors carry it.
fn known_action(name: &str) -> &'static str {
    const KNOWN: [&str; 14] = [
        "initialize",
        "contribute",
        "reveal",
        "finalize",
        "reopen",
        "claim",
        "deploy",
        "approve",
        "depositFor",
        "matchOrders",
        "createApp",
        "createWorkerpool",
        "createCategory",
        CANCEL,
    ];
    KNOWN.into_iter().find(|known| *known == name).unwrap_or("transaction")
}
