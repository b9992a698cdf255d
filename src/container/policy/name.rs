//! One spelling for one image, whoever wrote its name.
//!
//! Beyond what [`ImageRef::parts`] fills in, hosts that differ in letters' case, in the port that https has anyway, or in
//! being another name of Docker Hub's registry are one: a rule against one of them must not be walked around by another.

use crate::dapp::{DappError, ImageDigest, ImageParts, ImageRef};

/// Docker Hub's registry under its other names.
const DOCKER_HUB: [&str; 3] = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/// The one spelling of a registry's host. One that could be taken for a part of a path keeps its port.
pub(super) fn host(written: &str) -> String {
    let lower = written.to_ascii_lowercase();
    let bare = lower.strip_suffix(":443").unwrap_or(&lower);
    if DOCKER_HUB.contains(&bare) {
        "docker.io".to_owned()
    } else if bare == "localhost" || bare.contains(['.', ':']) {
        bare.to_owned()
    } else {
        format!("{bare}:443")
    }
}

/// The host and the path of an image, in one spelling.
pub(super) fn repository(parts: &ImageParts) -> String {
    let host = host(&parts.domain);
    let library = if host == "docker.io" && !parts.path.contains('/') { "library/" } else { "" };
    format!("{host}/{library}{}", parts.path)
}

/// The repository of an image, in the one spelling that all of its names have.
///
/// # Errors
/// [`DappError::Image`].
pub fn repository_of(reference: &ImageRef) -> Result<String, DappError> {
    reference.parts().map(|parts| repository(&parts))
}

/// What an image is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Host and path.
    pub(super) repository: String,
    /// The tag, when one is written or meant.
    pub(super) tag: Option<String>,
    /// The digest that its name or the chain gives; then the tag decides nothing.
    pub(super) pin: Option<ImageDigest>,
}

impl Name {
    /// The name of `reference` when the chain gives `checksum` for it.
    pub(super) fn new(reference: &ImageRef, checksum: Option<ImageDigest>) -> Result<Self, DappError> {
        let parts = reference.parts()?;
        Ok(Self { repository: repository(&parts), pin: checksum.or(parts.digest), tag: parts.tag })
    }

    /// By what its registry is asked: the digest, else the tag.
    pub(super) fn effective(&self) -> String {
        match (&self.pin, &self.tag) {
            (Some(digest), _) => format!("{}@{digest}", self.repository),
            (None, Some(tag)) => format!("{}:{tag}", self.repository),
            (None, None) => self.repository.clone(),
        }
    }

    /// The tag, where it is what decides.
    pub(super) fn deciding_tag(&self) -> Option<&str> {
        self.tag.as_deref().filter(|_| self.pin.is_none())
    }

    /// Every spelling that somebody may mean it by, the deciding one first.
    pub(super) fn spellings(&self) -> Vec<String> {
        let mut all = vec![self.effective()];
        if let (Some(digest), Some(tag)) = (&self.pin, &self.tag) {
            all.push(format!("{}:{tag}", self.repository));
            all.push(format!("{}:{tag}@{digest}", self.repository));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(text: &str) -> String {
        Name::new(&ImageRef::parse(text).unwrap(), None).unwrap().effective()
    }

    #[test]
    fn all_names_of_one_image_are_one() {
        for same in ["x", "x:latest", "docker.io/x", "index.docker.io/x", "registry-1.docker.io/library/x"] {
            assert_eq!(effective(same), "docker.io/library/x:latest", "{same}");
        }
        assert_eq!(effective("GHCR.io:443/acme/x:1"), "ghcr.io/acme/x:1");
        assert_eq!(effective("ghcr.io:8443/acme/x:1"), "ghcr.io:8443/acme/x:1");
        for same in ["registry:443/x", "Registry/x", "REGISTRY:443/x:latest"] {
            assert_eq!(effective(same), "registry:443/x:latest", "{same}: not `registry/x` of Docker Hub");
        }
        assert_eq!(effective("registry.hub.docker.com/iexechub/x"), "docker.io/iexechub/x:latest");
    }

    #[test]
    fn a_tag_beside_a_digest_decides_nothing() {
        let reference = ImageRef::parse("a/b:1").unwrap();
        let name = Name::new(&reference, Some(ImageDigest([1; 32]))).unwrap();
        assert_eq!(name.effective(), format!("docker.io/a/b@{}", ImageDigest([1; 32])));
        assert_eq!(name.deciding_tag(), None);
        assert!(name.spellings().contains(&"docker.io/a/b:1".to_owned()));
    }
}
