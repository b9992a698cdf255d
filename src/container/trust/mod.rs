//! Who vouches for an image: cosign's signatures, checked with the operator's public keys and nothing from outside but what
//! the image's own registry keeps.

mod key;

pub use key::{KeyError, PublicKey};
