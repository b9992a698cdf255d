//! Globs, and what people leave out of a repository's name.

use super::name;
use crate::dapp::ImageRef;
use regex_lite::Regex;

/// Fills in what people leave out of a repository's name, as it is filled in for the images themselves.
///
/// # Errors
/// A word on what could match nothing, or not what its writer meant.
pub(super) fn whole(repository: &str) -> Result<String, String> {
    if repository.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("it has capital letters, which no repository has and no host needs".into());
    }
    if !repository.contains(['*', '?']) {
        let parts = ImageRef::parse(repository).and_then(|reference| reference.parts());
        return parts.map(|parts| name::repository(&parts)).map_err(|error| error.to_string());
    }
    if !is_glob_of(repository, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c)) {
        return Err(
            "it is not of small letters, digits, `.`, `_`, `-`, `/` and the wildcards `*`, `**`, `?`".into(),
        );
    }
    if repository.split('/').any(str::is_empty) {
        return Err("a part between its slashes is empty".into());
    }
    if repository.starts_with("**") {
        return Ok(repository.to_owned());
    }
    let (host, path) = match repository.split_once('/') {
        Some((head, path)) if head == "localhost" || head.contains(['.', ':']) => (name::host(head), path),
        Some((head, _)) if head.contains(['*', '?']) => return Err(REGISTRY.into()),
        _ => ("docker.io".to_owned(), repository),
    };
    if host != "docker.io" || path.contains('/') || path.contains("**") {
        return Ok(format!("{host}/{path}"));
    }
    // Docker Hub's lone names lie below `library`.
    if path.starts_with(['*', '?']) {
        return Err(REGISTRY.into());
    }
    Ok(format!("docker.io/library/{path}"))
}

const REGISTRY: &str = "write all of it: `docker.io/library/*` or `docker.io/acme/*` with the registry, `docker.io/**` for \
                        all of Docker Hub, `**` for every image";

/// Whether it has nothing but wildcards and what is `plain`.
pub(super) fn is_glob_of(text: &str, plain: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| plain(c) || c == '*' || c == '?')
}

/// A glob as an expression over the whole text.
///
/// # Errors
/// One that is too large.
pub(super) fn compile(text: &str) -> Result<Regex, String> {
    let parts: Vec<String> = text.split("**").map(part).collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).map_err(|error| error.to_string())
}

fn part(text: &str) -> String {
    regex_lite::escape(text).replace(r"\*", "[^/:]*").replace(r"\?", "[^/:]")
}
