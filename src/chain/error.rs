//! What can go wrong between us and the chain, told apart by what can be done about it.

use crate::poco::{Class, Fault};
use alloy::primitives::{Address, B256};

/// What can go wrong between us and the chain.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ChainError {
    /// The endpoint's URL cannot be used.
    #[error("`{url}` is not an endpoint: {reason}")]
    BadEndpoint {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The endpoint did not answer, or answered with an error of its own.
    #[error("the endpoint failed at {call}: {reason}")]
    Unavailable {
        /// The JSON-RPC method.
        call: &'static str,
        /// What it said.
        reason: String,
    },
    /// The answer does not decode as what the ABI promises.
    #[error("the answer of `{call}` at {contract} does not decode: {reason}")]
    Undecodable {
        /// The view that was called.
        call: &'static str,
        /// The contract.
        contract: Address,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no PoCo hub at that address.
    #[error("no PoCo hub answers at {hub} on chain {chain_id}")]
    NoHub {
        /// The address that was asked.
        hub: Address,
        /// The chain.
        chain_id: u64,
    },
    /// A deal, category or entry that the chain does not know (yet).
    #[error("the chain does not know {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The contract refused the call, seen before anything was sent.
    #[error("{action} would be refused: {reason}")]
    Refused {
        /// What was to be done.
        action: &'static str,
        /// The contract's reason, or the condition that fails.
        reason: String,
    },
    /// The transaction was mined and failed.
    #[error("{action} was mined and reverted in {hash}")]
    Reverted {
        /// What was to be done.
        action: &'static str,
        /// The transaction.
        hash: B256,
    },
    /// Nobody knows whether the transaction was mined.
    #[error("{action} was sent as {hash} and its fate is unknown: {reason}")]
    Unknown {
        /// What was to be done.
        action: &'static str,
        /// The transaction.
        hash: B256,
        /// Why its fate is unknown.
        reason: String,
    },
    /// Another transaction of the wallet has the nonce: this one can never be mined.
    #[error("{action} gave way: {hash} or a transaction from elsewhere took its nonce")]
    Displaced {
        /// What was to be done.
        action: &'static str,
        /// The cancellation that took its place, else the transaction that can never be mined.
        hash: B256,
    },
    /// The network asks for a higher fee than the cap allows.
    #[error("the fee for {action} is too low: {reason}")]
    Underpriced {
        /// What was to be done.
        action: &'static str,
        /// What the endpoint or the cap says.
        reason: String,
    },
    /// What was to be replaced is in a block.
    #[error("nonce {nonce} is not open any more: {hash} is in block {block}")]
    Mined {
        /// The nonce.
        nonce: u64,
        /// The transaction that has it.
        hash: B256,
        /// Its block.
        block: u64,
    },
    /// The journal of transactions cannot be written.
    #[error("the journal of transactions failed: {0}")]
    Journal(String),
    /// The wallet cannot pay for gas.
    #[error("{wallet} cannot pay the gas of {action}")]
    NoGas {
        /// What was to be done.
        action: &'static str,
        /// Who was to pay.
        wallet: Address,
    },
    /// The key cannot sign.
    #[error("the key of {wallet} cannot sign: {reason}")]
    Signing {
        /// Whose key.
        wallet: Address,
        /// What the signer said.
        reason: String,
    },
    /// The endpoint serves fewer blocks of logs at once.
    #[error("the endpoint refused the logs of blocks {from} to {to}: {reason}")]
    RangeRefused {
        /// The first block asked for.
        from: u64,
        /// The last block asked for.
        to: u64,
        /// What it said.
        reason: String,
    },
    /// One of the endpoints serves another chain than the others.
    #[error("{url} serves chain {chain_id}, {by} serves chain {known}")]
    OtherChain {
        /// The endpoint, without what may be secret.
        url: String,
        /// The chain it serves.
        chain_id: u64,
        /// The chain that was told first.
        known: u64,
        /// By whom.
        by: String,
    },
    /// The part of the program that was to answer has stopped.
    #[error("the {0} has stopped")]
    Stopped(&'static str),
}

impl Fault for ChainError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadEndpoint { .. } => "P-CH-001",
            Self::Unavailable { .. } => "P-CH-002",
            Self::Undecodable { .. } => "P-CH-003",
            Self::NoHub { .. } => "P-CH-004",
            Self::NotFound { .. } => "P-CH-005",
            Self::Refused { .. } => "P-CH-006",
            Self::Reverted { .. } => "P-CH-007",
            Self::Unknown { .. } => "P-CH-008",
            Self::NoGas { .. } => "P-CH-009",
            Self::Signing { .. } => "P-CH-010",
            Self::Stopped(_) => "P-CH-011",
            Self::RangeRefused { .. } => "P-CH-012",
            Self::OtherChain { .. } => "P-CH-013",
            Self::Displaced { .. } => "P-CH-020",
            Self::Underpriced { .. } => "P-CH-021",
            Self::Journal(_) => "P-CH-022",
            Self::Mined { .. } => "P-CH-023",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unavailable { .. }
            | Self::NotFound { .. }
            | Self::Unknown { .. }
            | Self::RangeRefused { .. }
            | Self::Displaced { .. }
            | Self::Underpriced { .. } => Class::Retry,
            Self::Refused { .. } | Self::Reverted { .. } | Self::Mined { .. } | Self::Undecodable { .. } => {
                Class::GiveUp
            }
            Self::BadEndpoint { .. }
            | Self::OtherChain { .. }
            | Self::NoHub { .. }
            | Self::NoGas { .. }
            | Self::Signing { .. }
            | Self::Journal(_)
            | Self::Stopped(_) => Class::Fatal,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::BadEndpoint { .. } => "give an http://, https://, ws:// or wss:// URL".into(),
            Self::Unavailable { .. } => {
                "check that the endpoint is up and serves this chain; it is asked again".into()
            }
            Self::Undecodable { .. } => {
                "check the hub's address and its PoCo version (v5.0 to v6.2 are known)".into()
            }
            Self::NoHub { .. } => {
                "check --hub and --rpc-url: the address must hold PoCo on that very chain".into()
            }
            Self::NotFound { .. } => {
                "check the id and the chain; a lagging endpoint learns of it a little later".into()
            }
            Self::Refused { .. } => "nothing was sent; mend the condition that the message names".into(),
            Self::Reverted { .. } => {
                "the state changed between the check and the block; look at the task again".into()
            }
            Self::Unknown { .. } => {
                "nothing is sent twice: the chain is asked again for this transaction".into()
            }
            Self::Displaced { .. } => {
                "the chain is looked at again; do not use a worker's wallet for anything else".into()
            }
            Self::Underpriced { .. } => "wait until fees fall, or raise max-fee-gwei".into(),
            Self::Mined { .. } => {
                "nothing to mend: what is in a block can be neither replaced nor cancelled".into()
            }
            Self::Journal(_) => "check that the disk is not full and the ledger is not damaged".into(),
            Self::NoGas { wallet, .. } => format!("send some of the chain's native coin to {wallet}"),
            Self::Signing { .. } => "check the key file and its password".into(),
            Self::OtherChain { .. } => "give --rpc-url endpoints of one and the same chain".into(),
            Self::RangeRefused { .. } => "nothing to mend: fewer blocks are asked for at once".into(),
            Self::Stopped(_) => "look further up in the log for why it stopped, then restart".into(),
        }
    }
}
