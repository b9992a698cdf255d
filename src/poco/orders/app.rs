//! The app owner's order: the app, its price, and who may use it.

use super::super::{amount::Nrlc, tag::Tag};
use super::{eip712_order, json, typed};
use alloy::primitives::{Address, B256, Bytes, U256};
use serde::{Deserialize, Serialize};

/// An app for sale. A restriction is zero (anybody), an account, or an ERC-734 group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppOrder {
    /// The app's contract.
    #[serde(serialize_with = "json::checksummed")]
    pub app: Address,
    /// Price of one task.
    pub appprice: Nrlc,
    /// How many tasks it is good for.
    #[serde(serialize_with = "json::decimal", deserialize_with = "json::integer")]
    pub volume: U256,
    /// What the app needs of the machine.
    pub tag: Tag,
    /// The only dataset.
    #[serde(serialize_with = "json::checksummed")]
    pub datasetrestrict: Address,
    /// The only workerpool.
    #[serde(serialize_with = "json::checksummed")]
    pub workerpoolrestrict: Address,
    /// The only requester.
    #[serde(serialize_with = "json::checksummed")]
    pub requesterrestrict: Address,
    /// Makes the order's hash its own.
    pub salt: B256,
    /// The app owner's signature, empty when there is none.
    #[serde(default)]
    pub sign: Bytes,
}

eip712_order!(
    AppOrder,
    AppOrderOperation {
        app: Address::clone,
        appprice: |price: &Nrlc| price.0,
        volume: U256::clone,
        tag: |tag: &Tag| tag.0,
        datasetrestrict: Address::clone,
        workerpoolrestrict: Address::clone,
        requesterrestrict: Address::clone,
        salt: B256::clone,
    }
);
