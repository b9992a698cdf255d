//! Room for images: what this program pulled goes again, the longest unused first, when it takes more than it may.
//!
//! The engine itself remembers which images those are and when each was used last: they carry a tag of ours, and the engine
//! keeps the time at which it was given. An image that also has another name is somebody else's too, and stays, as does one
//! that a container is made of, and one that a task has asked for not long ago. The clock is the engine's: what was used
//! last tells how late it is.

use super::super::{ContainerError, Image};
use super::DockerEngine;
use bollard::errors::Error as ApiError;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions, TagImageOptionsBuilder,
};
use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

/// An image of ours.
struct Kept {
    id: String,
    bytes: u64,
    names: Vec<String>,
    used: SystemTime,
}

impl DockerEngine {
    /// Marks an image that was just pulled as ours, unless somebody else had it here before under another name.
    pub(super) async fn keep(&self, image: &Image) {
        let kept = async {
            let found = self.docker.inspect_image(&image.id).await?;
            let names =
                found.repo_digests.unwrap_or_default().len() + found.repo_tags.unwrap_or_default().len();
            if names == 1 { self.tag(&image.id).await } else { Ok(()) }
        };
        let kept: Result<(), ApiError> = kept.await;
        if let Err(error) = kept {
            tracing::warn!(image = %image.id, %error, "a pulled image is not marked, and will not be removed");
        }
    }

    /// Tells the engine that an image of ours is used now.
    pub(super) async fn used(&self, image: &Image) {
        if self.docker.inspect_image(&self.our_name(&image.id)).await.is_ok()
            && let Err(error) = self.tag(&image.id).await
        {
            tracing::warn!(image = %image.id, %error, "it is not noted that an image was used");
        }
    }

    /// Removes images of ours until the rest fits into the budget, or nothing more may go.
    pub(super) async fn make_room(&self) {
        match self.try_make_room().await {
            Ok(0) => {}
            Ok(bytes) => tracing::info!(bytes, "images that were not used for long are removed"),
            Err(error) => tracing::warn!(%error, "no room is made for images"),
        }
    }

    async fn try_make_room(&self) -> Result<u64, ContainerError> {
        let failed = |source| ContainerError::Engine { doing: "look for images to remove", source };
        let mut kept = self.kept().await.map_err(failed)?;
        let mut bytes: u64 = kept.iter().map(|image| image.bytes).sum();
        let budget = self.images.rules.budget_bytes;
        if bytes <= budget {
            return Ok(0);
        }
        let all = ListContainersOptionsBuilder::new().all(true).build();
        let containers = self.docker.list_containers(Some(all)).await.map_err(failed)?;
        let now = kept.iter().map(|image| image.used).max();
        let rest = self.images.rules.rest;
        let rested =
            |used| now.and_then(|now| now.duration_since(used).ok()).is_some_and(|time| time >= rest);
        let in_use: HashSet<String> =
            containers.into_iter().filter_map(|container| container.image_id).collect();
        kept.retain(|image| !in_use.contains(&image.id) && Some(image.used) != now && rested(image.used));
        kept.sort_by_key(|image| image.used);
        let before = bytes;
        for image in kept {
            if bytes <= budget {
                break;
            }
            // Not by force: the engine itself refuses what has come into use meanwhile.
            for name in image.names {
                self.docker.remove_image(&name, None::<RemoveImageOptions>, None).await.map_err(failed)?;
            }
            bytes = bytes.saturating_sub(image.bytes);
        }
        Ok(before - bytes)
    }

    /// The images that are ours alone, with all their names, our own last.
    async fn kept(&self) -> Result<Vec<Kept>, ApiError> {
        let filters = HashMap::from([("reference", vec![self.images.rules.mark.as_str()])]);
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let mut kept = Vec::new();
        for found in self.docker.list_images(Some(options)).await? {
            let image = self.docker.inspect_image(&found.id).await?;
            let (mut names, tags) =
                (image.repo_digests.unwrap_or_default(), image.repo_tags.unwrap_or_default());
            let ours = self.our_name(&found.id);
            if tags != [ours.clone()] {
                continue;
            }
            names.push(ours);
            let tagged = image.metadata.and_then(|metadata| metadata.last_tag_time);
            // What an engine does not tell the age of is not old.
            let Some(used) = tagged.and_then(|time| humantime::parse_rfc3339(&time).ok()) else { continue };
            kept.push(Kept { id: found.id, bytes: u64::try_from(found.size).unwrap_or(0), names, used });
        }
        Ok(kept)
    }

    async fn tag(&self, id: &str) -> Result<(), ApiError> {
        let options = TagImageOptionsBuilder::new().repo(&self.images.rules.mark).tag(tag_of(id)).build();
        self.docker.tag_image(id, Some(options)).await
    }

    fn our_name(&self, id: &str) -> String {
        format!("{}:{}", self.images.rules.mark, tag_of(id))
    }
}

fn tag_of(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}
