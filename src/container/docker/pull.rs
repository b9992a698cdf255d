//! Pulling an image by digest.

use super::super::{ContainerError, Image};
use super::progress::Progress;
use super::{DockerEngine, status_of};
use crate::dapp::ImageRef;
use bollard::errors::Error as ApiError;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Time for a registry's first word.
pub(super) const FIRST_WORD: Duration = Duration::from_secs(20);
/// How often the log is told of a pull under way.
const TELL: Duration = Duration::from_secs(5);

impl DockerEngine {
    /// Pulls `name`. A pull is given up when nothing has gone forward for a while; its whole length is nobody's business.
    pub(super) async fn pull(&self, reference: &ImageRef, name: &str) -> Result<Image, ContainerError> {
        let options = CreateImageOptionsBuilder::new().from_image(name).build();
        let mut messages =
            std::pin::pin!(self.docker.create_image(Some(options), None, self.login(reference).await?));
        let mut progress = Progress::default();
        let mut spoken = false;
        let (mut silent_from, mut tell_at) = (Instant::now(), Instant::now() + TELL);
        tracing::info!(image = name, "pulling");
        loop {
            let patience = if spoken { self.images.rules.patience } else { FIRST_WORD };
            match timeout_at(silent_from + patience, messages.next()).await {
                Ok(None) => break,
                Ok(Some(Ok(message))) => {
                    let now = Instant::now();
                    if progress.note(&message) {
                        (spoken, silent_from) = (true, now);
                    }
                    if now >= tell_at {
                        let (layers, of, bytes, of_bytes) = progress.sum();
                        tracing::info!(image = name, layers, of, bytes, of_bytes, "pulling");
                        tell_at = now + TELL;
                    }
                }
                Ok(Some(Err(source))) => return Err(refused(reference, source)),
                Err(_) if !spoken => {
                    return Err(ContainerError::RegistryAway { reference: reference.clone(), source: None });
                }
                Err(_) => {
                    let seconds = patience.as_secs();
                    return Err(ContainerError::PullStalled { reference: reference.clone(), seconds });
                }
            }
        }
        let (_, layers, _, bytes) = progress.sum();
        match self.docker.inspect_image(name).await {
            Ok(found) => {
                tracing::info!(image = name, layers, bytes, "pulled");
                Ok(found.into())
            }
            Err(source) => Err(ContainerError::PullBroken { reference: reference.clone(), source }),
        }
    }
}

/// The engine answers 404 for what a registry does not know or will not show, and 500 when it cannot ask. Docker 20.10
/// answers 500 too when a registry says "unknown" without the optional detail: such an image is tried again in vain,
/// which is better than to give up for a registry that is away.
pub(super) fn refused(reference: &ImageRef, source: ApiError) -> ContainerError {
    let reference = reference.clone();
    match status_of(&source) {
        Some(400..=499) => ContainerError::ImageMissing { reference, source },
        Some(_) => ContainerError::RegistryAway { reference, source: Some(source) },
        None => ContainerError::PullBroken { reference, source },
    }
}
