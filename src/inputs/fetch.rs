//! GET one URL into one file: the seam to the outside, and its real implementation.
//!
//! Every hop, the first and each redirect, is checked: its scheme, its host when that is an address, and what
//! its name resolves to where the client asks for it ([`super::resolve`]). No body is held in memory. Redirects
//! are followed here and not by the client, so that none escapes the check. Proxies of the environment are not
//! used: which hosts are reached must not depend on who started us.
//!
//! A try goes on where the one before broke off ([`super::part`]), and tries are counted from the last byte that
//! came: a large file over a bad line needs as many as it needs, within its time.

use super::part::{Origin, Part, version};
use super::resolve::{Guarded, barred};
use super::{Barred, InputError, Limits, Settings, Trust};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::future::BoxFuture;
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::{
    io::AsyncWriteExt,
    io::BufWriter,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// Bytes gathered before the disk is asked to take them.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// Something that downloads.
pub trait Fetch: Send + Sync {
    /// Makes `to` the file that `url` gives, and returns the number of its bytes. What an earlier call left beside
    /// `to` may be gone on with. Dropping the future ends the download too.
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
            .with_max_times(limits.attempts.saturating_sub(1))
            .with_jitter();
        let part = Part::of(to);
        let tries = async {
            let mut pauses = backoff.build();
            let mut had = part.len().await;
            loop {
                let error = match self.once(url, &part, limits).await {
                    Err(error) if may_pass(&error) => error,
                    done => return done,
                };
                let has = part.len().await;
                if has > had {
                    pauses = backoff.build();
                }
                had = has;
                sleep(pauses.next().ok_or(error)?).await;
            }
        };
        timeout(limits.total_timeout, tries)
            .await
            .map_err(|_| InputError::TooSlow { url: url.clone(), seconds: limits.total_timeout.as_secs() })?
    }

    /// One try: the whole, or what is missing of it.
    async fn once(&self, url: &Url, part: &Part, limits: &Limits) -> Result<u64, InputError> {
        let disk = |source| InputError::Disk { path: part.path().to_path_buf(), source };
        let had = part.len().await;
        let origin = if had > 0 { part.origin(url).await } else { None };
        let mut response = self.open(url, limits, origin.as_ref().map(|origin| (origin, had))).await?;
        let (had, file) = match response.status() {
            StatusCode::PARTIAL_CONTENT if continues(&response, origin.as_ref(), had) => {
                (had, part.go_on().await.map_err(disk)?)
            }
            StatusCode::OK => (0, part.begin(url, response.headers()).await.map_err(disk)?),
            // The server has fewer bytes than came of this version, or sends others than were asked for.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if origin.is_some() => {
                part.forget().await.map_err(disk)?;
                return Err(InputError::Broken { url: url.clone(), source: "it sent another part".into() });
            }
            status => return Err(InputError::Refused { url: url.clone(), status: status.as_u16() }),
        };
        let too_large = || InputError::TooLarge { url: url.clone(), limit_bytes: limits.max_file_bytes };
        let room = limits.max_file_bytes.saturating_sub(had);
        if response.content_length().is_some_and(|declared| declared > room) {
            return Err(too_large());
        }
        let mut file = BufWriter::with_capacity(WRITE_BUFFER_BYTES, file);
        let mut came: u64 = 0;
        let end = loop {
            let chunk = match timeout(limits.idle_timeout, response.chunk()).await {
                Err(_) => break Err(stalled(url, limits)),
                Ok(Err(error)) => break Err(broken(url, error)),
                Ok(Ok(None)) => break Ok(()),
                Ok(Ok(Some(chunk))) => chunk,
            };
            came = came.saturating_add(chunk.len() as u64);
            if came > room {
                break Err(too_large());
            }
            file.write_all(&chunk).await.map_err(disk)?;
        };
        // What came before a break is what the next try goes on from.
        file.flush().await.map_err(disk)?;
        end?;
        part.finish().await.map_err(disk)?;
        Ok(had + came)
    }

    /// Follows redirects to the answer that carries the file, or what is missing of it.
    async fn open(
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
    if !error.is_connect() {
        return broken(url, error);
    }
    InputError::Unreachable { url: url.clone(), source: error.without_url().into() }
}

fn broken(url: &Url, error: reqwest::Error) -> InputError {
    InputError::Broken { url: url.clone(), source: error.without_url().into() }
}

/// Whether an answer carries on with that version from that byte.
fn continues(response: &Response, origin: Option<&Origin>, had: u64) -> bool {
    let told = version(response.headers());
    let same = origin.is_some_and(|origin| told.is_none_or(|told| told == origin.version));
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    same && range.is_some_and(|range| range.starts_with(&format!("bytes {had}-")))
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
