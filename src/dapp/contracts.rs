//! The list of contracts. A new one is a file of its own and a line here, before the live network's, which takes
//! whatever no other contract claims.

use super::{AppFacts, Contract, DappError, ImageDigest, ImageRef, Request, classic::Classic, live::Live};

/// All contracts, the first that claims a request serving it.
static CONTRACTS: [&dyn Contract; 2] = [&Classic, &Live];

/// The contract that a request is written for.
pub fn contract_for(request: &Request) -> &'static dyn Contract {
    CONTRACTS.into_iter().find(|contract| contract.claims(request)).unwrap_or(&Live)
}

/// Refuses apps that are no containers.
pub fn check_kind(app: &AppFacts) -> Result<(), DappError> {
    if app.kind == "DOCKER" { Ok(()) } else { Err(DappError::AppType(app.kind.clone())) }
}

/// The digest that the image must have: the chain's, or the one in the reference; they must not differ.
pub(super) fn checksum(
    image: &ImageRef,
    chain: Option<ImageDigest>,
) -> Result<Option<ImageDigest>, DappError> {
    let chain = chain.filter(|digest| !digest.is_zero());
    match (image.digest(), chain) {
        (Some(pinned), Some(checksum)) if pinned != checksum => {
            Err(DappError::ChecksumsDiffer { pinned: pinned.to_string(), checksum: checksum.to_string() })
        }
        (pinned, chain) => Ok(chain.or(pinned)),
    }
}
