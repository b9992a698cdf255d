//! GET one URL into one file: the seam to the outside, and its real implementation.
//!
//! No body is held in memory. A try goes on where the one before broke off ([`super::part`]), and tries are counted
//! from the last byte that came: a large file over a bad line needs as many as it needs, within its time.

use super::door::{Door, broken, stalled};
use super::ipfs::Gateways;
use super::part::{Origin, Part, version};
use super::sink::Sink;
use super::{InputError, Limits, Settings};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::future::BoxFuture;
use reqwest::{Response, StatusCode, header};
use std::path::Path;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The scheme of what is named by its content.
pub(super) const IPFS: &str = "ipfs";

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

    /// As [`Self::fetch`], and gives the file's sha-256 beside the number of its bytes, if it can be taken on the way.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    fn fetch_hashed<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        limits: &'a Limits,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Got, InputError>> {
        Box::pin(async move { Ok((self.fetch(url, to, limits, cancel).await?, None)) })
    }
}

/// The number of a file's bytes, and their sha-256 if it was taken.
pub type Got = (u64, Option<[u8; 32]>);

/// Downloads by HTTP, and over its gateways what is named by its content.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    door: Door,
    gateways: Option<Gateways>,
}

impl HttpFetch {
    /// A client that reaches what `settings` allow.
    ///
    /// # Errors
    /// [`InputError::Client`] when TLS cannot be set up.
    pub fn new(settings: &Settings) -> Result<Self, InputError> {
        let door = Door::new(settings.trust.clone(), settings.limits.connect_timeout)?;
        Ok(Self { door, gateways: Gateways::new(settings)? })
    }

    async fn with_retries(
        &self,
        url: &Url,
        to: &Path,
        limits: &Limits,
        hashed: bool,
    ) -> Result<Got, InputError> {
        let backoff = backoff(limits);
        let part = Part::of(to);
        let tries = async {
            if url.scheme() == IPFS {
                let none = || InputError::NoGateway { url: url.clone() };
                return self.gateways.as_ref().ok_or_else(none)?.fetch(url, &part, limits, hashed).await;
            }
            let mut pauses = backoff.build();
            let mut had = part.len().await;
            loop {
                let error = match self.once(url, &part, limits, hashed).await {
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
    async fn once(&self, url: &Url, part: &Part, limits: &Limits, hashed: bool) -> Result<Got, InputError> {
        let disk = |source| InputError::Disk { path: part.path().to_path_buf(), source };
        let had = part.len().await;
        let origin = if had > 0 { part.origin(url).await } else { None };
        let mut response = self.door.open(url, limits, origin.as_ref().map(|origin| (origin, had))).await?;
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
        let mut sink = Sink::new(file.into_std().await, hashed.then(|| (part.path().to_path_buf(), had)));
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
            if !sink.take(chunk).await {
                break Ok(());
            }
        };
        // What came before a break is what the next try goes on from.
        let sum = sink.finish().await.map_err(disk)?;
        end?;
        part.finish().await.map_err(disk)?;
        Ok((had + came, sum))
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
        Box::pin(async move { Ok(unless(cancel, self.with_retries(url, to, limits, false)).await?.0) })
    }

    fn fetch_hashed<'a>(
        &'a self,
        url: &'a Url,
        to: &'a Path,
        limits: &'a Limits,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Got, InputError>> {
        Box::pin(unless(cancel, self.with_retries(url, to, limits, true)))
    }
}

/// What `work` gives, unless it is called off before.
async fn unless<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, InputError>>,
) -> Result<T, InputError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(InputError::Cancelled),
        done = work => done,
    }
}

/// The pauses between two tries.
pub(super) fn backoff(limits: &Limits) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(limits.first_pause)
        .with_max_times(limits.attempts.saturating_sub(1))
        .with_jitter()
}

/// Whether an answer carries on with that version from that byte.
fn continues(response: &Response, origin: Option<&Origin>, had: u64) -> bool {
    let told = version(response.headers());
    let same = origin.is_some_and(|origin| told.is_none_or(|told| told == origin.version));
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    same && range.is_some_and(|range| range.starts_with(&format!("bytes {had}-")))
}

pub(super) fn may_pass(error: &InputError) -> bool {
    matches!(
        error,
        InputError::Unreachable { .. }
            | InputError::ServerTrouble { .. }
            | InputError::Stalled { .. }
            | InputError::Broken { .. }
    )
}
