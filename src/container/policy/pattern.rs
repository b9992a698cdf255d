//! What an operator may write for an image's name: the name itself, or a glob.
//!
//! | written | means |
//! |---|---|
//! | `x` | the repository `docker.io/library/x`, under any tag and digest |
//! | `ghcr.io/acme/x:1` | that tag, where no digest takes its place |
//! | `ghcr.io/acme/x@sha256:…` | that digest |
//! | `ghcr.io/acme/*` | `*` and `?` stop at `/` and `:`; they may stand in the tag too |
//! | `ghcr.io/**` | `**` goes over `/` |
//!
//! Nothing matches a part of a name: `…/algorithm` never takes `…/algorithm-evil`.

use super::glob::{compile, is_glob_of, whole};
use super::name::Name;
use crate::dapp::ImageDigest;
use regex_lite::Regex;
use std::fmt;

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a pattern of images: {why}")]
pub struct PatternError {
    text: String,
    why: String,
}

pub(super) fn flaw(text: &str, why: impl Into<String>) -> PatternError {
    PatternError { text: text.to_owned(), why: why.into() }
}

/// An exact name or a glob.
#[derive(Clone, Debug)]
pub struct ImagePattern {
    text: String,
    repository: Regex,
    rest: Rest,
}

#[derive(Clone, Debug)]
enum Rest {
    Any,
    Tag(Regex),
    Digest(ImageDigest),
}

impl ImagePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What could match nothing, or not what its writer meant.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let (named, digest) = match text.split_once('@') {
            None => (text, None),
            Some((named, digest)) if digest.starts_with("sha256:") => {
                let whole = digest
                    .parse()
                    .map_err(|_| flaw(text, "a digest is sha256: and 64 hexadecimal digits"))?;
                (named, Some(whole))
            }
            Some(_) => return Err(flaw(text, "a digest is sha256: and 64 hexadecimal digits")),
        };
        // A colon after the last slash begins the tag; one before it belongs to a port.
        let (repository, tag) = match named.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (named, None),
        };
        let rest = match (digest, tag) {
            (Some(_), Some(_)) => {
                return Err(flaw(text, "a tag beside a digest decides nothing: leave it out"));
            }
            (Some(digest), None) => Rest::Digest(digest),
            (None, Some(tag)) if is_glob_of(tag, |c| c.is_ascii_alphanumeric() || "_.-".contains(c)) => {
                Rest::Tag(compile(tag).map_err(|why| flaw(text, why))?)
            }
            (None, Some(_)) => return Err(flaw(text, "its tag is not of letters, digits, `_`, `.` or `-`")),
            (None, None) => Rest::Any,
        };
        let repository = whole(repository).map_err(|why| flaw(text, why))?;
        Ok(Self {
            text: text.to_owned(),
            repository: compile(&repository).map_err(|why| flaw(text, why))?,
            rest,
        })
    }

    /// Whether it means this image; none while only a digest that is not known could tell. `generous` counts a tag that
    /// stands beside a digest.
    pub(super) fn holds(&self, name: &Name, digests: &[ImageDigest], generous: bool) -> Option<bool> {
        if !self.repository.is_match(&name.repository) {
            return Some(false);
        }
        match &self.rest {
            Rest::Any => Some(true),
            Rest::Tag(tag) => {
                let written = if generous { name.tag.as_deref() } else { name.deciding_tag() };
                Some(written.is_some_and(|written| tag.is_match(written)))
            }
            Rest::Digest(_) if digests.is_empty() => None,
            Rest::Digest(digest) => Some(digests.contains(digest)),
        }
    }
}

