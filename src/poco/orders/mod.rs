//! The four orders of a deal: their EIP-712 hashes, signatures and JSON.
//!
//! Mirrors `IexecLibOrders_v5` and the `manage*Order` functions. An order's `sign` is never part of its hash. The
//! JSON is that of iExec's tools: integers as decimal strings (numbers are read too), addresses checksummed, every field
//! present but `sign`, no others.

mod app;
mod dataset;
mod json;
mod request;
mod typed;
mod workerpool;

pub use app::AppOrder;
pub use dataset::DatasetOrder;
pub use request::RequestOrder;
pub use workerpool::WorkerpoolOrder;

use super::error::PocoError;
use super::ids::OrderHash;
use super::signature;
use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::signers::SignerSync;
use alloy::sol_types::Eip712Domain;

/// Where an order is valid: one hub on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Domain {
    /// The chain's id.
    pub chain_id: u64,
    /// The hub's address.
    pub hub: Address,
}

impl Domain {
    /// The domain's name in every version of PoCo.
    pub const NAME: &'static str = "iExecODB";
    /// The domain's version, unchanged from PoCo 5 to 6.2.
    pub const VERSION: &'static str = "5.0.0";

    /// The domain as EIP-712 has it.
    pub fn eip712(&self) -> Eip712Domain {
        Eip712Domain::new(
            Some(Self::NAME.into()),
            Some(Self::VERSION.into()),
            Some(U256::from(self.chain_id)),
            Some(self.hub),
            None,
        )
    }

    /// The hub's `eip712domain_separator()`.
    pub fn separator(&self) -> B256 {
        self.eip712().separator()
    }

    /// `keccak256(0x1901 ‖ separator ‖ struct hash)`.
    fn digest(&self, struct_hash: B256) -> B256 {
        keccak256([&[0x19, 0x01], self.separator().as_slice(), struct_hash.as_slice()].concat())
    }
}

/// What `manage*Order` does with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Operation {
    /// Sign it on chain: it needs no signature from then on.
    Sign = 0,
    /// Close it: what is left of its volume is consumed.
    Close = 1,
}

/// What the four orders have in common.
pub trait Order {
    /// The EIP-712 type string.
    fn type_string() -> String;

    /// The EIP-712 type string of the order's operation.
    fn operation_type_string() -> String;

    /// The EIP-712 struct hash, without `sign`.
    fn struct_hash(&self) -> B256;

    /// The EIP-712 struct hash of an operation on this order.
    fn operation_struct_hash(&self, operation: Operation) -> B256;

    /// The signature, empty when there is none.
    fn signature(&self) -> &Bytes;

    /// Replaces the signature.
    fn set_signature(&mut self, signature: Bytes);

    /// The order's hash, by which the hub counts what is consumed of it.
    fn hash(&self, domain: &Domain) -> OrderHash {
        OrderHash(domain.digest(self.struct_hash()))
    }

    /// Signs the order.
    fn sign(&mut self, domain: &Domain, key: &impl SignerSync) -> Result<(), PocoError> {
        self.set_signature(signature::sign(self.hash(domain).0, key)?);
        Ok(())
    }

    /// Who signed the order.
    fn signer(&self, domain: &Domain) -> Result<Address, PocoError> {
        signature::recover(self.hash(domain).0, self.signature())
    }

    /// Checks that `expected`, an account without code, signed the order.
    fn verify(&self, domain: &Domain, expected: Address) -> Result<(), PocoError> {
        signature::verify(self.hash(domain).0, self.signature(), expected)
    }

    /// The hash that is signed for an operation sent by somebody else than the order's owner.
    fn operation_hash(&self, operation: Operation, domain: &Domain) -> B256 {
        domain.digest(self.operation_struct_hash(operation))
    }

    /// The owner's signature of an operation.
    fn sign_operation(
        &self,
        operation: Operation,
        domain: &Domain,
        key: &impl SignerSync,
    ) -> Result<Bytes, PocoError> {
        signature::sign(self.operation_hash(operation, domain), key)
    }
}

