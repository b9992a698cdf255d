//! Cosign's first form: a payload of JSON ("simple signing") as a layer, its signature as the layer's annotation.

use super::{Flaw, PublicKey};
use crate::container::policy::repository_of;
use crate::dapp::{ImageDigest, ImageRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// The type of a layer that is a payload.
pub(super) const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of that layer with the signature: base64 of DER.
pub(super) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const KIND: &str = "cosign container image signature";

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    r#type: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    docker_reference: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: String,
}

/// Whether one of `keys` signed `payload` by `signature`, and it says that of the image. Nothing of it is read before its
/// signature holds.
pub(super) fn judge(
    payload: &[u8],
    signature: &str,
    reference: &ImageRef,
    digest: &ImageDigest,
    keys: &[PublicKey],
) -> Result<(), Flaw> {
    let der = STANDARD.decode(signature.trim()).map_err(|_| Flaw::Broken("its signature is not base64"))?;
    if !keys.iter().any(|key| key.signed(payload, &der)) {
        return Err(Flaw::OtherKey);
    }
    let payload: Payload =
        serde_json::from_slice(payload).map_err(|_| Flaw::Broken("its payload is not simple signing"))?;
    let Critical { identity, image, r#type: kind } = payload.critical;
    if kind != KIND {
        return Err(Flaw::OtherKind(kind));
    }
    if image.docker_manifest_digest != digest.to_string() {
        return Err(Flaw::OtherDigest);
    }
    let signed_as =
        ImageRef::parse(&identity.docker_reference).and_then(|signed| repository_of(&signed)).ok();
    if signed_as.is_none() || signed_as != repository_of(reference).ok() {
        return Err(Flaw::OtherRepository(identity.docker_reference));
    }
    Ok(())
}
