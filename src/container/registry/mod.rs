//! The registry that an image comes from, as far as this program asks it itself: for signatures. Pulls are the engine's.
//!
//! Speaks the distribution API over https, and http to this very host only. Who we are to a registry is taken from the
//! configuration of the `docker` command and its helpers; it goes to that registry and to the place where it gives its
//! tokens, and into no log.

mod challenge;
mod client;
mod credentials;
mod error;
mod login;

pub use client::{Registry, Repository};
pub use credentials::Credentials;
pub use error::{CredentialError, RegistryError};
pub use login::Login;
