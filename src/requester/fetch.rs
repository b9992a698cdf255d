//! Results and what pools say, by HTTP.

use super::RequesterError;
use crate::chain::{Chain, EvmChain};
use crate::poco::{TaskId, TaskStatus, WorkerpoolOrder, chain_of};
use crate::results::{self, DigestRule};
use futures_util::StreamExt;
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use url::Url;

/// A fetched result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it was put.
    pub path: PathBuf,
    /// Where it came from.
    pub location: String,
    /// The rule by which it has the digest that the chain has.
    pub rule: DigestRule,
}

#[derive(Deserialize)]
struct Results {
    storage: String,
    location: String,
}

/// The pool's own order for a category.
pub async fn pool_order(pool: &Url, category: u64) -> Result<WorkerpoolOrder, RequesterError> {
    get(pool, &format!("v1/order?category={category}")).await
}

/// How a pool says that a task stands: who gave up and why, and where its result is.
pub async fn pool_view(pool: &Url, task: TaskId) -> Result<serde_json::Value, RequesterError> {
    get(pool, &format!("v1/tasks/{task}")).await
}

/// Where the chain says that a task's result lies.
pub async fn location(chain: &EvmChain, id: TaskId) -> Result<String, RequesterError> {
    let task = chain.task(id).await?;
    if task.status != TaskStatus::Completed {
        return Err(RequesterError::NoResult { task: id, status: task.status });
    }
    let text = String::from_utf8_lossy(&task.results).into_owned();
    match serde_json::from_str::<Results>(&text) {
        Ok(results) if results.storage == "http" => Ok(results.location),
        _ => Err(RequesterError::Elsewhere(text)),
    }
}

/// Fetches a task's archive to `path`, unless its content is not what the chain has proved.
pub async fn fetch(chain: &EvmChain, id: TaskId, path: PathBuf) -> Result<Fetched, RequesterError> {
    let location = location(chain, id).await?;
    let url = Url::parse(&location).map_err(|_| RequesterError::Elsewhere(location.clone()))?;
    let task = chain.task(id).await?;
    let proved = task.digest.ok_or(RequesterError::NoResult { task: id, status: task.status })?;
    let failed = |source| RequesterError::File { path: path.clone(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // What is not proved never stands under the name that was asked for.
    let temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    download(&url, temporary.path()).await?;
    let file = temporary.path().to_owned();
    let recognising = tokio::task::spawn_blocking(move || results::recognise(&file, proved));
    let rule = recognising
        .await
        .map_err(|error| failed(std::io::Error::other(error)))??
        .ok_or(RequesterError::NotProved { task: id, proved })?;
    temporary.persist(&path).map_err(|error| failed(error.error))?;
    Ok(Fetched { path, location, rule })
}

async fn get<T: DeserializeOwned>(pool: &Url, path: &str) -> Result<T, RequesterError> {
    let url = pool.join(path).map_err(|error| bad(pool, error.to_string()))?;
    let answer = client(pool)?.get(url).send().await.map_err(|error| unreachable(pool, &error))?;
    if !answer.status().is_success() {
        return Err(bad(pool, answer.status().to_string()));
    }
    answer.json().await.map_err(|error| bad(pool, chain_of(&error)))
}

async fn download(url: &Url, path: &Path) -> Result<(), RequesterError> {
    let answer = client(url)?.get(url.clone()).send().await.map_err(|error| unreachable(url, &error))?;
    if !answer.status().is_success() {
        return Err(bad(url, answer.status().to_string()));
    }
    let failed = |source| RequesterError::File { path: path.to_owned(), source };
    let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreachable(url, &error))?;
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
}

fn client(peer: &Url) -> Result<Client, RequesterError> {
    results::pool_client().map_err(|error| unreachable(peer, &error))
}

fn unreachable(peer: &Url, error: &reqwest::Error) -> RequesterError {
    RequesterError::Unreachable { peer: peer.to_string(), reason: chain_of(error) }
}

fn bad(peer: &Url, answer: String) -> RequesterError {
    RequesterError::BadAnswer { peer: peer.to_string(), answer }
}
