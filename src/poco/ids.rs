//! The protocol's 32-byte words, one type each, so that none is ever taken for another.

use alloy::primitives::{B256, U256, keccak256};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! word {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub B256);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = <B256 as FromStr>::Err;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

word!(
    /// EIP-712 hash of a signed order (`keccak256(0x1901 ‖ domain separator ‖ struct hash)`).
    OrderHash
);
word!(
    /// A struck deal: one match of a request order, `keccak256(request order hash ‖ consumed)`.
    DealId
);
word!(
    /// One task of a deal's bag, `keccak256(deal id ‖ index)`.
    TaskId
);
word!(
    /// What the computation proved; secret until reveal.
    ResultDigest
);
word!(
    /// `keccak256(task id ‖ digest)`: what workers agree on.
    ResultHash
);
word!(
    /// `keccak256(worker ‖ task id ‖ digest)`: proves that the contributor knew the digest.
    ResultSeal
);

impl DealId {
    /// The id that `matchOrders` gives to a request order of which `consumed` tasks are already matched.
    pub fn new(request: OrderHash, consumed: U256) -> Self {
        Self(keccak256([request.0.as_slice(), &consumed.to_be_bytes::<32>()].concat()))
    }
}

impl TaskId {
    /// The id that `initialize` gives to task `index` of a deal.
    pub fn new(deal: DealId, index: U256) -> Self {
        Self(keccak256([deal.0.as_slice(), &index.to_be_bytes::<32>()].concat()))
    }
}
