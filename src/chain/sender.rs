//! Sends the transactions of one key.
//!
//! One task owns the key's nonce; whoever wants something sent asks it through a bounded channel and then waits for the
//! receipt by itself, so that a slow block holds up nobody else.
//!
//! ```text
//! send ─▶ estimate (a refusal ends here, nothing sent) ─▶ [owner: nonce, fees, sign, submit] ─▶ receipt by head
//! ```
//!
//! An outcome is done, failed or **unknown**; unknown is never taken for failed.

use super::ChainError;
use super::api::Receipt;
use super::endpoint::{rpc, what_failed};
use super::types::Head;
use alloy::eips::eip2718::Encodable2718;
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::{DynProvider, Provider};
use alloy::rpc::types::TransactionRequest;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::Revert;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// How many transactions may wait for the owner of the nonce.
const QUEUE: usize = 64;
/// How long a receipt is awaited before the transaction's fate is called unknown.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(300);
/// How often a receipt is asked for when no head comes.
const RECEIPT_INTERVAL: Duration = Duration::from_secs(2);
/// How often a refused nonce is read again before giving up.
const NONCE_TRIES: u32 = 4;

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

/// The sender of one key's transactions; cheap to clone.
#[derive(Clone)]
pub struct Sender {
    wallet: Address,
    provider: DynProvider,
    gas: Gas,
    heads: watch::Receiver<Head>,
    owner: mpsc::Sender<Submission>,
    /// How long a receipt is awaited.
    patience: Duration,
    /// A transaction did not come back: the owner reads its nonce anew.
    lost: Arc<AtomicBool>,
}

struct Submission {
    action: &'static str,
    request: TransactionRequest,
    reply: oneshot::Sender<Result<B256, ChainError>>,
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
        let wallet = key.address();
        let (owner, submissions) = mpsc::channel(QUEUE);
        let lost = Arc::new(AtomicBool::new(false));
        let task = Owner {
            provider: provider.clone(),
            chain_id,
            wallet,
            key: key.into(),
            next: None,
            lost: lost.clone(),
        };
        tokio::spawn(task.run(submissions, stop));
        Self { wallet, provider, gas, heads, owner, patience: RECEIPT_PATIENCE, lost }
    }

    /// Whose transactions these are.
    pub fn wallet(&self) -> Address {
        self.wallet
    }

    /// The same sender, for callers that call a transaction's fate unknown after `patience` without a receipt.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sends a call and waits for its receipt. `spare_gas` is added for what an estimate cannot see.
    pub async fn send(
        &self,
        action: &'static str,
        to: Address,
        data: Bytes,
        spare_gas: u64,
    ) -> Result<Receipt, ChainError> {
        let request = TransactionRequest::default().from(self.wallet).to(to).input(data.into());
        self.send_request(action, request, spare_gas).await
    }

    /// Deploys a contract and gives its address.
    pub async fn deploy(&self, code: Bytes) -> Result<Address, ChainError> {
        let request = TransactionRequest::default().from(self.wallet).with_deploy_code(code);
        let receipt = self.send_request("deploy", request, 0).await?;
        let mined =
            rpc("eth_getTransactionReceipt", self.provider.get_transaction_receipt(receipt.hash)).await?;
        mined
            .and_then(|mined| mined.contract_address)
            .ok_or(ChainError::Reverted { action: "deploy", hash: receipt.hash })
    }

    async fn send_request(
        &self,
        action: &'static str,
        request: TransactionRequest,
        spare_gas: u64,
    ) -> Result<Receipt, ChainError> {
        let estimate = self.estimate(action, &request).await?;
        let limit = estimate + estimate * self.gas.margin_percent / 100 + spare_gas;
        let request = self.priced(request).await?.with_gas_limit(limit);
        let (reply, answer) = oneshot::channel();
        self.owner
            .send(Submission { action, request, reply })
            .await
            .map_err(|_| ChainError::Stopped("sender of transactions"))?;
        let hash = answer.await.map_err(|_| ChainError::Stopped("sender of transactions"))??;
        self.receipt(action, hash).await
    }

    /// The estimate runs the call, so a call that the contract refuses is never sent.
    async fn estimate(&self, action: &'static str, request: &TransactionRequest) -> Result<u64, ChainError> {
        let estimating = self.provider.estimate_gas(request.clone());
        match tokio::time::timeout(RECEIPT_PATIENCE / 10, estimating).await {
            Ok(Ok(gas)) => Ok(gas),
            Ok(Err(error)) => Err(match error.as_error_resp() {
                Some(said) if said.message.to_lowercase().contains("insufficient funds") => {
                    ChainError::NoGas { action, wallet: self.wallet }
                }
                Some(said) => ChainError::Refused {
                    action,
                    reason: said
                        .as_decoded_error::<Revert>()
                        .map_or_else(|| said.message.to_string(), |revert| revert.reason().to_owned()),
                },
                None => ChainError::Unavailable { call: "eth_estimateGas", reason: what_failed(&error) },
            }),
            Err(_) => Err(ChainError::Unavailable { call: "eth_estimateGas", reason: "no answer".into() }),
        }
    }

    /// EIP-1559 where the chain has a base fee, the plain gas price where not.
    async fn priced(&self, request: TransactionRequest) -> Result<TransactionRequest, ChainError> {
        let cap = |fee: u128| self.gas.max_fee_wei.map_or(fee, |most| fee.min(most));
        match self.provider.estimate_eip1559_fees().await {
            Ok(fees) => {
                let max = cap(fees.max_fee_per_gas);
                Ok(request
                    .with_max_fee_per_gas(max)
                    .with_max_priority_fee_per_gas(fees.max_priority_fee_per_gas.min(max)))
            }
            Err(_) => {
                let price = rpc("eth_gasPrice", self.provider.get_gas_price()).await?;
                Ok(request.with_gas_price(cap(price)))
            }
        }
    }

    async fn receipt(&self, action: &'static str, hash: B256) -> Result<Receipt, ChainError> {
        let mut heads = self.heads.clone();
        let waiting = async {
            loop {
                let asked =
                    rpc("eth_getTransactionReceipt", self.provider.get_transaction_receipt(hash)).await;
                match asked {
                    Ok(Some(mined)) => {
                        let block = mined.block_number.unwrap_or_default();
                        return if mined.status() {
                            Ok(Receipt { hash, block, gas_used: mined.gas_used })
                        } else {
                            Err(ChainError::Reverted { action, hash })
                        };
                    }
                    Ok(None) => {}
                    Err(error) => tracing::debug!(%error, %hash, "the receipt is asked for again"),
                }
                // A head wakes us; the timer is for an endpoint that went silent.
                let _ = tokio::time::timeout(RECEIPT_INTERVAL, heads.changed()).await;
            }
        };
        match tokio::time::timeout(self.patience, waiting).await {
            Ok(outcome) => outcome,
            // A reorganisation or the endpoint's pool may have dropped it: counting on from its nonce would leave a gap
            // before which everything waits for ever.
            Err(_) => {
                self.lost.store(true, Ordering::Relaxed);
                Err(ChainError::Unknown { action, hash, reason: "no receipt yet".into() })
            }
        }
    }
}

