//! How iExec's tools write the fields of an order in JSON.

use alloy::primitives::{Address, U256};
use serde::{Deserializer, Serializer, de};
use std::fmt;

/// Writes an address with its checksum (EIP-55).
pub(super) fn checksummed<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

/// Writes an integer as a decimal string.
pub(super) fn decimal<S: Serializer>(value: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads an integer: a JSON number, a decimal string, or a string of hex after `0x`.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = U256;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number, or a string of one, of at most 256 bits")
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<U256, E> {
            Ok(U256::from(value))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<U256, E> {
            let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            plain
                .then(|| U256::from_str_radix(digits, radix).ok())
                .flatten()
                .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Visitor)
}
