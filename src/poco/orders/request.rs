//! The requester's order: what is to be computed, and what it may cost.

use super::super::{amount::Nrlc, tag::Tag};
use super::{eip712_order, json, typed};
use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// A wish to have `volume` tasks computed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestOrder {
    /// The app's contract.
    #[serde(serialize_with = "json::checksummed")]
    pub app: Address,
    /// The most that the app may cost per task.
    pub appmaxprice: Nrlc,
    /// The dataset's contract, zero for none.
    #[serde(serialize_with = "json::checksummed")]
    pub dataset: Address,
    /// The most that the dataset may cost per task.
    pub datasetmaxprice: Nrlc,
    /// The only workerpool: zero (any), a workerpool, or an ERC-734 group.
    #[serde(serialize_with = "json::checksummed")]
    pub workerpool: Address,
    /// The most that the workerpool may cost per task.
    pub workerpoolmaxprice: Nrlc,
    /// Who signs, and pays unless a sponsor does.
    #[serde(serialize_with = "json::checksummed")]
    pub requester: Address,
    /// How many tasks are wished for.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub volume: U256,
    /// What the request needs of the machine.
    pub tag: Tag,
    /// The category, which sets a task's time.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub category: U256,
    /// How sure the result must be; 0 counts as 1.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub trust: U256,
    /// Who may read the result.
    #[serde(serialize_with = "json::checksummed")]
    pub beneficiary: Address,
    /// The contract that receives the result on chain, zero for none.
    #[serde(serialize_with = "json::checksummed")]
    pub callback: Address,
    /// The params, hashed as their UTF-8 bytes.
    pub params: String,
    /// Makes the order's hash its own.
    pub salt: B256,
    /// The requester's signature, empty when there is none.
    #[serde(default)]
    pub sign: Bytes,
}

eip712_order!(
    RequestOrder,
    RequestOrderOperation {
        app: Address::clone,
        appmaxprice: |price: &Nrlc| price.0,
        dataset: Address::clone,
        datasetmaxprice: |price: &Nrlc| price.0,
        workerpool: Address::clone,
        workerpoolmaxprice: |price: &Nrlc| price.0,
        requester: Address::clone,
        volume: U256::clone,
        tag: |tag: &Tag| tag.0,
        category: U256::clone,
        trust: U256::clone,
        beneficiary: Address::clone,
        callback: Address::clone,
        params: String::clone,
        salt: B256::clone,
    }
);
