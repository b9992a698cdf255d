//! A public key that the operator trusts.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// An ECDSA key on P-256, as `cosign generate-key-pair` makes them.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    name: String,
}

/// Why a key is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is a private key.
    #[error("it is a private key; give the public one")]
    Private,
    /// It is something else.
    #[error("it is not a PEM of an ECDSA public key on P-256 (BEGIN PUBLIC KEY)")]
    Other,
}

impl PublicKey {
    /// Reads a PEM; `name` is how the key is called in messages, such as its file.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(pem: &str, name: impl Into<String>) -> Result<Self, KeyError> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let key = VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| KeyError::Other)?;
        Ok(Self { key, name: name.into() })
    }

    /// Whether `signature`, in DER, is this key's over the SHA-256 of `message`.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    /// What tells two keys apart: the SHA-256 of the key in DER.
    pub fn fingerprint(&self) -> String {
        let der = self.key.to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default();
        hex::encode(Sha256::digest(der))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:.16})", self.name, self.fingerprint())
    }
}
