//! Names of images: a reference as people write it, a digest as the registry computes it.

use super::DappError;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A reference to an image as written in the app's multiaddr, e.g. `jrottenberg/ffmpeg:scratch`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageRef(String);

/// The parts of a reference, with what people leave out filled in as Docker fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageParts {
    /// The registry's host and perhaps port, `docker.io` when none is written.
    pub domain: String,
    /// The path in the registry; `library/` is put before a lone name on `docker.io`.
    pub path: String,
    /// The tag, `latest` when neither tag nor digest is written.
    pub tag: Option<String>,
    /// The digest, when one is written.
    pub digest: Option<ImageDigest>,
}

/// The sha-256 digest of an image.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ImageDigest(pub [u8; 32]);

/// What an image says of itself, as far as a contract adapter needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// The image's own entrypoint.
    pub entrypoint: Vec<String>,
    /// The image's own command.
    pub command: Vec<String>,
    /// The image's own environment, `NAME=value`.
    pub env: Vec<String>,
    /// The image's own user, empty for root.
    pub user: String,
}

impl ImageRef {
    /// Wraps a reference that has been checked.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Checks a reference against Docker's grammar, `[domain/]path[:tag][@sha256:digest]`.
    pub fn parse(text: &str) -> Result<Self, DappError> {
        parts(text).map_err(|problem| DappError::Image { text: text.to_owned(), problem })?;
        Ok(Self(text.to_owned()))
    }

    /// Its parts, made whole; fails only for a reference that was wrapped unchecked.
    pub fn parts(&self) -> Result<ImageParts, DappError> {
        parts(&self.0).map_err(|problem| DappError::Image { text: self.0.clone(), problem })
    }

    /// The whole name, e.g. `docker.io/library/x:latest` for `x`. Two references with one canonical form mean
    /// one image.
    pub fn canonical(&self) -> Result<String, DappError> {
        self.parts().map(|parts| parts.to_string())
    }

    /// The reference that a registry answers with this very image, `docker.io/library/x@sha256:…`.
    pub fn pinned(&self, digest: ImageDigest) -> Result<ImageRef, DappError> {
        let parts = ImageParts { tag: None, digest: Some(digest), ..self.parts()? };
        Ok(Self(parts.to_string()))
    }

    /// The digest that the reference itself pins.
    pub fn digest(&self) -> Option<ImageDigest> {
        self.parts().ok()?.digest
    }

    /// The reference as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", hex::encode(self.0))
    }
}

impl fmt::Debug for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ImageParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Reads `sha256:<64 hex>`, `0x<64 hex>` and `<64 hex>`.
impl FromStr for ImageDigest {
    type Err = DappError;

