//! Which image: its name for the engine, and whether it is the one that the chain names.
//!
//! A digest on chain is held against everything that pins an image's content: the digests under which registries
//! gave it (of the manifest or of the index of platforms), and the image's own id, which is the digest of its
//! configuration and so of its layers; that is all an image has that was built here and never pushed. Any one
//! match suffices, and no match is an error: a name or a tag never stands in for a digest.

use super::ContainerError;
use super::policy::repository_of;
use crate::dapp::{ImageConfig, ImageDigest, ImageRef};
use bollard::models::ImageInspect;
use serde::{Deserialize, Serialize};

/// An image that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The engine's id, by which it is run: a name could move meanwhile.
    pub id: String,
    /// Every digest that pins its content: those of its registries, then its id.
    pub digests: Vec<ImageDigest>,
    /// What it says of itself.
    pub config: ImageConfig,
    /// Paths that it declares as volumes.
    pub volumes: Vec<String>,
}

impl Image {
    /// Whether `wanted` pins this image.
    pub fn is(&self, wanted: &ImageDigest) -> bool {
        self.digests.contains(wanted)
    }
}

impl From<ImageInspect> for Image {
    fn from(found: ImageInspect) -> Self {
        let id = found.id.unwrap_or_default();
        let config = found.config.unwrap_or_default();
        let registries = found.repo_digests.unwrap_or_default();
        let mut digests: Vec<ImageDigest> = registries
            .iter()
            .filter_map(|text| text.rsplit_once('@'))
            .filter_map(|(_, digest)| parse_digest(digest))
            .collect();
        digests.extend(parse_digest(&id));
        Self {
            digests,
            config: ImageConfig {
                entrypoint: config.entrypoint.unwrap_or_default(),
                command: config.cmd.unwrap_or_default(),
                env: config.env.unwrap_or_default(),
                user: config.user.unwrap_or_default(),
            },
            volumes: config.volumes.unwrap_or_default(),
            id,
        }
    }
}

/// The reference as the engine wants it: without a tag, an engine would pull every tag there is.
///
/// # Errors
/// [`ContainerError::BadReference`] for what no registry could know; it is also part of a path of the engine's API.
pub(super) fn full_name(reference: &ImageRef) -> Result<String, ContainerError> {
    let text = reference.as_str();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
    let parts = text.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && !part.contains("..") && !part.ends_with(':')
    });
    if !plain || !parts || text.len() > 512 {
        return Err(ContainerError::BadReference { reference: text.escape_debug().to_string() });
    }
    Ok(if has_tag(text) || text.contains('@') { text.to_owned() } else { format!("{text}:latest") })
}

/// The same repository, by digest.
pub(super) fn by_digest(full_name: &str, digest: &ImageDigest) -> String {
    let named = full_name.split_once('@').map_or(full_name, |(name, _)| name);
    let repository =
        if has_tag(named) { named.rsplit_once(':').map_or(named, |(name, _)| name) } else { named };
    format!("{repository}@{digest}")
}

/// Whether a repository, as the engine writes it, is that of `reference`.
pub(super) fn same_repository(repository: &str, reference: &ImageRef) -> bool {
    let written = ImageRef::parse(repository).and_then(|written| repository_of(&written)).ok();
    written.is_some() && written == repository_of(reference).ok()
}

/// A colon before the last slash belongs to a registry's port.
fn has_tag(text: &str) -> bool {
    text.rsplit('/').next().is_some_and(|last| last.contains(':'))
}

pub(super) fn parse_digest(text: &str) -> Option<ImageDigest> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("sha256:")?, &mut bytes).ok()?;
    Some(ImageDigest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models;

    #[test]
    fn a_name_without_a_tag_means_latest() {
        for (given, full) in [
            ("ubuntu", "ubuntu:latest"),
            ("jrottenberg/ffmpeg:scratch", "jrottenberg/ffmpeg:scratch"),
            ("host:5000/x", "host:5000/x:latest"),
            ("x@sha256:00", "x@sha256:00"),
        ] {
            assert_eq!(full_name(&ImageRef::new(given)).unwrap(), full);
        }
    }

    #[test]
    fn what_would_be_another_path_of_the_api_is_refused() {
        for bad in ["", "../x", "a/../b", "a?x=1", "a b", "a//b", "/a", "-a", "a\n", "a:", "a%2e"] {
            assert!(full_name(&ImageRef::new(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_digest_takes_the_place_of_the_tag() {
        let digest = ImageDigest([0xab; 32]);
        for (name, repository) in [("h:5000/x:1", "h:5000/x"), ("x:latest", "x"), ("x:1@sha256:00", "x")] {
            assert_eq!(by_digest(name, &digest), format!("{repository}@{digest}"));
        }
    }

    #[test]
    fn registries_digests_and_the_id_pin_an_image_and_nothing_else_does() {
        let digest = |byte: u8| ImageDigest([byte; 32]);
        let image = Image::from(ImageInspect {
            id: Some(digest(1).to_string()),
            repo_digests: Some(vec![format!("x@{}", digest(2))]),
            repo_tags: Some(vec![format!("{}:latest", hex::encode([3; 32]))]),
            config: Some(models::ImageConfig { user: Some("app".into()), ..Default::default() }),
            ..Default::default()
        });
        assert!(image.is(&digest(1)) && image.is(&digest(2)) && !image.is(&digest(3)));
        assert_eq!(image.config.user, "app");
        assert!(
            !Image::from(ImageInspect::default()).is(&digest(0)),
            "an engine that says nothing proves nothing"
        );
    }
}
