//! GET one URL into one file: the seam to the outside, and its real implementation.
//!
//! Every hop, the first and each redirect, is checked: its scheme, its host when that is an address, and what
//! its name resolves to where the client asks for it ([`super::resolve`]). No body is held in memory. Redirects
//! are followed here and not by the client, so that none escapes the check. Proxies of the environment are not
//! used: which hosts are reached must not depend on who started us.

use super::resolve::{Guarded, barred};
use super::{Barred, InputError, Limits, Settings, Trust};
use backon::{ExponentialBuilder, Retryable};
use futures_util::future::BoxFuture;
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::{fs::File, io::AsyncWriteExt, io::BufWriter, time::timeout};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// Bytes gathered before the disk is asked to take them.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// Something that downloads.
pub trait Fetch: Send + Sync {
    /// Writes what `url` gives to the file `to`, which is made or emptied, and returns the number of its bytes.
    /// After an error the file may hold a part. Dropping the future ends the download too.
    ///
    /// # Errors
    /// The download errors of [`InputError`], after as many tries as `limits` say.
    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        limits: &'a Limits,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>>;
}

/// Downloads by HTTP.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    client: Client,
    trust: Arc<Trust>,
}

impl HttpFetch {
    /// A client that reaches what `settings` allow.
    ///
    /// # Errors
    /// [`InputError::Client`] when TLS cannot be set up.
    pub fn new(settings: &Settings) -> Result<Self, InputError> {
        let trust = Arc::new(settings.trust.clone());
        let client = Client::builder()
            .user_agent(concat!("poco/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.limits.connect_timeout)
            .dns_resolver(Guarded(trust.clone()))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|source| InputError::Client { source })?;
        Ok(Self { client, trust })
    }

    async fn with_retries(&self, url: &Url, to: &Path, limits: &Limits) -> Result<u64, InputError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(limits.first_pause)
            .with_max_times(limits.attempts.saturating_sub(1));
        let tries = (|| self.once(url, to, limits)).retry(backoff).when(may_pass);
        timeout(limits.total_timeout, tries)
            .await
            .map_err(|_| InputError::TooSlow { url: url.clone(), seconds: limits.total_timeout.as_secs() })?
    }

    async fn once(&self, url: &Url, to: &Path, limits: &Limits) -> Result<u64, InputError> {
        let mut response = self.open(url, limits).await?;
        let too_large = || InputError::TooLarge { url: url.clone(), limit_bytes: limits.max_file_bytes };
        if response.content_length().is_some_and(|declared| declared > limits.max_file_bytes) {
            return Err(too_large());
        }
        let disk = |source| InputError::Disk { path: to.to_path_buf(), source };
        let mut file = BufWriter::with_capacity(WRITE_BUFFER_BYTES, File::create(to).await.map_err(disk)?);
        let mut bytes: u64 = 0;
        while let Some(chunk) = timeout(limits.idle_timeout, response.chunk())
            .await
            .map_err(|_| stalled(url, limits))?
            .map_err(|source| InputError::Broken { url: url.clone(), source: source.without_url().into() })?
        {
            bytes = bytes.saturating_add(chunk.len() as u64);
            if bytes > limits.max_file_bytes {
                return Err(too_large());
            }
            file.write_all(&chunk).await.map_err(disk)?;
        }
        file.flush().await.map_err(disk)?;
        Ok(bytes)
    }

    /// Follows redirects to the answer that carries the file.
    async fn open(&self, url: &Url, limits: &Limits) -> Result<Response, InputError> {
        let mut hop = url.clone();
        for _ in 0..=limits.redirects {
            self.check_hop(url, &hop)?;
            let request = self.client.get(hop.clone()).header(header::ACCEPT_ENCODING, "identity");
            let response = timeout(limits.idle_timeout, request.send())
                .await
                .map_err(|_| stalled(url, limits))?
                .map_err(|error| no_answer(url, error))?;
            let status = response.status();
            if is_redirect(status) {
                hop = next_hop(&hop, &response).ok_or_else(|| InputError::Redirects { url: url.clone() })?;
            } else if status == StatusCode::OK {
                return Ok(response);
            } else if server_trouble(status) {
                return Err(InputError::ServerTrouble { url: url.clone(), status: status.as_u16() });
            } else {
                return Err(InputError::Refused { url: url.clone(), status: status.as_u16() });
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

impl Fetch for HttpFetch {
    fn fetch<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        limits: &'a Limits,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<u64, InputError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => Err(InputError::Cancelled),
                done = self.with_retries(url, to, limits) => done,
            }
        })
    }
}

fn at_barred(url: &Url, why: Barred) -> InputError {
    InputError::Barred { url: url.clone(), why }
}

fn no_answer(url: &Url, error: reqwest::Error) -> InputError {
    if let Some(why) = barred(&error) {
        return at_barred(url, why.clone());
    }
    let (url, connecting) = (url.clone(), error.is_connect());
    let source = error.without_url().into();
    if connecting { InputError::Unreachable { url, source } } else { InputError::Broken { url, source } }
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

fn may_pass(error: &InputError) -> bool {
    matches!(
        error,
        InputError::Unreachable { .. }
            | InputError::ServerTrouble { .. }
            | InputError::Stalled { .. }
            | InputError::Broken { .. }
    )
}

fn stalled(url: &Url, limits: &Limits) -> InputError {
    InputError::Stalled { url: url.clone(), seconds: limits.idle_timeout.as_secs() }
}
