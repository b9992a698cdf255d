//! Keys: never printed, read from where the operator keeps them.

use super::ConfigError;
use alloy::signers::local::{LocalSigner, PrivateKeySigner};
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A key in hex, or `@FILE`. Prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl FromStr for Secret {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl Secret {
    /// The key, from wherever it is kept. `what` names it in errors.
    pub fn key(&self, what: &str) -> Result<PrivateKeySigner, ConfigError> {
        match self.0.strip_prefix('@') {
            Some(path) => from_file(Path::new(path)),
            None => parse(&self.0, what),
        }
    }
}

fn parse(text: &str, what: &str) -> Result<PrivateKeySigner, ConfigError> {
    // The parser's own error could quote the key.
    text.trim().parse().map_err(|_| ConfigError::Key {
        what: what.to_owned(),
        reason: "it is not 32 bytes in hex that make a secp256k1 key".into(),
    })
}

fn from_file(path: &Path) -> Result<PrivateKeySigner, ConfigError> {
    let what = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    if !text.trim_start().starts_with('{') {
        return parse(&text, &what);
    }
    let password = std::env::var("POCO_KEY_PASSWORD").map_err(|_| ConfigError::Key {
        what: what.clone(),
        reason: "POCO_KEY_PASSWORD is not set".into(),
    })?;
    LocalSigner::decrypt_keystore(path, password)
        .map_err(|error| ConfigError::Key { what, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::Fault;

    const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    #[test]
    fn a_key_is_never_printed_not_even_in_an_error() {
        let secret: Secret = KEY.parse().unwrap();
        assert_eq!(format!("{secret:?}"), "[redacted]");
        let broken: Secret = KEY[..60].parse().unwrap();
        let error = broken.key("the scheduler's").unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.help()).contains("ac0974"));
    }

    #[test]
    fn a_key_may_lie_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{KEY}\n")).unwrap();
        let secret: Secret = format!("@{}", file.path().display()).parse().unwrap();
        let address = secret.key("a").unwrap().address();
        assert_eq!(address.to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    }
}