    fn from_str(text: &str) -> Result<Self, DappError> {
        let digits = text.strip_prefix("sha256:").or_else(|| text.strip_prefix("0x")).unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DappError::Checksum(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl From<ImageDigest> for String {
    fn from(digest: ImageDigest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for ImageDigest {
    type Error = DappError;

    fn try_from(text: String) -> Result<Self, DappError> {
        text.parse()
    }
}

impl ImageDigest {
    /// The digest as `bytes32`, `0x…`.
    pub fn to_hex(self) -> String {
        format!("0x{}", hex::encode(self.0))
    }

    /// Whether it is all zero, which on chain means that none is known.
    pub fn is_zero(self) -> bool {
        self.0 == [0; 32]
    }
}

/// Docker's grammar and its filling in of what is left out (`distribution/reference`).
fn parts(text: &str) -> Result<ImageParts, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.contains("://") {
        return Err("it is a URL; leave the scheme out");
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) if digest.starts_with("sha256:") => {
            let digest = digest.parse().map_err(|_| "its digest is not sha256: and 64 hexadecimal digits")?;
            (rest, Some(digest))
        }
        Some(_) => return Err("its digest is not sha256: and 64 hexadecimal digits"),
        None => (text, None),
    };
    // A colon after the last slash begins the tag; one before it belongs to a port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err("its tag is not 1 to 128 letters, digits, `_`, `.` or `-`");
    }
    let (domain, path) = match name.split_once('/') {
        Some((head, path)) if is_domain_like(head) => (head, path),
        _ => ("docker.io", name),
    };
    if !is_domain(domain) {
        return Err("its registry is not a host with an optional port");
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("its path has capital letters");
    }
    if path.is_empty() || !path.split('/').all(is_component) {
        return Err("its path is not of letters and digits, parted by `.`, `_`, `__`, `-` or `/`");
    }
    if domain == "docker.io" && path.len() == 64 && path.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("it is an image's id, which no registry knows");
    }
    let domain = if domain == "index.docker.io" { "docker.io" } else { domain };
    let library = if domain == "docker.io" && !path.contains('/') { "library/" } else { "" };
    let path = format!("{library}{path}");
    // Counted as it is filled in, so that a whole name is always a name.
    if domain.len() + 1 + path.len() > 255 {
        return Err("it is longer than 255 characters with its registry");
    }
    Ok(ImageParts {
        domain: domain.to_owned(),
        path,
        tag: tag.map(str::to_owned).or_else(|| digest.is_none().then(|| "latest".to_owned())),
        digest,
    })
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// Docker takes what stands before the first slash for a host when it could not be a path.
fn is_domain_like(head: &str) -> bool {
    head == "localhost" || head.contains(['.', ':']) || head.chars().any(|c| c.is_ascii_uppercase())
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = domain.split_once(':').map_or((domain, None), |(host, port)| (host, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    // A number may begin with a plus sign, and a port may not.
    let number = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    host.split('.').all(label) && port.is_none_or(number)
}

fn is_component(part: &str) -> bool {
    let alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let separators = part.split(|c: char| alnum(u8::try_from(c).unwrap_or(0)));
    part.bytes().next().is_some_and(alnum)
        && part.bytes().last().is_some_and(alnum)
        && separators.into_iter().all(|s| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_made_whole() {
        for (text, whole) in [
            ("x", "docker.io/library/x:latest"),
            ("perl:5.20", "docker.io/library/perl:5.20"),
            ("jrottenberg/ffmpeg:scratch", "docker.io/jrottenberg/ffmpeg:scratch"),
            ("docker.io/x", "docker.io/library/x:latest"),
            ("index.docker.io/a/b", "docker.io/a/b:latest"),
            (
                "registry.hub.docker.com/iexechub/vanityeth:1.1.1",
                "registry.hub.docker.com/iexechub/vanityeth:1.1.1",
            ),
            ("localhost/x", "localhost/x:latest"),
            ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
            ("a__b/c--d.e_f", "docker.io/a__b/c--d.e_f:latest"),
        ] {
            assert_eq!(ImageRef::parse(text).unwrap().canonical().unwrap(), whole);
        }
        let digest = format!("sha256:{}", "ab".repeat(32));
        let pinned = ImageRef::parse(&format!("x@{digest}")).unwrap();
        assert_eq!(pinned.canonical().unwrap(), format!("docker.io/library/x@{digest}"));
        assert_eq!(pinned.digest(), Some(ImageDigest([0xab; 32])));
        let both = ImageRef::parse(&format!("x:1@{digest}")).unwrap();
        assert_eq!(both.canonical().unwrap(), format!("docker.io/library/x:1@{digest}"));
        let other = ImageRef::parse("host:80/x:1").unwrap().pinned(ImageDigest([1; 32])).unwrap();
        assert_eq!(other.as_str(), format!("host:80/x@sha256:{}", "01".repeat(32)));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            " x",
            "x ",
            "X",
            "a/B",
            "a//b",
            "/a",
            "a/",
            "a:",
            "a:b:c",
            "x:-",
            "http://x/y",
            "a___b",
            "a._b",
            "-a",
            "a-",
            "x@sha256:12",
            "x@md5:12",
            "ho st/x",
            "host:port/x",
            "host:+80/x",
            "host:/x",
            "x y",
            "é",
            "a:b/c:d",
            "abababababababababababababababababababababababababababababababab",
            "XWDOCKERIMAGE=x",
        ] {
            assert!(matches!(ImageRef::parse(text), Err(DappError::Image { .. })), "{text}");
        }
        let longest = ImageRef::parse(&"a".repeat(255 - "docker.io/library/".len())).unwrap();
        assert!(ImageRef::parse(&longest.canonical().unwrap()).is_ok());
        assert!(ImageRef::parse(&format!("{longest}a")).is_err());
        assert!(ImageRef::parse(&format!("x:{}", "t".repeat(129))).is_err());
    }

    #[test]
    fn digests_are_read_in_three_spellings() {
        for text in [format!("sha256:{}", "0f".repeat(32)), format!("0x{}", "0F".repeat(32)), "0f".repeat(32)]
        {
            assert_eq!(text.parse(), Ok(ImageDigest([15; 32])));
        }
        assert!("0x12".parse::<ImageDigest>().is_err());
        assert_eq!(ImageDigest([15; 32]).to_hex(), format!("0x{}", "0f".repeat(32)));
    }

    proptest! {
        #[test]
        fn the_whole_name_means_the_same(text in "([a-z]{1,4}(\\.[a-z]{2})?(:[0-9]{1,4})?/)?[a-z0-9]{1,3}([_-][a-z0-9]{1,3}){0,2}(/[a-z]{1,3}\\.[a-z]{1,3})?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,3})?") {
            let whole = ImageRef::parse(&text).unwrap().canonical().unwrap();
            let again = ImageRef::parse(&whole).unwrap().canonical().unwrap();
            prop_assert_eq!(whole, again);
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = ImageRef::parse(&text);
        }
    }
}
