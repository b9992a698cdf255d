//! The dataset owner's order: the dataset, its price, and who may use it.

use super::super::{amount::Nrlc, tag::Tag};
use super::{eip712_order, json, typed};
use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// A dataset for sale. The default, all zero, stands for "no dataset" in a match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetOrder {
    /// The dataset's contract, zero for none.
    #[serde(serialize_with = "json::checksummed")]
    pub dataset: Address,
    /// Price of one task.
    pub datasetprice: Nrlc,
    /// How many tasks it is good for.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub volume: U256,
    /// What the dataset needs of the machine.
    pub tag: Tag,
    /// The only app.
    #[serde(serialize_with = "json::checksummed")]
    pub apprestrict: Address,
    /// The only workerpool.
    #[serde(serialize_with = "json::checksummed")]
    pub workerpoolrestrict: Address,
    /// The only requester.
    #[serde(serialize_with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the order's hash its own.
    pub salt: B256,
    /// The dataset owner's signature, empty when there is none.
    #[serde(default)]
    pub sign: Bytes,
}

eip712_order!(
    DatasetOrder,
    DatasetOrderOperation {
        dataset: Address::clone,
        datasetprice: |price: &Nrlc| price.0,
        volume: U256::clone,
        tag: |tag: &Tag| tag.0,
        apprestrict: Address::clone,
        workerpoolrestrict: Address::clone,
        requesterrestrict: Address::clone,
        salt: B256::clone,
    }
);
