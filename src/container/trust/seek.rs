//! Finding an image's signatures in its registry.

use super::{Flaw, PublicKey, Untrusted, bundle, simple};
use crate::container::registry::{Credentials, Registry, RegistryError, Repository};
use crate::dapp::{ImageDigest, ImageRef};
use serde::Deserialize;
use std::collections::HashMap;

/// How many signatures of one image are looked at, of either form.
const MOST: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    layers: Vec<Descriptor>,
    /// Of an index.
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: ImageDigest,
    artifact_type: Option<String>,
    #[serde(default)]
    annotations: HashMap<String, String>,
}

/// What was found: nothing wrong when one holds, else what is wrong with each.
type Found = Result<(), Vec<Flaw>>;

/// Checks that one of `keys` signed the image with this digest, under the repository of `reference`; its registry is asked
/// with `credentials`.
///
/// # Errors
/// [`Untrusted`]: not signed, signed in vain, or not to be told, which is never taken for either of the others.
pub async fn check(
    credentials: &Credentials,
    reference: &ImageRef,
    digest: &ImageDigest,
    keys: &[PublicKey],
) -> Result<(), Untrusted> {
    let repository = Repository::of(reference)?;
    let image = || reference.pinned(*digest).map(|pinned| pinned.to_string());
    let registry = match Registry::new(credentials.clone()) {
        Ok(registry) => registry,
        Err(source) => return Err(Untrusted::Unchecked { image: image()?, source }),
    };
    let seek = Seek { registry, repository, reference, digest, keys };
    let (mut flaws, mut away) = (Vec::new(), None);
    for found in [seek.simple().await, seek.bundles().await] {
        match found {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(more)) => flaws.extend(more),
            Err(error) => away = Some(error),
        }
    }
    Err(match away {
        Some(source) => Untrusted::Unchecked { image: image()?, source },
        None if flaws.is_empty() => Untrusted::NotSigned { image: image()? },
        None => Untrusted::NoneHolds { image: image()?, flaws },
    })
}

struct Seek<'a> {
    registry: Registry,
    repository: Repository,
    reference: &'a ImageRef,
    digest: &'a ImageDigest,
    keys: &'a [PublicKey],
}

impl Seek<'_> {
    /// The first form, under a tag that is made of the digest.
    async fn simple(&self) -> Result<Found, RegistryError> {
        let tag = format!("sha256-{}.sig", hex::encode(self.digest.0));
        let Some(manifest) = self.registry.manifest(&self.repository, &tag).await? else {
            return Ok(Err(Vec::new()));
        };
        let mut flaws = Vec::new();
        let Some(manifest) = read(&manifest) else { return Ok(Err(vec![UNREADABLE])) };
        for layer in manifest.layers.iter().filter(|layer| layer.media_type == simple::PAYLOAD).take(MOST) {
            let Some(signature) = layer.annotations.get(simple::SIGNATURE) else {
                flaws.push(Flaw::Broken("it has no signature beside its payload"));
                continue;
            };
            let Some(payload) = self.registry.blob(&self.repository, &layer.digest).await? else {
                flaws.push(Flaw::Broken("its payload is gone"));
                continue;
            };
            match simple::judge(&payload, signature, self.reference, self.digest, self.keys) {
                Ok(()) => return Ok(Ok(())),
                Err(flaw) => flaws.push(flaw),
            }
        }
        Ok(Err(flaws))
    }

    /// The second form, among what refers to the image; of a registry that keeps no such list, under a tag.
    async fn bundles(&self) -> Result<Found, RegistryError> {
        let index = match self.registry.referrers(&self.repository, self.digest).await? {
            Some(index) => Some(index),
            None => {
                let tag = format!("sha256-{}", hex::encode(self.digest.0));
                self.registry.manifest(&self.repository, &tag).await?
            }
        };
        let Some(index) = index else { return Ok(Err(Vec::new())) };
        let Some(index) = read(&index) else { return Ok(Err(vec![UNREADABLE])) };
        let mut flaws = Vec::new();
        // Whoever made the list may have left the kind out; then the manifest itself has to be looked at.
        let is_bundle = |kind: Option<&str>| kind.is_none_or(|kind| kind.starts_with(bundle::BUNDLE));
        for entry in
            index.manifests.iter().filter(|entry| is_bundle(entry.artifact_type.as_deref())).take(MOST)
        {
            let Some(manifest) = self.registry.manifest_of(&self.repository, &entry.digest).await? else {
                continue;
            };
            let layers = read(&manifest).map(|manifest| manifest.layers).unwrap_or_default();
            for layer in layers.iter().filter(|layer| layer.media_type.starts_with(bundle::BUNDLE)).take(1) {
                let Some(content) = self.registry.blob(&self.repository, &layer.digest).await? else {
                    flaws.push(Flaw::Broken("its bundle is gone"));
                    continue;
                };
                match bundle::judge(&content, self.digest, self.keys) {
                    Ok(()) => return Ok(Ok(())),
                    Err(flaw) => flaws.push(flaw),
                }
            }
        }
        Ok(Err(flaws))
    }
}

const UNREADABLE: Flaw = Flaw::Broken("its manifest means nothing");

fn read(bytes: &[u8]) -> Option<Manifest> {
    serde_json::from_slice(bytes).ok()
}
