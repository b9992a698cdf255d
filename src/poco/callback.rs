//! What the contract asks of `resultsCallback`, the bytes that it hands to the deal's callback.

use super::ids::ResultDigest;
use alloy::primitives::{Address, keccak256};

/// Whether `finalize` and `contributeAndFinalize` take these bytes: `(callback == 0 && resultsCallback is empty)
/// || keccak256(resultsCallback) == digest`. `None` and the zero address both mean that the deal has no callback.
pub fn callback_agrees(callback: Option<Address>, results_callback: &[u8], digest: ResultDigest) -> bool {
    let asked = callback.is_some_and(|target| target != Address::ZERO);
    (!asked && results_callback.is_empty()) || keccak256(results_callback) == digest.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_checks_the_bytes_when_there_is_a_callback() {
        let digest = ResultDigest(keccak256(b"42"));
        let target = Some(Address::repeat_byte(0xcb));
        assert!(callback_agrees(target, b"42", digest));
        assert!(!callback_agrees(target, b"43", digest));
        assert!(!callback_agrees(target, b"", digest));
        assert!(callback_agrees(target, b"", ResultDigest(keccak256(b""))));
    }

    #[test]
    fn without_a_callback_bytes_are_empty_or_right() {
        let digest = ResultDigest(keccak256(b"42"));
        for none in [None, Some(Address::ZERO)] {
            assert!(callback_agrees(none, b"", digest));
            assert!(callback_agrees(none, b"42", digest));
            assert!(!callback_agrees(none, b"43", digest));
        }
    }
}
