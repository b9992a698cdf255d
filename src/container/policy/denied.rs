//! Why an image does not run here.

use crate::dapp::DappError;
use crate::poco::{Class, Fault};

/// Why the operator's rules keep an image from running. Rules are named by where they stand and what they say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A rule forbids it.
    #[error("{image} is forbidden by {rule}")]
    ByRule {
        /// The image's whole name.
        image: String,
        /// The rule.
        rule: String,
    },
    /// There is a list of what is allowed, and it is not on it.
    #[error("{image} is meant by no rule of `allow-images`")]
    NotListed {
        /// The image's whole name.
        image: String,
    },
    /// Neither its name nor the chain pins it, and a rule asks for that.
    #[error("{image} is named without a digest, and one is asked for by {rule}")]
    Unpinned {
        /// The image's whole name.
        image: String,
        /// The rule.
        rule: String,
    },
    /// Whether it may run depends on what is not known.
    #[error("whether {image} may run depends on {on}: {rule}")]
    Open {
        /// The image's whole name.
        image: String,
        /// What is not known.
        on: &'static str,
        /// The rule that looks at it.
        rule: String,
    },
    /// It is not the name of an image.
    #[error(transparent)]
    Name(#[from] DappError),
}

impl Fault for Denied {
    fn code(&self) -> &'static str {
        match self {
            Self::ByRule { .. } => "P-CO-040",
            Self::NotListed { .. } => "P-CO-041",
            Self::Unpinned { .. } => "P-CO-042",
            Self::Open { .. } => "P-CO-043",
            Self::Name(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Open { .. } => Class::Retry,
            _ => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::ByRule { .. } => {
                "`poco policy explain` shows what decides; change the rule if it should run".into()
            }
            Self::NotListed { image } => format!(
                "to let it in, add `{image}` or its repository to `allow-images`; a tag beside a digest lets nothing in"
            ),
            Self::Unpinned { .. } => {
                "register the app with the digest of its image, or name the image by digest".into()
            }
            Self::Open { on, .. } => format!("say more: {on} can be given to `poco policy explain`"),
            Self::Name(error) => error.help(),
        }
    }
}
