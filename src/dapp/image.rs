//! Names of images: a reference as people write it, a digest as the registry computes it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A reference to an image as written in the app's multiaddr, e.g. `jrottenberg/ffmpeg:scratch`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageRef(String);

/// The sha-256 digest of an image.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageDigest(pub [u8; 32]);

/// What an image says of itself, as far as a contract adapter needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The image's own entrypoint.
    pub entrypoint: Vec<String>,
    /// The image's own command.
    pub command: Vec<String>,
    /// The image's own environment, `NAME=value`.
    pub env: Vec<String>,
    /// The image's own user, empty for root.
    pub user: String,
}

impl ImageRef {
    /// Wraps a reference that has been checked.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The reference as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", hex::encode(self.0))
    }
}

impl fmt::Debug for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
