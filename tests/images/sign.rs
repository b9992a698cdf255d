//! Signing as cosign does, in both of its forms.

use super::registry::{INDEX, MANIFEST, Registry, sha256, typed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use poco::container::trust::PublicKey;
use poco::dapp::ImageDigest;
use serde_json::{Value, json};

const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Somebody with a key.
pub(crate) struct Signer {
    key: SigningKey,
}

impl Signer {
    /// The same for the same seed.
    pub(crate) fn new(seed: u8) -> Self {
        Self { key: SigningKey::from_slice(&[seed; 32]).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        // The fixed head of a SubjectPublicKeyInfo for P-256, then the point.
        let mut der = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        der.extend(self.key.verifying_key().to_encoded_point(false).as_bytes());
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::from_pem(&self.pem(), "test.pub").unwrap()
    }

    fn sign(&self, message: &[u8]) -> String {
        let signature: Signature = self.key.sign(message);
        STANDARD.encode(signature.to_der())
    }

    /// The layer of a `.sig` manifest: a payload for an image, and its signature.
    pub(crate) async fn layer(
        &self,
        registry: &Registry,
        repository: &str,
        signed_as: &str,
        digest: ImageDigest,
    ) -> Value {
        let payload = json!({
            "critical": {
                "identity": { "docker-reference": signed_as },
                "image": { "docker-manifest-digest": digest.to_string() },
                "type": "cosign container image signature",
            },
            "optional": null,
        })
        .to_string();
        let mut layer = typed(registry.blob(repository, payload.as_bytes()).await, PAYLOAD);
        layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": self.sign(payload.as_bytes()) });
        layer
    }

    /// A bundle that says of an image what `predicate` names.
    pub(crate) fn bundle(&self, digest: ImageDigest, predicate: &str) -> Value {
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "sha256": hex::encode(digest.0) } }],
            "predicateType": predicate,
            "predicate": {},
        })
        .to_string();
        let kind = "application/vnd.in-toto+json";
        let signed = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
        json!({
            "mediaType": BUNDLE,
            "verificationMaterial": { "publicKey": { "hint": "x" } },
            "dsseEnvelope": {
                "payload": STANDARD.encode(&statement),
                "payloadType": kind,
                "signatures": [{ "sig": self.sign(signed.as_bytes()) }],
            },
        })
    }
}

/// Puts layers under the tag where cosign's first form is looked for.
pub(crate) async fn push_simple(
    registry: &Registry,
    repository: &str,
    digest: ImageDigest,
    layers: &[Value],
) {
    let config = typed(registry.blob(repository, b"{}").await, "application/vnd.oci.image.config.v1+json");
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
    let tag = format!("sha256-{}.sig", hex::encode(digest.0));
    registry.manifest(repository, Some(&tag), MANIFEST, &manifest).await;
}

/// Puts bundles beside an image, and gives the index of them that a registry with the referrers' interface would give.
pub(crate) async fn push_bundles(
    registry: &Registry,
    repository: &str,
    digest: ImageDigest,
    bundles: &[Value],
) -> Value {
    let mut manifests = Vec::new();
    for bundle in bundles {
        let layer = typed(registry.blob(repository, bundle.to_string().as_bytes()).await, BUNDLE);
        let config = typed(registry.blob(repository, b"{}").await, EMPTY);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": BUNDLE,
            "config": config,
            "layers": [layer],
            "subject": { "mediaType": MANIFEST, "digest": digest.to_string(), "size": 1 },
        });
        let size = manifest.to_string().len();
        assert_eq!(
            registry.manifest(repository, None, MANIFEST, &manifest).await,
            sha256(manifest.to_string().as_bytes())
        );
        let digest = sha256(manifest.to_string().as_bytes()).to_string();
        manifests
            .push(json!({ "mediaType": MANIFEST, "digest": digest, "size": size, "artifactType": BUNDLE }));
    }
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests })
}

/// Puts that index under the tag where it is looked for in a registry without the interface.
pub(crate) async fn push_fallback(registry: &Registry, repository: &str, digest: ImageDigest, index: &Value) {
    let tag = format!("sha256-{}", hex::encode(digest.0));
    registry.manifest(repository, Some(&tag), INDEX, index).await;
}
