//! A download under way, on disk: what came so far, and what it is a part of.
//!
//! ```text
//! input-0.part   the bytes          input-0.origin   the URL, and the server's word for this very version
//! ```
//!
//! Both lie in the task's own folder and outlive the process, so a break of the connection and a restart of the
//! worker are the same thing: the rest is asked for, and only if the server still has that version. Without a
//! word that names a version byte for byte there is nothing to go on from, and the download begins anew.

use reqwest::header::{self, HeaderMap};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::{self, File, OpenOptions};
use url::Url;

/// By RFC 9110 (8.8.2.2) a date names a version once the file was left alone for so long.
const SETTLED: Duration = Duration::from_secs(60);

/// The files of one download.
pub(super) struct Part {
    whole: PathBuf,
    bytes: PathBuf,
    origin: PathBuf,
}

/// What the bytes are a part of.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Origin {
    pub(super) url: Url,
    /// A strong `ETag`, or a `Last-Modified` that is as good.
    pub(super) version: String,
}

impl Part {
    /// The part of what is to become the file `whole`.
    pub(super) fn of(whole: &Path) -> Self {
        Self {
            whole: whole.to_path_buf(),
            bytes: whole.with_added_extension("part"),
            origin: whole.with_added_extension("origin"),
        }
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        &self.bytes
    }

    /// How many bytes there are.
    pub(super) async fn len(&self) -> u64 {
        fs::metadata(&self.bytes).await.map_or(0, |file| file.len())
    }

    /// What to go on from; none when nothing is there that can be gone on from.
    pub(super) async fn origin(&self, url: &Url) -> Option<Origin> {
        let text = fs::read(&self.origin).await.ok()?;
        serde_json::from_slice(&text).ok().filter(|origin: &Origin| origin.url == *url)
    }

    /// An empty part of the version that `headers` tell.
    pub(super) async fn begin(&self, url: &Url, headers: &HeaderMap) -> io::Result<File> {
        // The word about the bytes goes before they do, and comes after.
        self.forget().await?;
        let file = File::create(&self.bytes).await?;
        if let Some(version) = version(headers) {
            let origin = Origin { url: url.clone(), version };
            fs::write(&self.origin, serde_json::to_vec(&origin)?).await?;
        }
        Ok(file)
    }

    /// The part, to be added to.
    pub(super) async fn go_on(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.bytes).await
    }

    /// Nothing can be gone on from any more.
    pub(super) async fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.origin).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// The part is the whole.
    pub(super) async fn finish(&self) -> io::Result<()> {
        self.forget().await?;
        fs::rename(&self.bytes, &self.whole).await
    }
}

/// The server's word for the very bytes it sends.
pub(super) fn version(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(tag) = text(header::ETAG) {
        return (tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2).then(|| tag.to_owned());
    }
    let modified = text(header::LAST_MODIFIED)?;
    let date = |text| httpdate::parse_http_date(text).ok();
    let rest = date(text(header::DATE)?)?.duration_since(date(modified)?).ok()?;
    (rest >= SETTLED).then(|| modified.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn told(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        version(&headers.collect())
    }

    #[test]
    fn only_what_names_the_very_bytes_is_gone_on_from() {
        let old = ("last-modified", "Sat, 21 Nov 2026 10:00:00 GMT");
        let now = ("date", "Sat, 21 Nov 2026 10:01:00 GMT");
        assert_eq!(told(&[("etag", "\"v1\"")]).as_deref(), Some("\"v1\""));
        assert_eq!(
            told(&[("etag", "W/\"v1\""), old, now]),
            None,
            "a weak tag tells that the date is no better"
        );
        assert_eq!(told(&[("etag", "v1")]), None);
        assert_eq!(told(&[old, now]).as_deref(), Some("Sat, 21 Nov 2026 10:00:00 GMT"));
        assert_eq!(told(&[old, ("date", "Sat, 21 Nov 2026 10:00:59 GMT")]), None);
        assert_eq!(told(&[old]), None);
        assert_eq!(told(&[("last-modified", "yesterday"), now]), None);
    }
}
