//! The workerpool owner's order: computing time of one category, up to a trust.

use super::super::{amount::Nrlc, tag::Tag};
use super::{eip712_order, json, typed};
use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// Computing time for sale. A restriction is zero (anybody), an account, or an ERC-734 group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerpoolOrder {
    /// The workerpool's contract.
    #[serde(serialize_with = "json::checksummed")]
    pub workerpool: Address,
    /// Price of one task.
    pub workerpoolprice: Nrlc,
    /// How many tasks it is good for.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub volume: U256,
    /// What the workerpool's machines offer.
    pub tag: Tag,
    /// The category, which sets a task's time.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub category: U256,
    /// The highest trust that the workerpool gives.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub trust: U256,
    /// The only app.
    #[serde(serialize_with = "json::checksummed")]
    pub apprestrict: Address,
    /// The only dataset.
    #[serde(serialize_with = "json::checksummed")]
    pub datasetrestrict: Address,
    /// The only requester.
    #[serde(serialize_with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the order's hash its own.
    pub salt: B256,
    /// The workerpool owner's signature, empty when there is none.
    #[serde(default)]
    pub sign: Bytes,
}

eip712_order!(
    WorkerpoolOrder,
    WorkerpoolOrderOperation {
        workerpool: Address::clone,
        workerpoolprice: |price: &Nrlc| price.0,
        volume: U256::clone,
        tag: |tag: &Tag| tag.0,
        category: U256::clone,
        trust: U256::clone,
        apprestrict: Address::clone,
        datasetrestrict: Address::clone,
        requesterrestrict: Address::clone,
        salt: B256::clone,
    }
);
