//! Asking a registry: manifests, blobs, referrers.

use super::challenge::Challenge;
use super::{Credentials, Login, RegistryError};
use crate::dapp::{DappError, ImageDigest, ImageRef};
use reqwest::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;

const CONNECT: Duration = Duration::from_secs(10);
/// Time for one answer, all of it.
const ANSWER: Duration = Duration::from_secs(30);
/// Manifests and signatures are small; the distribution API's own limit for a manifest.
const MAX_BYTES: usize = 4 << 20;
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json";

/// Asks registries.
#[derive(Clone, Debug)]
pub struct Registry {
    http: reqwest::Client,
    credentials: Credentials,
}

/// A repository, and where it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The registry as images name it.
    host: String,
    path: String,
}

impl Repository {
    /// The repository of an image.
    ///
    /// # Errors
    /// [`DappError::Image`].
    pub fn of(reference: &ImageRef) -> Result<Self, DappError> {
        let parts = reference.parts()?;
        Ok(Self { host: parts.domain, path: parts.path })
    }

    fn url(&self, kind: &str, what: &str) -> Result<Url, RegistryError> {
        // Docker Hub's registry does not answer under the name that images have.
        let host = if self.host == "docker.io" { "registry-1.docker.io" } else { &self.host };
        let scheme = if is_this_host(host) { "http" } else { "https" };
        let url = Url::parse(&format!("{scheme}://{host}/v2/{}/{kind}/{what}", self.path));
        url.map_err(|_| RegistryError::Odd { host: self.host.clone(), what: "no address at all" })
    }
}

