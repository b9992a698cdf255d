//! Cosign's second form: a Sigstore bundle v0.3 around a DSSE envelope around an in-toto statement.
//!
//! What the bundle says of keys, certificates and logs is not read: the operator's keys are all the trust there is.

use super::{Flaw, PublicKey};
use crate::dapp::ImageDigest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::HashMap;

/// How the types of bundles begin; older ones have the version as a parameter.
pub(super) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
const STATEMENT: &str = "application/vnd.in-toto+json";
/// The statement that an image is signed, among all the others that one may make of it.
const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: String,
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    predicate_type: String,
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: HashMap<String, String>,
}

/// Whether one of `keys` signed this bundle, and it says that of the image. Nothing of the statement is read before its
/// signature holds.
pub(super) fn judge(bundle: &[u8], digest: &ImageDigest, keys: &[PublicKey]) -> Result<(), Flaw> {
    let bundle: Bundle = serde_json::from_slice(bundle).map_err(|_| Flaw::Broken("it is not a bundle"))?;
    if !bundle.media_type.starts_with(BUNDLE) || !bundle.media_type.contains("0.3") {
        return Err(Flaw::Broken("it is not a bundle of version 0.3"));
    }
    let envelope = bundle.dsse_envelope.ok_or(Flaw::Broken("its bundle has no DSSE envelope"))?;
    let [signature] = envelope.signatures.as_slice() else {
        return Err(Flaw::Broken("its bundle has not exactly one signature"));
    };
    let payload =
        STANDARD.decode(&envelope.payload).map_err(|_| Flaw::Broken("its payload is not base64"))?;
    let der = STANDARD.decode(&signature.sig).map_err(|_| Flaw::Broken("its signature is not base64"))?;
    let signed = authenticated(&envelope.payload_type, &payload);
    if !keys.iter().any(|key| key.signed(&signed, &der)) {
        return Err(Flaw::OtherKey);
    }
    if envelope.payload_type != STATEMENT {
        return Err(Flaw::OtherKind(envelope.payload_type));
    }
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|_| Flaw::Broken("its statement is not in-toto"))?;
    if statement.predicate_type != SIGNED {
        return Err(Flaw::OtherKind(statement.predicate_type));
    }
    let hex = hex::encode(digest.0);
    let means_it = statement.subject.iter().any(|subject| subject.digest.get("sha256") == Some(&hex));
    if means_it { Ok(()) } else { Err(Flaw::OtherDigest) }
}

/// What DSSE signs (its "pre-authentication encoding"): type and payload, each with its length.
fn authenticated(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
