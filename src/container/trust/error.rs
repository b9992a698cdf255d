//! Why nobody vouches for an image.

use crate::container::registry::RegistryError;
use crate::dapp::DappError;
use crate::poco::{Class, Fault};

/// Why nobody vouches for an image.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// There is no signature.
    #[error("{image} is not signed")]
    NotSigned {
        /// The image, by digest.
        image: String,
    },
    /// There are signatures, and none of them holds.
    #[error("no signature of {image} holds: {}", listed(.flaws))]
    NoneHolds {
        /// The image, by digest.
        image: String,
        /// What is wrong with each; at least one.
        flaws: Vec<Flaw>,
    },
    /// It cannot be told whether there is one.
    #[error("the signatures of {image} could not be checked")]
    Unchecked {
        /// The image, by digest.
        image: String,
        /// Why not.
        #[source]
        source: RegistryError,
    },
    /// It is not the name of an image.
    #[error(transparent)]
    Name(#[from] DappError),
}

/// Why one signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// None of the keys made it.
    #[error("one is by another key")]
    OtherKey,
    /// It is for another image.
    #[error("one is for another digest")]
    OtherDigest,
    /// It is for an image of another repository.
    #[error("one is for the repository {0}")]
    OtherRepository(String),
    /// It says something else of the image than that it is signed.
    #[error("one is no signature but a statement of another kind ({0})")]
    OtherKind(String),
    /// It is not what cosign writes.
    #[error("one cannot be read: {0}")]
    Broken(&'static str),
}

fn listed(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Fault for Untrusted {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned { .. } => "P-CO-044",
            Self::NoneHolds { .. } => "P-CO-045",
            Self::Unchecked { .. } => "P-CO-046",
            Self::Name(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unchecked { .. } => Class::Retry,
            _ => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NotSigned { .. } => {
                "sign this very digest: cosign sign --key cosign.key IMAGE@sha256:…".into()
            }
            Self::NoneHolds { .. } => {
                "have it signed under this name with a key that `require` lists, or list the key".into()
            }
            Self::Unchecked { .. } => {
                "check this host's way to the registry, and `docker login` for it".into()
            }
            Self::Name(error) => error.help(),
        }
    }
}