/// Whether a registry is on this very host, where nobody listens in between.
fn is_this_host(host: &str) -> bool {
    let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
    bare == "localhost" || bare.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn may_be_asked(url: &Url) -> bool {
    url.scheme() == "https" || url.host_str().is_some_and(is_this_host)
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Registry {
    /// Asks with these logins.
    ///
    /// # Errors
    /// [`RegistryError::Away`] when this host has no way to speak TLS.
    pub fn new(credentials: Credentials) -> Result<Self, RegistryError> {
        let redirects = redirect::Policy::custom(|attempt| match attempt.previous().len() {
            0..=5 if may_be_asked(attempt.url()) => attempt.follow(),
            _ => attempt.stop(),
        });
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(redirects)
            .user_agent(concat!("poco/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| RegistryError::Away { host: "this host".into(), source })?;
        Ok(Self { http, credentials })
    }

    /// The manifest under a tag; none when there is none.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn manifest(&self, of: &Repository, tag: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        self.get(of, "manifests", tag, MANIFESTS).await
    }

    /// The manifest with this digest; none when there is none.
    ///
    /// # Errors
    /// [`RegistryError`], and [`RegistryError::Odd`] for another one.
    pub async fn manifest_of(
        &self,
        of: &Repository,
        digest: &ImageDigest,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        let found = self.get(of, "manifests", &digest.to_string(), MANIFESTS).await?;
        found.map(|bytes| held(of, digest, bytes)).transpose()
    }

    /// The blob with this digest; none when there is none.
    ///
    /// # Errors
    /// As [`Registry::manifest_of`].
    pub async fn blob(
        &self,
        of: &Repository,
        digest: &ImageDigest,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        let found = self.get(of, "blobs", &digest.to_string(), "*/*").await?;
        found.map(|bytes| held(of, digest, bytes)).transpose()
    }

    /// The index of what refers to an image; none when the registry has no such interface (it is older than OCI 1.1).
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn referrers(
        &self,
        of: &Repository,
        digest: &ImageDigest,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        self.get(of, "referrers", &digest.to_string(), "application/vnd.oci.image.index.v1+json").await
    }

    async fn get(
        &self,
        of: &Repository,
        kind: &str,
        what: &str,
        accept: &str,
    ) -> Result<Option<Vec<u8>>, RegistryError> {
        let url = of.url(kind, what)?;
        let ask = || self.http.get(url.clone()).header(ACCEPT, accept);
        let mut answer = send(&of.host, ask()).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let asked = answer.headers().get(WWW_AUTHENTICATE).and_then(|header| header.to_str().ok());
            let challenge = asked.and_then(Challenge::parse);
            answer = match (challenge, self.credentials.of(&of.host).await?) {
                (Some(Challenge::Basic), Some(Login::Password { user, password })) => {
                    send(&of.host, ask().basic_auth(user, Some(password))).await?
                }
                (Some(Challenge::Bearer { realm, service }), login) => {
                    let token = self.token(of, &realm, service.as_deref(), login).await?;
                    send(&of.host, ask().bearer_auth(token)).await?
                }
                _ => answer,
            };
        }
        match answer.status() {
            StatusCode::OK => body(&of.host, answer).await.map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(RegistryError::Status { host: of.host.clone(), status: status.as_u16() }),
        }
    }

    async fn token(
        &self,
        of: &Repository,
        realm: &str,
        service: Option<&str>,
        login: Option<Login>,
    ) -> Result<String, RegistryError> {
        let odd = |what| RegistryError::Odd { host: of.host.clone(), what };
        let realm = Url::parse(realm).ok().filter(may_be_asked);
        let mut realm = realm.ok_or_else(|| odd("a place for tokens that is not https"))?;
        let host = realm.host_str().unwrap_or_default().to_owned();
        let scope = format!("repository:{}:pull", of.path);
        let request = match login {
            Some(Login::Identity { token }) => {
                let mut form = Serializer::new(String::new());
                form.append_pair("grant_type", "refresh_token").append_pair("client_id", "poco");
                form.append_pair("scope", &scope).append_pair("refresh_token", &token);
                if let Some(service) = service {
                    form.append_pair("service", service);
                }
                let form_type = "application/x-www-form-urlencoded";
                self.http.post(realm).header(CONTENT_TYPE, form_type).body(form.finish())
            }
            login => {
                realm.query_pairs_mut().append_pair("scope", &scope);
                if let Some(service) = service {
                    realm.query_pairs_mut().append_pair("service", service);
                }
                let request = self.http.get(realm);
                match login {
                    Some(Login::Password { user, password }) => request.basic_auth(user, Some(password)),
                    _ => request,
                }
            }
        };
        let answer = send(&host, request).await?;
        if !answer.status().is_success() {
            return Err(RegistryError::Status { host, status: answer.status().as_u16() });
        }
        let token: Option<Token> = serde_json::from_slice(&body(&host, answer).await?).ok();
        token
            .and_then(|token| token.token.or(token.access_token))
            .ok_or_else(|| odd("no token where it sent us for one"))
    }
}

async fn send(host: &str, request: RequestBuilder) -> Result<Response, RegistryError> {
    let away =
        |source: reqwest::Error| RegistryError::Away { host: host.to_owned(), source: source.without_url() };
    request.send().await.map_err(away)
}

async fn body(host: &str, mut answer: Response) -> Result<Vec<u8>, RegistryError> {
    let away =
        |source: reqwest::Error| RegistryError::Away { host: host.to_owned(), source: source.without_url() };
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(away)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_BYTES {
            return Err(RegistryError::Odd { host: host.to_owned(), what: "more than 4 MiB" });
        }
    }
    Ok(bytes)
}

fn held(of: &Repository, digest: &ImageDigest, bytes: Vec<u8>) -> Result<Vec<u8>, RegistryError> {
    if Sha256::digest(&bytes).as_slice() == digest.0 {
        return Ok(bytes);
    }
    Err(RegistryError::Odd {
        host: of.host.clone(),
        what: "something else than what has the digest asked for",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(image: &str) -> String {
        Repository::of(&ImageRef::new(image)).unwrap().url("manifests", "1").unwrap().to_string()
    }

    #[test]
    fn plain_http_is_spoken_to_this_host_only() {
        assert_eq!(url("x"), "https://registry-1.docker.io/v2/library/x/manifests/1");
        assert_eq!(url("localhost:5000/x"), "http://localhost:5000/v2/x/manifests/1");
        assert_eq!(url("127.8.8.8:5000/x"), "http://127.8.8.8:5000/v2/x/manifests/1");
        assert_eq!(url("10.0.0.1:5000/x"), "https://10.0.0.1:5000/v2/x/manifests/1");
        assert_eq!(url("127.example.org/x"), "https://127.example.org/v2/x/manifests/1");
        assert_eq!(url("localhost.example.org/x"), "https://localhost.example.org/v2/x/manifests/1");
    }
}