/// Ties an order to its EIP-712 structs: the fields that are hashed, in the order of the ABI.
macro_rules! eip712_order {
    ($order:ident, $operation:ident { $($field:ident: $value:expr),+ $(,)? }) => {
        impl $crate::poco::orders::Order for $order {
            fn type_string() -> String {
                <typed::$order as ::alloy::sol_types::SolStruct>::eip712_encode_type().into_owned()
            }

            fn operation_type_string() -> String {
                <typed::$operation as ::alloy::sol_types::SolStruct>::eip712_encode_type().into_owned()
            }

            fn struct_hash(&self) -> ::alloy::primitives::B256 {
                ::alloy::sol_types::SolStruct::eip712_hash_struct(&self.typed())
            }

            fn operation_struct_hash(
                &self,
                operation: $crate::poco::orders::Operation,
            ) -> ::alloy::primitives::B256 {
                let operation = ::alloy::primitives::U256::from(operation as u8);
                ::alloy::sol_types::SolStruct::eip712_hash_struct(&typed::$operation {
                    order: self.typed(),
                    operation,
                })
            }

            fn signature(&self) -> &::alloy::primitives::Bytes {
                &self.sign
            }

            fn set_signature(&mut self, signature: ::alloy::primitives::Bytes) {
                self.sign = signature;
            }
        }

        impl $order {
            fn typed(&self) -> typed::$order {
                typed::$order { $($field: $value(&self.$field)),+ }
            }
        }
    };
}
use eip712_order;

#[cfg(test)]
mod tests {
    use super::super::{amount::Nrlc, tag::Tag};
    use super::*;
    use alloy::signers::local::PrivateKeySigner;
    use proptest::prelude::*;

    const DOMAIN: Domain = Domain { chain_id: 31337, hub: Address::repeat_byte(0xcb) };

    fn word() -> impl Strategy<Value = B256> {
        any::<[u8; 32]>().prop_map(B256::from)
    }

    fn integer() -> impl Strategy<Value = U256> {
        prop_oneof![any::<u64>().prop_map(U256::from), word().prop_map(|word| U256::from_be_bytes(word.0))]
    }

    prop_compose! {
        fn request()(
            accounts in proptest::collection::vec(any::<[u8; 20]>().prop_map(Address::from), 6),
            numbers in proptest::collection::vec(integer(), 6),
            (tag, salt) in (word(), word()),
            params in ".*",
            sign in proptest::collection::vec(any::<u8>(), 0..70),
        ) -> RequestOrder {
            RequestOrder {
                app: accounts[0],
                appmaxprice: Nrlc(numbers[0]),
                dataset: accounts[1],
                datasetmaxprice: Nrlc(numbers[1]),
                workerpool: accounts[2],
                workerpoolmaxprice: Nrlc(numbers[2]),
                requester: accounts[3],
                volume: numbers[3],
                tag: Tag(tag),
                category: numbers[4],
                trust: numbers[5],
                beneficiary: accounts[4],
                callback: accounts[5],
                params,
                salt,
                sign: sign.into(),
            }
        }
    }

    proptest! {
        #[test]
        fn json_keeps_every_field(order in request()) {
            let text = serde_json::to_string(&order).unwrap();
            prop_assert_eq!(serde_json::from_str::<RequestOrder>(&text).unwrap(), order);
        }

        #[test]
        fn a_signature_names_its_key_on_its_own_hub_only(mut order in request(), chain_id in 1u64..100) {
            let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
            let before = order.hash(&DOMAIN);
            order.sign(&DOMAIN, &key).unwrap();
            prop_assert_eq!(order.hash(&DOMAIN), before);
            prop_assert_eq!(order.signer(&DOMAIN), Ok(key.address()));
            let elsewhere = Domain { chain_id, ..DOMAIN };
            prop_assert_ne!(order.signer(&elsewhere), Ok(key.address()));
        }
    }

    fn app_order(price: &str, more: &str) -> serde_json::Result<AppOrder> {
        let zero = Address::ZERO;
        let salt = B256::ZERO;
        serde_json::from_str(&format!(
            r#"{{"app":"{zero}","appprice":{price},"volume":1,"tag":["gpu"],"datasetrestrict":"{zero}",
            "workerpoolrestrict":"{zero}","requesterrestrict":"{zero}","salt":"{salt}"{more}}}"#
        ))
    }

    #[test]
    fn numbers_and_units_are_read() {
        for price in ["2000000000", "\"2000000000\"", "\"2 RLC\""] {
            let order = app_order(price, "").unwrap();
            assert_eq!(
                (order.appprice, order.volume, order.tag),
                (Nrlc::new(2_000_000_000), U256::from(1), Tag::GPU)
            );
            assert!(order.sign.is_empty());
        }
    }

    #[test]
    fn what_would_change_the_meaning_is_refused() {
        for price in ["-1", "1.5", "null", "\"1e9\"", "\"\""] {
            assert!(app_order(price, "").is_err(), "{price}");
        }
        let misspelt = app_order("1", r#","requesterestrict":"0x00""#).unwrap_err();
        assert!(misspelt.to_string().contains("requesterestrict"), "{misspelt}");
        let missing = serde_json::from_str::<DatasetOrder>("{}").unwrap_err();
        assert!(missing.to_string().contains("missing field"), "{missing}");
    }
}
