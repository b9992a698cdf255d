//! Who vouches for an image: cosign's signatures, checked with the operator's public keys and nothing from outside but what
//! the image's own registry keeps. No log of transparency, no certificate, no clock.
//!
//! ```text
//! registry ─▶ tag sha256-<hex>.sig ─▶ each layer: payload + signature ──▶ simple ─┐
//!          └▶ referrers, else tag sha256-<hex> ─▶ each bundle v0.3 ─────▶ bundle ─┴▶ one that holds is enough
//! ```
//!
//! What is signed is the very digest that decides what runs: of the index of platforms when that is what was named, which
//! by its own digests vouches for each platform's manifest. It is the other way round for nobody: a signature of an index
//! says nothing to whoever names one of its manifests.

mod bundle;
mod error;
mod key;
mod seek;
mod simple;

pub use error::{Flaw, Untrusted};
pub use key::{KeyError, PublicKey};
pub use seek::check;