impl fmt::Display for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dapp::ImageRef;
    use proptest::prelude::*;

    fn holds(pattern: &str, image: &str) -> Option<bool> {
        let name = Name::new(&ImageRef::parse(image).unwrap(), None).unwrap();
        let digests: Vec<ImageDigest> = name.pin.into_iter().collect();
        ImagePattern::parse(pattern).unwrap().holds(&name, &digests, false)
    }

    #[test]
    fn a_name_without_a_tag_is_the_repository_and_nothing_beside_it() {
        let digest = ImageDigest([7; 32]);
        for image in ["x", "x:1", "docker.io/library/x:2", &format!("x@{digest}"), &format!("x:1@{digest}")] {
            assert_eq!(holds("x", image), Some(true), "{image}");
            assert_eq!(holds("docker.io/x", image), Some(true), "{image}");
        }
        for image in ["x-evil", "y", "x/y", "acme/x", "ghcr.io/library/x", "docker.io.evil.org/library/x"] {
            assert_eq!(holds("x", image), Some(false), "{image}");
        }
        assert_eq!(holds("myalgorithm.ai/some-algorithm", "myalgorithm.ai/some-algorithm-evil"), Some(false));
        assert_eq!(
            holds("harbor2.vantage6.ai/algorithms/*", "harbor2xvantage6.ai/algorithms/glm"),
            Some(false)
        );
        assert_eq!(holds("h:5000/x", "h:5001/x"), Some(false), "a port is part of the name");
        assert_eq!(holds("h:5000/x", "h:5000/x:1"), Some(true));
    }

    #[test]
    fn a_tag_is_that_tag_and_no_digest() {
        let digest = ImageDigest([7; 32]);
        assert_eq!(holds("x:1", "x:1"), Some(true));
        assert_eq!(holds("x:latest", "x"), Some(true));
        assert_eq!(holds("x:1", "x:10"), Some(false));
        assert_eq!(holds("x:1.*", "x:1.0"), Some(true));
        assert_eq!(holds("x:1.*", "x:100"), Some(false));
        assert_eq!(holds("x:1", &format!("x:1@{digest}")), Some(false), "the tag decides nothing there");
        let name = Name::new(&ImageRef::new(format!("x:1@{digest}")), None).unwrap();
        assert_eq!(ImagePattern::parse("x:1").unwrap().holds(&name, &[digest], true), Some(true));
    }

    #[test]
    fn a_digest_is_not_known_before_it_is_asked_for() {
        let digest = ImageDigest([7; 32]);
        let pattern = format!("x@{digest}");
        assert_eq!(holds(&pattern, "x:1"), None);
        assert_eq!(holds(&pattern, "y:1"), Some(false));
        assert_eq!(holds(&pattern, &pattern), Some(true));
        assert_eq!(holds(&pattern, &format!("x@{}", ImageDigest([8; 32]))), Some(false));
    }

    #[test]
    fn wildcards_stop_where_a_part_ends() {
        assert_eq!(holds("ghcr.io/acme/*", "ghcr.io/acme/x:1"), Some(true));
        assert_eq!(holds("ghcr.io/acme/*", "ghcr.io/acme/x/y"), Some(false));
        assert_eq!(holds("ghcr.io/acme/**", "ghcr.io/acme/x/y"), Some(true));
        assert_eq!(holds("ghcr.io/acme/**", "ghcr.io/acme-evil/x"), Some(false));
        assert_eq!(holds("acme/*", "docker.io/acme/x"), Some(true));
        assert_eq!(holds("*.example.org/x", "a.example.org/x"), Some(true));
        assert_eq!(holds("*.example.org/x", "example.org/x"), Some(false));
        assert_eq!(holds("py*", "python:3"), Some(true));
        assert_eq!(holds("docker.io/py*", "python:3"), Some(true));
        assert_eq!(holds("**", "any.host:1/a/b:c"), Some(true));
        assert_eq!(holds("**/x", "any.host:1/a/x:c"), Some(true));
    }

    #[test]
    fn what_would_match_nothing_or_too_much_is_refused_with_a_word() {
        for (text, word) in [
            ("", "empty"),
            ("*", "registry"),
            ("*/x", "registry"),
            ("docker.io/*", "Docker Hub"),
            ("Acme/x", "capital"),
            ("ghcr.io/Acme/*", "capital"),
            ("a+b*", "small letters"),
            ("x@sha256:12", "64"),
            ("x@sha256:*", "64"),
            ("x:", "tag"),
            ("x y", "path"),
            ("https://x/y", "scheme"),
            ("a//*", "empty"),
        ] {
            let error = ImagePattern::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text:?}: {error}");
        }
        let both = format!("x:1@{}", ImageDigest([1; 32]));
        assert!(ImagePattern::parse(&both).unwrap_err().to_string().contains("decides nothing"));
    }

    proptest! {
        #[test]
        fn an_exact_name_means_itself_alone(
            name in "([a-z]{1,4}\\.io(:[0-9]{2,4})?/)?[a-z0-9]{1,4}(/[a-z]{1,3}){0,2}",
            more in "[a-z0-9]{1,3}",
        ) {
            prop_assert_eq!(holds(&name, &name), Some(true));
            prop_assert_eq!(holds(&name, &format!("{name}{more}")), Some(false));
            prop_assert_eq!(holds(&name, &format!("{name}-{more}")), Some(false));
            prop_assert_eq!(holds(&name, &format!("{name}/{more}")), Some(false));
            prop_assert_eq!(holds(&name, &format!("{name}:{more}")), Some(true));
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<String>(), near in "[a-z*?:/@.]{0,12}") {
            let _ = ImagePattern::parse(&text);
            let _ = ImagePattern::parse(&near);
        }
    }
}
