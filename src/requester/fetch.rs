//! Results and what pools say, by HTTP.

use super::RequesterError;
use crate::chain::{Chain, EvmChain, Task};
use crate::dapp::{self, AppFacts, ImageConfig, ProofRule, Request, TaskFacts};
use crate::poco::{ResultDigest, TaskId, TaskStatus, WorkerpoolOrder, chain_of};
use alloy::primitives::keccak256;
use futures_util::StreamExt;
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use url::Url;

const CONNECT: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);
/// The file whose bytes the digest is taken of, when the dapp wrote it.
const CONSENSUS: &str = "consensus.iexec";

/// A fetched result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it was put.
    pub path: PathBuf,
    /// Where it came from.
    pub location: String,
    /// Whether its consensus.iexec has the digest that the chain has; none when no such file proves it.
    pub proved: Option<bool>,
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

/// Fetches a task's archive to `path`, and holds it against the chain where its consensus.iexec allows it.
pub async fn fetch(chain: &EvmChain, id: TaskId, path: PathBuf) -> Result<Fetched, RequesterError> {
    let location = location(chain, id).await?;
    let url = Url::parse(&location).map_err(|_| RequesterError::Elsewhere(location.clone()))?;
    download(&url, &path).await?;
    let task = chain.task(id).await?;
    let file = path.clone();
    let found = match by_consensus_file(chain, &task).await? {
        true => tokio::task::spawn_blocking(move || consensus_digest(&file)).await.ok().flatten(),
        false => None,
    };
    let proved = match (found, task.digest) {
        (Some(found), Some(proved)) if found != proved => {
            return Err(RequesterError::NotProved { found, proved });
        }
        (found, _) => found.map(|_| true),
    };
    Ok(Fetched { path, location, proved })
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

/// Whether a consensus.iexec proves this task: the live network's dapps may leave a file of that name for other ends.
async fn by_consensus_file(chain: &EvmChain, task: &Task) -> Result<bool, RequesterError> {
    let deal = chain.deal(task.deal).await?;
    let app = chain.app(deal.app.pointer).await?;
    let request = Request {
        task: TaskFacts {
            task: task.id,
            deal: deal.id,
            index: task.index,
            bot_first: deal.bot_first,
            bot_size: deal.bot_size,
            callback: (!deal.callback.is_zero()).then_some(deal.callback),
        },
        app: AppFacts {
            kind: app.kind,
            multiaddr: String::from_utf8_lossy(&app.multiaddr).into_owned(),
            checksum: None,
        },
        dataset: None,
        params: deal.params,
    };
    let contract = dapp::contract_for(&request);
    let launch = contract.launch(&request, &dapp::Fetched::default(), &ImageConfig::default());
    Ok(launch.is_ok_and(|launch| matches!(launch.proof, ProofRule::Consensus { .. })))
}

/// keccak-256 of the archive's consensus.iexec; none when it has none.
fn consensus_digest(path: &Path) -> Option<ResultDigest> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).ok()?).ok()?;
    let mut entry = archive.by_name(CONSENSUS).ok()?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).ok()?;
    Some(ResultDigest(keccak256(bytes)))
}

fn client(peer: &Url) -> Result<Client, RequesterError> {
    let built = Client::builder().connect_timeout(CONNECT).read_timeout(IDLE).build();
    built.map_err(|error| unreachable(peer, &error))
}

fn unreachable(peer: &Url, error: &reqwest::Error) -> RequesterError {
    RequesterError::Unreachable { peer: peer.to_string(), reason: chain_of(error) }
}

fn bad(peer: &Url, answer: String) -> RequesterError {
    RequesterError::BadAnswer { peer: peer.to_string(), answer }
}
