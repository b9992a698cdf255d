//! Finding an image, here or in its registry.

use super::super::image::{by_digest, full_name};
use super::super::{ContainerError, Image};
use super::{DockerEngine, status_of};
use crate::dapp::{ImageDigest, ImageRef};
use bollard::errors::Error as ApiError;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// Time for a registry's first word.
const FIRST_WORD: Duration = Duration::from_secs(20);
/// Time without progress after which a pull is given up; its whole length is nobody's business.
const SILENCE: Duration = Duration::from_secs(60);

impl DockerEngine {
    /// With a digest on chain, the image is looked for under it first, and pulled under it; its tag comes last, for an
    /// image whose digest on chain is its id, which no registry answers to.
    pub(super) async fn find_image(
        &self,
        reference: &ImageRef,
        checksum: Option<&ImageDigest>,
    ) -> Result<Image, ContainerError> {
        let name = full_name(reference)?;
        let here = self.inspect(&name).await?;
        let Some(wanted) = checksum else {
            return match here {
                Some(image) => Ok(image),
                None => self.pull(reference, &name).await,
            };
        };
        if let Some(image) = here.as_ref().filter(|image| image.is(wanted)) {
            return Ok(image.clone());
        }
        let pinned = by_digest(&name, wanted);
        if let Some(image) = self.inspect(&pinned).await?.filter(|image| image.is(wanted)) {
            return Ok(image);
        }
        let pulled = match self.pull(reference, &pinned).await {
            Err(ContainerError::ImageMissing { .. }) if here.is_none() => self.pull(reference, &name).await,
            done => done,
        };
        match (pulled, here) {
            (Ok(image), _) if image.is(wanted) => Ok(image),
            // An image of that name is here and is another; why no better one came matters less.
            (Ok(image), _) | (Err(_), Some(image)) => Err(wrong(reference, &image, *wanted)),
            (Err(error), None) => Err(error),
        }
    }

    async fn inspect(&self, name: &str) -> Result<Option<Image>, ContainerError> {
        match self.docker.inspect_image(name).await {
            Ok(found) => Ok(Some(found.into())),
            Err(error) if status_of(&error) == Some(404) => Ok(None),
            Err(source) => Err(ContainerError::Engine { doing: "look for an image", source }),
        }
    }

    async fn pull(&self, reference: &ImageRef, name: &str) -> Result<Image, ContainerError> {
        let options = CreateImageOptionsBuilder::new().from_image(name).build();
        let mut progress = std::pin::pin!(self.docker.create_image(Some(options), None, None));
        let mut patience = FIRST_WORD;
        loop {
            match timeout(patience, progress.next()).await {
                Ok(None) => break,
                Ok(Some(Ok(_))) => patience = SILENCE,
                Ok(Some(Err(source))) => return Err(refused(reference, source)),
                Err(_) if patience == FIRST_WORD => {
                    return Err(ContainerError::RegistryAway { reference: reference.clone(), source: None });
                }
                Err(_) => {
                    let seconds = SILENCE.as_secs();
                    return Err(ContainerError::PullStalled { reference: reference.clone(), seconds });
                }
            }
        }
        match self.docker.inspect_image(name).await {
            Ok(found) => Ok(found.into()),
            Err(source) => Err(ContainerError::PullBroken { reference: reference.clone(), source }),
        }
    }
}

/// The engine answers 404 for what a registry does not know or will not show, and 500 when it cannot ask. Docker 20.10
/// answers 500 too when a registry says "unknown" without the optional detail: such an image is tried again in vain,
/// which is better than to give up for a registry that is away.
fn refused(reference: &ImageRef, source: ApiError) -> ContainerError {
    let reference = reference.clone();
    match status_of(&source) {
        Some(400..=499) => ContainerError::ImageMissing { reference, source },
        Some(_) => ContainerError::RegistryAway { reference, source: Some(source) },
        None => ContainerError::PullBroken { reference, source },
    }
}

fn wrong(reference: &ImageRef, image: &Image, wanted: ImageDigest) -> ContainerError {
    let found: Vec<String> = image.digests.iter().map(ToString::to_string).collect();
    ContainerError::WrongDigest { reference: reference.clone(), found: found.join(" "), wanted }
}
