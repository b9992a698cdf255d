//! What can go wrong in the protocol's rules: one enum, a stable code each, a class that tells a caller what to
//! do next, and a sentence for the person.
//!
//! Owns no state. It does not say where an input came from; the room that read it does.

use super::fault::{Class, Fault};
use super::matching::MatchRefusal;
use super::moves::MoveRefusal;
use alloy::primitives::Address;

/// Why a protocol rule has no answer, or refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PocoError {
    /// The signature is neither 65 nor 64 bytes long; the contracts revert with `invalid-signature-format`.
    #[error("invalid-signature-format: a signature has 65 or 64 bytes, not {length}")]
    SignatureFormat {
        /// The length found, in bytes.
        length: usize,
    },
    /// The signature's `v` is not 27 or 28, its `s` is high, or no key could have made it.
    #[error("the signature is not one that the contracts accept: {reason}")]
    SignatureInvalid {
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The signature is sound, but somebody else's.
    #[error("signed by {found}, not by {expected}")]
    WrongSigner {
        /// Who must have signed.
        expected: Address,
        /// Who did.
        found: Address,
    },
    /// The key could not sign.
    #[error("the key could not sign: {0}")]
    Signing(String),
    /// A number leaves the range of the contract's integers, where the contract reverts.
    #[error("{what} does not fit the contract's integers")]
    Overflow {
        /// Which number.
        what: &'static str,
    },
    /// The text is not an amount.
    #[error("`{text}` is not an amount: {reason}")]
    Amount {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The text is not a tag.
    #[error("`{text}` is not a tag: {reason}")]
    Tag {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The scheduler's reward ratio is above 100 %.
    #[error("a ratio of {percent} % is above 100 %")]
    Ratio {
        /// The ratio found, in percent.
        percent: String,
    },
    /// A task cannot be settled while nobody's contribution is proved.
    #[error("no contribution of the task is proved")]
    NobodyProved,
    /// The orders do not match.
    #[error("the orders do not match: {0}")]
    Match(#[from] MatchRefusal),
    /// The contract would refuse this call now.
    #[error("the hub would refuse: {0}")]
    Move(#[from] MoveRefusal),
}

impl Fault for PocoError {
    fn code(&self) -> &'static str {
        match self {
            Self::SignatureFormat { .. } => "P-PO-001",
            Self::SignatureInvalid { .. } => "P-PO-002",
            Self::WrongSigner { .. } => "P-PO-003",
            Self::Signing(_) => "P-PO-004",
            Self::Overflow { .. } => "P-PO-005",
            Self::Amount { .. } => "P-PO-006",
            Self::Tag { .. } => "P-PO-007",
            Self::Ratio { .. } => "P-PO-008",
            Self::NobodyProved => "P-PO-009",
            Self::Match(_) => "P-PO-010",
            Self::Move(_) => "P-PO-011",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Signing(_) => Class::Fatal,
            Self::NobodyProved => Class::Retry,
            Self::Move(refusal) => refusal.class(),
            Self::SignatureFormat { .. }
            | Self::SignatureInvalid { .. }
            | Self::WrongSigner { .. }
            | Self::Overflow { .. }
            | Self::Amount { .. }
            | Self::Tag { .. }
            | Self::Ratio { .. }
            | Self::Match(_) => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::SignatureFormat { .. } => "sign again; expected r‖s‖v (65 bytes) or EIP-2098 (64 bytes)",
            Self::SignatureInvalid { .. } => "sign again with a wallet that gives v = 27 or 28 and a low s",
            Self::WrongSigner { .. } => "sign with the owner's key, for this chain id and this hub",
            Self::Signing(_) => "check the key file and its password",
            Self::Overflow { .. } => "check the prices, the trust and the volume of the orders",
            Self::Amount { .. } => "write it as `1.5 RLC` or `100 nRLC`, with 9 decimals at most",
            Self::Tag { .. } => "write it as 32 bytes of hex, or as names: tee, scone, gramine, tdx, gpu",
            Self::Ratio { .. } => "the workerpool's owner must set a reward ratio of 100 or less",
            Self::NobodyProved => "wait until a worker has revealed, then settle",
            Self::Match(_) => "change the order that the sentence names, sign it again and match anew",
            Self::Move(_) => {
                "look at the task with `poco task show`; it tells the deadlines and who acts next"
            }
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poco::TaskStatus;

    #[test]
    fn a_refused_move_is_retried_only_if_time_can_mend_it() {
        assert_eq!(PocoError::Move(MoveRefusal::TooEarly(1)).class(), Class::Retry);
        assert_eq!(PocoError::Move(MoveRefusal::NotYet(TaskStatus::Unset)).class(), Class::Retry);
        assert_eq!(PocoError::Move(MoveRefusal::TooLate(1)).class(), Class::GiveUp);
        assert_eq!(PocoError::Move(MoveRefusal::Past(TaskStatus::Failed)).class(), Class::GiveUp);
    }
}
