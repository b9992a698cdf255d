//! The way out: one GET, over its redirects, to an answer.
//!
//! Every hop, the first and each redirect, is checked: its scheme, its host when that is an address, and what
//! its name resolves to where the client asks for it ([`super::resolve`]). Redirects are followed here and not by
//! the client, so that none escapes the check. Proxies of the environment are not used: which hosts are reached
//! must not depend on who started us.

use super::part::Origin;
use super::resolve::{Guarded, barred};
use super::{Barred, InputError, Limits, Trust};
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

/// A client, and the addresses that it may connect to.
#[derive(Clone, Debug)]
pub(super) struct Door {
    client: Client,
    trust: Arc<Trust>,
}

impl Door {
    /// A door to the open internet and to what is trusted.
    ///
    /// # Errors
    /// [`InputError::Client`] when TLS cannot be set up.
    pub(super) fn new(trust: Trust, connect_timeout: Duration) -> Result<Self, InputError> {
        let trust = Arc::new(trust);
        let client = Client::builder()
            .user_agent(concat!("poco/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect_timeout)
            .dns_resolver(Guarded(trust.clone()))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|source| InputError::Client { source })?;
        Ok(Self { client, trust })
    }

    /// Follows redirects to the answer that carries the file, or what is missing of it.
    pub(super) async fn open(
        &self,
        url: &Url,
        limits: &Limits,
        from: Option<(&Origin, u64)>,
    ) -> Result<Response, InputError> {
        let mut hop = url.clone();
        for _ in 0..=limits.redirects {
            self.check_hop(url, &hop)?;
            let mut request = self.client.get(hop.clone()).header(header::ACCEPT_ENCODING, "identity");
            if let Some((origin, had)) = from {
                request = request
                    .header(header::RANGE, format!("bytes={had}-"))
                    .header(header::IF_RANGE, &origin.version);
            }
            let response = timeout(limits.idle_timeout, request.send())
                .await
                .map_err(|_| stalled(url, limits))?
                .map_err(|error| no_answer(url, error))?;
            let status = response.status();
            if is_redirect(status) {
                hop = next_hop(&hop, &response).ok_or_else(|| InputError::Redirects { url: url.clone() })?;
            } else if server_trouble(status) {
                return Err(InputError::ServerTrouble { url: url.clone(), status: status.as_u16() });
            } else {
                return Ok(response);
            }
        }
        Err(InputError::Redirects { url: url.clone() })
    }

    /// Whether a request may go to `hop` on behalf of `asked`, as far as its text tells.
    fn check_hop(&self, asked: &Url, hop: &Url) -> Result<(), InputError> {
        if !matches!(hop.scheme(), "http" | "https") {
            return Err(InputError::Scheme { url: asked.clone(), scheme: hop.scheme().into() });
        }
        let address = match hop.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            _ => return Ok(()),
        };
        self.trust.check(&address.to_string(), address).map_err(|why| at_barred(asked, why))
    }
}

fn at_barred(url: &Url, why: Barred) -> InputError {
    InputError::Barred { url: url.clone(), why }
}

fn no_answer(url: &Url, error: reqwest::Error) -> InputError {
    if let Some(why) = barred(&error) {
        return at_barred(url, why.clone());
    }
    if !error.is_connect() {
        return broken(url, error);
    }
    InputError::Unreachable { url: url.clone(), source: error.without_url().into() }
}

pub(super) fn broken(url: &Url, error: reqwest::Error) -> InputError {
    InputError::Broken { url: url.clone(), source: error.without_url().into() }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn next_hop(from: &Url, response: &Response) -> Option<Url> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    from.join(location).ok()
}

/// Statuses that say "later" rather than "no".
fn server_trouble(status: StatusCode) -> bool {
    match status.as_u16() {
        408 | 425 | 429 => true,
        501 | 505 => false,
        _ => status.is_server_error(),
    }
}

pub(super) fn stalled(url: &Url, limits: &Limits) -> InputError {
    InputError::Stalled { url: url.clone(), seconds: limits.idle_timeout.as_secs() }
}
