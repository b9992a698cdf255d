//! What a rule can look at.

use super::name::Name;
use crate::dapp::{DappError, ImageDigest, ImageRef};
use alloy::primitives::Address;

/// An image that somebody wants to run, and on whose behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The image as the app names it.
    pub reference: ImageRef,
    /// The digest that the chain gives for it.
    pub checksum: Option<ImageDigest>,
    /// The app.
    pub app: Party,
    /// Who asked.
    pub requester: Party,
    /// The dataset.
    pub dataset: Party,
}

impl Wanted {
    /// An image of which nothing else is known.
    pub fn new(reference: ImageRef) -> Self {
        let unknown = Party::Unknown;
        Self { reference, checksum: None, app: unknown, requester: unknown, dataset: unknown }
    }

    /// The same image with the digest that the chain gives for it.
    pub fn checked(self, checksum: ImageDigest) -> Self {
        Self { checksum: Some(checksum), ..self }
    }
}

/// Somebody who has an address on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// It has not been said who.
    Unknown,
    /// There is none, as the dataset of a deal without one.
    Nobody,
    /// This one.
    Is(Address),
}

impl Party {
    /// The party of an address as deals have it: the zero address is nobody.
    pub fn of(address: Address) -> Self {
        if address.is_zero() { Self::Nobody } else { Self::Is(address) }
    }
}

/// What is known of an image when its rules are looked at.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: Name,
    /// Every digest of it that is known; none when a tag has not been resolved.
    pub(super) digests: Vec<ImageDigest>,
    pub(super) app: Party,
    pub(super) requester: Party,
    pub(super) dataset: Party,
}

impl Facts {
    /// What is known of `wanted` when it is known to have these digests.
    pub(super) fn new(wanted: &Wanted, digests: &[ImageDigest]) -> Result<Self, DappError> {
        let name = Name::new(&wanted.reference, wanted.checksum)?;
        let digests = name.pin.into_iter().chain(digests.iter().copied()).collect();
        Ok(Self { name, digests, app: wanted.app, requester: wanted.requester, dataset: wanted.dataset })
    }
}
