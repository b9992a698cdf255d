//! From what is wanted to an image that is here: one digest, settled once, decides everything after it.
//!
//! ```text
//! Wanted ─▶ rules ─▶ digest: of the chain, else of the name, else what the registry has under the tag, asked once
//!                      └▶ rules and signatures on that digest ─▶ here already, else pulled by that digest ─▶ id
//! ```
//!
//! A tag that moves after it was resolved changes nothing: it is not looked at again. An image that no registry has given
//! (built or loaded on this host) is the operator's own: it stands for its tag without a registry being asked, and its id
//! is its digest. An image that a registry has given does not stand for its tag, which may have moved since.

use super::super::image::{by_digest, full_name, parse_digest, same_repository};
use super::super::policy::Wanted;
use super::super::{ContainerError, Image};
use super::pull::{FIRST_WORD, refused};
use super::{DockerEngine, status_of};
use crate::dapp::{ImageDigest, ImageRef};
use bollard::auth::DockerCredentials;
use tokio::time::timeout;

impl DockerEngine {
    /// The image that is wanted, here, and allowed to run.
    pub(super) async fn find_image(&self, wanted: &Wanted) -> Result<Image, ContainerError> {
        let name = full_name(&wanted.reference)?;
        self.images.rules.policy.admits(wanted)?;
        let image = match wanted.checksum.or_else(|| wanted.reference.digest()) {
            Some(digest) => self.find_pinned(wanted, &name, &digest).await?,
            None => self.find_tagged(wanted, &name).await?,
        };
        // A rule may know the image by another of its digests than the one it was asked for by.
        self.images.rules.policy.settle(wanted, &image.digests)?;
        self.used(&image).await;
        Ok(image)
    }

    /// By the digest that the chain or the name gives. A digest on chain may be an image's id, to which no registry
    /// answers; then the tag is the way to it.
    async fn find_pinned(
        &self,
        wanted: &Wanted,
        name: &str,
        digest: &ImageDigest,
    ) -> Result<Image, ContainerError> {
        let reference = &wanted.reference;
        let named = self.inspect(name).await?.map(|found| found.image);
        if let Some(image) = named.as_ref().filter(|image| image.is(digest)) {
            self.images.vouched(wanted, digest).await?;
            return Ok(image.clone());
        }
        let image = match self.obtain(wanted, name, digest).await {
            Err(ContainerError::ImageMissing { .. }) if named.is_none() && !name.contains('@') => {
                self.find_tagged(wanted, name).await?
            }
            Err(error @ (ContainerError::Denied(_) | ContainerError::Untrusted(_))) => return Err(error),
            // An image of that name is here and is another; why no better one came matters less.
            Err(error) => named.ok_or(error)?,
            Ok(image) => image,
        };
        if image.is(digest) { Ok(image) } else { Err(wrong(reference, &image, *digest)) }
    }

    async fn find_tagged(&self, wanted: &Wanted, name: &str) -> Result<Image, ContainerError> {
        if let Some(found) = self.inspect(name).await?
            && !found.repositories.iter().any(|repository| same_repository(repository, &wanted.reference))
        {
            if let Some(id) = parse_digest(&found.image.id) {
                self.images.vouched(wanted, &id).await?;
            }
            return Ok(found.image);
        }
        let digest = self.resolve(&wanted.reference, name).await?;
        self.obtain(wanted, name, &digest).await
    }

    /// By digest: checked first, then taken from here or pulled.
    async fn obtain(
        &self,
        wanted: &Wanted,
        name: &str,
        digest: &ImageDigest,
    ) -> Result<Image, ContainerError> {
        self.images.vouched(wanted, digest).await?;
        let pinned = by_digest(name, digest);
        // However many want it, one pulls; the others find it here when it is their turn.
        let _turn = self.images.turn(&pinned).await;
        match self.inspect(&pinned).await? {
            Some(found) => Ok(found.image),
            None => {
                let image = self.pull(&wanted.reference, &pinned).await?;
                self.keep(&image).await;
                self.make_room().await;
                Ok(image)
            }
        }
    }

    /// The digest that the registry has under a tag.
    async fn resolve(&self, reference: &ImageRef, name: &str) -> Result<ImageDigest, ContainerError> {
        let asking = self.docker.inspect_registry_image(name, self.login(reference).await?);
        let away = |source| ContainerError::RegistryAway { reference: reference.clone(), source };
        let answer = timeout(FIRST_WORD, asking).await.map_err(|_| away(None))?;
        let digest = answer.map_err(|source| refused(reference, source))?.descriptor.digest;
        digest.as_deref().and_then(parse_digest).ok_or_else(|| away(None))
    }

    /// Who we are to the registry of an image.
    pub(super) async fn login(
        &self,
        reference: &ImageRef,
    ) -> Result<Option<DockerCredentials>, ContainerError> {
        let Ok(host) = reference.parts().map(|parts| parts.domain) else { return Ok(None) };
        let login = self.images.rules.credentials.of(&host).await;
        let login = login.map_err(|source| ContainerError::Login { reference: reference.clone(), source })?;
        Ok(login.map(|login| login.for_engine(&host)))
    }

    /// What the engine has under a name, and the repositories that gave it.
    pub(super) async fn inspect(&self, name: &str) -> Result<Option<Found>, ContainerError> {
        match self.docker.inspect_image(name).await {
            Ok(found) => {
                let digests = found.repo_digests.iter().flatten();
                let repositories =
                    digests.filter_map(|text| Some(text.split_once('@')?.0.to_owned())).collect();
                Ok(Some(Found { repositories, image: found.into() }))
            }
            Err(error) if status_of(&error) == Some(404) => Ok(None),
            Err(source) => Err(ContainerError::Engine { doing: "look for an image", source }),
        }
    }
}

/// An image that the engine has.
pub(super) struct Found {
    pub(super) image: Image,
    /// The repositories whose registries have given it, as the engine writes them.
    pub(super) repositories: Vec<String>,
}

fn wrong(reference: &ImageRef, image: &Image, wanted: ImageDigest) -> ContainerError {
    let found: Vec<String> = image.digests.iter().map(ToString::to_string).collect();
    ContainerError::WrongDigest { reference: reference.clone(), found: found.join(" "), wanted }
}
