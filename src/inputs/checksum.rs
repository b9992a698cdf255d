//! The sha-256 that an input was promised to have.

use super::InputError;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read, Write};
use url::Url;

/// How a URL promises it: `https://host/file#sha256=<64 hex>`. The fragment is never sent.
const PROMISE: &str = "sha256=";

/// A sha-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checksum(pub(super) [u8; 32]);

impl Checksum {
    /// What the URL itself promises.
    ///
    /// # Errors
    /// [`InputError::Promise`] when it promises something that is no sha-256.
    pub(super) fn promised(url: &Url) -> Result<Option<Self>, InputError> {
        let Some(digits) = url.fragment().and_then(|fragment| fragment.strip_prefix(PROMISE)) else {
            return Ok(None);
        };
        let mut sum = [0; 32];
        hex::decode_to_slice(digits, &mut sum).map_err(|_| InputError::Promise { url: url.clone() })?;
        Ok(Some(Self(sum)))
    }

    /// Of all that comes from `from`, which goes to `to` on the way.
    pub(super) fn of(from: &mut impl Read, to: &mut impl Write) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let count = from.read(&mut buffer)?;
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
            hasher.update(chunk);
            to.write_all(chunk)?;
        }
        Ok(Self(hasher.finalize().into()))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(url: &str) -> Result<Option<String>, InputError> {
        Ok(Checksum::promised(&url.parse().unwrap())?.map(|sum| sum.to_string()))
    }

    #[test]
    fn a_url_may_promise_a_checksum() {
        let sum = "0f".repeat(32);
        assert_eq!(promised(&format!("http://h/x#sha256={sum}")).unwrap().as_deref(), Some(sum.as_str()));
        let upper = sum.to_uppercase();
        assert_eq!(promised(&format!("http://h/x#sha256={upper}")).unwrap().as_deref(), Some(sum.as_str()));
        for none in ["http://h/x", "http://h/x#top", "http://h/x#sha-256=00", "http://h/x?sha256=00"] {
            assert_eq!(promised(none).unwrap(), None, "{none}");
        }
        for broken in ["sha256=", "sha256=00", "sha256=zz", &format!("sha256={sum}00")] {
            assert!(promised(&format!("http://h/x#{broken}")).is_err(), "{broken}");
        }
    }
}