/// The owner of one key's nonce.
struct Owner {
    provider: DynProvider,
    chain_id: u64,
    wallet: Address,
    key: EthereumWallet,
    next: Option<u64>,
    lost: Arc<AtomicBool>,
}

impl Owner {
    async fn run(mut self, mut submissions: mpsc::Receiver<Submission>, stop: CancellationToken) {
        loop {
            let submission = tokio::select! {
                () = stop.cancelled() => return,
                next = submissions.recv() => match next {
                    Some(submission) => submission,
                    None => return,
                },
            };
            let outcome = self.submit(submission.action, submission.request).await;
            // Whoever asked may have given up; the transaction stands all the same.
            let _ = submission.reply.send(outcome);
        }
    }

    async fn submit(
        &mut self,
        action: &'static str,
        request: TransactionRequest,
    ) -> Result<B256, ChainError> {
        if self.lost.swap(false, Ordering::Relaxed) {
            self.next = None;
        }
        for _ in 0..NONCE_TRIES {
            let nonce = match self.next {
                Some(nonce) => nonce,
                None => {
                    rpc("eth_getTransactionCount", self.provider.get_transaction_count(self.wallet).pending())
                        .await?
                }
            };
            let signed = request
                .clone()
                .with_nonce(nonce)
                .with_chain_id(self.chain_id)
                .build(&self.key)
                .await
                .map_err(|error| ChainError::Signing { wallet: self.wallet, reason: error.to_string() })?;
            let hash = *signed.tx_hash();
            let raw = signed.encoded_2718();
            match self.provider.send_raw_transaction(&raw).await {
                Ok(_) => {
                    self.next = Some(nonce + 1);
                    return Ok(hash);
                }
                Err(error) => match error.as_error_resp().map(|said| said.message.to_lowercase()) {
                    Some(said) if said.contains("already known") || said.contains("already imported") => {
                        self.next = Some(nonce + 1);
                        return Ok(hash);
                    }
                    // Somebody else uses the wallet too: this nonce is mined, or waits in the endpoint's pool.
                    Some(said) if said.contains("nonce too low") || said.contains("replacement") => {
                        self.next = None;
                    }
                    Some(said) if said.contains("insufficient funds") => {
                        return Err(ChainError::NoGas { action, wallet: self.wallet });
                    }
                    Some(said) => {
                        self.next = None;
                        return Err(ChainError::Refused { action, reason: said });
                    }
                    None => {
                        // It may have arrived: whoever waits for the receipt will see, and the nonce is read anew.
                        tracing::warn!(error = what_failed(&error), %hash, action, "the endpoint did not say whether it took this");
                        self.next = None;
                        return Ok(hash);
                    }
                },
            }
        }
        let reason = format!("every nonce for {action} was taken already");
        Err(ChainError::Unavailable { call: "eth_sendRawTransaction", reason })
    }
}
