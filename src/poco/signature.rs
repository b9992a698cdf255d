//! Signatures in the two forms that the contracts take: r‖s‖v (65 bytes) and EIP-2098 (64 bytes).
//!
//! Mirrors `SignatureVerifier` and OpenZeppelin's `ECDSA.tryRecover` beneath it. ERC-1271 accounts need the
//! chain to answer and are not known here.

use super::error::PocoError;
use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use alloy::signers::SignerSync;

/// The account that signed `digest`. `s` must be low, and `v` of the long form 27 or 28.
pub fn recover(digest: B256, signature: &[u8]) -> Result<Address, PocoError> {
    let invalid = |reason| PocoError::SignatureInvalid { reason };
    let signature = match signature.len() {
        65 => {
            let odd = match signature[64] {
                27 => false,
                28 => true,
                _ => return Err(invalid("v is not 27 or 28")),
            };
            let (r, s) = (U256::from_be_slice(&signature[..32]), U256::from_be_slice(&signature[32..64]));
            Signature::new(r, s, odd)
        }
        64 => {
            let vs = U256::from_be_slice(&signature[32..]);
            Signature::new(U256::from_be_slice(&signature[..32]), vs & (U256::MAX >> 1), vs.bit(255))
        }
        length => return Err(PocoError::SignatureFormat { length }),
    };
    if signature.normalize_s().is_some() {
        return Err(invalid("s is in the upper half of its range"));
    }
    signature.recover_address_from_prehash(&digest).map_err(|_| invalid("no key could have made it"))
}

/// Checks that `expected` signed `digest`.
pub fn verify(digest: B256, signature: &[u8], expected: Address) -> Result<(), PocoError> {
    let found = recover(digest, signature)?;
    if found == expected { Ok(()) } else { Err(PocoError::WrongSigner { expected, found }) }
}

/// Signs `digest`, 65 bytes.
pub fn sign(digest: B256, key: &impl SignerSync) -> Result<Bytes, PocoError> {
    let signature = key.sign_hash_sync(&digest).map_err(|error| PocoError::Signing(error.to_string()))?;
    Ok(Bytes::copy_from_slice(&signature.normalized_s().as_bytes()))
}

/// The 64-byte form (EIP-2098) of a 65-byte signature with a low `s`.
pub fn compact(signature: &[u8; 65]) -> Result<[u8; 64], PocoError> {
    let invalid = |reason| PocoError::SignatureInvalid { reason };
    let mut short = [0; 64];
    short.copy_from_slice(&signature[..64]);
    if short[32] & 0x80 != 0 {
        return Err(invalid("s is in the upper half of its range"));
    }
    match signature[64] {
        27 => {}
        28 => short[32] |= 0x80,
        _ => return Err(invalid("v is not 27 or 28")),
    }
    Ok(short)
}

/// The 65-byte form of a 64-byte signature (EIP-2098).
pub fn expand(signature: &[u8; 64]) -> [u8; 65] {
    let mut long = [0; 65];
    long[..64].copy_from_slice(signature);
    long[64] = 27 + (long[32] >> 7);
    long[32] &= 0x7f;
    long
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::signers::local::PrivateKeySigner;
    use proptest::prelude::*;

    const ORDER_OF_THE_CURVE: U256 =
        alloy::primitives::uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

    fn key() -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&B256::repeat_byte(0x42)).unwrap()
    }

    proptest! {
        #[test]
        fn both_forms_name_the_signer(digest: [u8; 32]) {
            let (key, digest) = (key(), B256::from(digest));
            let long: [u8; 65] = sign(digest, &key).unwrap().as_ref().try_into().unwrap();
            let short = compact(&long).unwrap();
            prop_assert_eq!(expand(&short), long);
            prop_assert_eq!(recover(digest, &long), Ok(key.address()));
            prop_assert_eq!(recover(digest, &short), Ok(key.address()));
        }

        #[test]
        fn the_other_half_of_s_and_other_v_are_refused(digest: [u8; 32], v in 0u8..27) {
            let digest = B256::from(digest);
            let mut forged: [u8; 65] = sign(digest, &key()).unwrap().as_ref().try_into().unwrap();
            let low_s = U256::from_be_slice(&forged[32..64]);
            forged[32..64].copy_from_slice(&(ORDER_OF_THE_CURVE - low_s).to_be_bytes::<32>());
            forged[64] = 55 - forged[64];
            let high_s = recover(digest, &forged);
            prop_assert_eq!(high_s, Err(PocoError::SignatureInvalid { reason: "s is in the upper half of its range" }));
            forged[32..64].copy_from_slice(&low_s.to_be_bytes::<32>());
            forged[64] = v;
            let other_v = recover(digest, &forged);
            prop_assert_eq!(other_v, Err(PocoError::SignatureInvalid { reason: "v is not 27 or 28" }));
        }

        #[test]
        fn no_bytes_trip_it(digest: [u8; 32], bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            let answer = recover(digest.into(), &bytes);
            if bytes.len() != 64 && bytes.len() != 65 {
                prop_assert_eq!(answer, Err(PocoError::SignatureFormat { length: bytes.len() }));
            }
        }
    }

    #[test]
    fn zeros_are_nobodys() {
        assert!(matches!(recover(B256::ZERO, &[0; 64]), Err(PocoError::SignatureInvalid { .. })));
    }

    #[test]
    fn a_stranger_is_named() {
        let (key, digest, expected) = (key(), B256::repeat_byte(1), Address::repeat_byte(9));
        let wrong = verify(digest, &sign(digest, &key).unwrap(), expected);
        assert_eq!(wrong, Err(PocoError::WrongSigner { expected, found: key.address() }));
    }
}
