//! Where a worker's inputs come from: the network, and what was fetched before.

use super::cache::Cache;
use super::checksum::Checksum;
use super::{Fetch, HttpFetch, InputError, Limits, Settings, apart};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

/// What downloads, what it may cost, and what was downloaded before. One serves all tasks of a worker.
#[derive(Clone)]
pub struct Supply {
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) limits: Limits,
    pub(super) cache: Option<Cache>,
}

impl Supply {
    /// A supply by HTTP, with its cache in the folder `cache`.
    ///
    /// # Errors
    /// [`InputError::Client`].
    pub fn open(settings: &Settings, cache: PathBuf) -> Result<Self, InputError> {
        Ok(Self {
            fetch: Arc::new(HttpFetch::new(settings)?),
            limits: settings.limits.clone(),
            cache: Some(Cache::new(cache, settings.cache_bytes)),
        })
    }

    /// A supply by anything that downloads, without a cache.
    pub fn by(fetch: Arc<dyn Fetch>, limits: Limits) -> Self {
        Self { fetch, limits, cache: None }
    }

    /// Gets `url` into the file `to` and gives the number of its bytes. What was promised a checksum has it.
    pub(super) async fn get(
        &self,
        url: &Url,
        sum: Option<Checksum>,
        to: &Path,
        cancel: &CancellationToken,
    ) -> Result<u64, InputError> {
        let Some(sum) = sum else { return self.fetch.fetch(url, to, &self.limits, cancel).await };
        if let Some(cache) = self.cache.clone() {
            let copy = to.to_path_buf();
            if blocking(move || cache.take(sum, &copy)).await? {
                let bytes = fs::metadata(to).map_err(|e| disk(to, e))?.len();
                return self.small_enough(url, bytes);
            }
        }
        let (bytes, taken) = self.fetch.fetch_hashed(url, to, &self.limits, cancel).await?;
        let (cache, url, to) = (self.cache.clone(), url.clone(), to.to_path_buf());
        blocking(move || {
            let read_back = || File::open(&to).and_then(|mut file| Checksum::of(&mut file, &mut io::sink()));
            let found = taken.map_or_else(read_back, |sum| Ok(Checksum(sum))).map_err(|e| disk(&to, e))?;
            if found != sum {
                return Err(InputError::Checksum {
                    url,
                    found: found.to_string().into(),
                    wanted: sum.to_string().into(),
                });
            }
            if let Some(cache) = cache {
                cache.keep(sum, &to);
            }
            Ok(bytes)
        })
        .await
    }

    /// What is cached was small enough once, and the operator may have changed their mind.
    fn small_enough(&self, url: &Url, bytes: u64) -> Result<u64, InputError> {
        let limit_bytes = self.limits.max_file_bytes;
        if bytes > limit_bytes {
            Err(InputError::TooLarge { url: url.clone(), limit_bytes })
        } else {
            Ok(bytes)
        }
    }
}

fn disk(path: &Path, source: io::Error) -> InputError {
    InputError::Disk { path: path.to_path_buf(), source }
}

/// Hashing, copying and unpacking belong on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, InputError> + Send + 'static,
) -> Result<T, InputError> {
    match apart(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
