//! Where results are handed over: the trait, and a pool's HTTP store.
//!
//! It does not decide who may fetch a result: the pool that keeps it does.

use crate::poco::TaskId;
use crate::poco::messages::{Denial, Envelope, Purpose};
use crate::poco::{Class, Fault, signature};
use alloy::primitives::{Address, B256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH};
use reqwest::{Body, Client, StatusCode};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use url::Url;

/// A pool that takes longer than this between two bytes is asked again later.
const IDLE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);

/// What is handed over for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The task.
    pub task: TaskId,
    /// The archive.
    pub archive: PathBuf,
    /// The callback's bytes, when the deal has a callback.
    pub callback: Option<PathBuf>,
}

/// What keeps a result from being handed over.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store does not answer.
    #[error("the store at {store} does not answer: {reason}")]
    Unreachable {
        /// The store.
        store: String,
        /// What happened.
        reason: String,
    },
    /// The store said no.
    #[error("the store at {store} refuses the result: {reason}")]
    Refused {
        /// The store.
        store: String,
        /// Its reason.
        reason: String,
        /// Whether asking later may help.
        retry: bool,
    },
    /// What is to be handed over is not there.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Fault for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "P-ST-001",
            Self::Refused { .. } => "P-ST-002",
            Self::Unreadable { .. } => "P-ST-003",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. } | Self::Refused { retry: true, .. } => Class::Retry,
            Self::Refused { .. } | Self::Unreadable { .. } => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "check that the pool is up; the result is offered until the final deadline"
            }
            Self::Refused { .. } => "the pool's reason says what to mend",
            Self::Unreadable { .. } => "check owner and mode of the work folder, and who else writes there",
        }
        .into()
    }
}

/// A place for results.
#[async_trait]
pub trait ResultStore: Send + Sync {
    /// Hands a result over and gives its place. Handing over twice is no error.
    async fn put(&self, delivery: &Delivery) -> Result<String, StoreError>;
}

/// The store of a pool, by HTTP.
pub struct HttpStore {
    client: Client,
    pool: Url,
    chain_id: u64,
    workerpool: Address,
    key: PrivateKeySigner,
}

/// The client of whatever is asked of a pool: the next question goes over the same connection.
///
/// # Errors
/// TLS cannot be set up.
pub fn pool_client() -> reqwest::Result<Client> {
    Client::builder().connect_timeout(CONNECT).read_timeout(IDLE).build()
}

impl HttpStore {
    /// The store of `workerpool` at the URL `pool`; deliveries are signed with the worker's `key`.
    pub fn new(client: Client, pool: Url, chain_id: u64, workerpool: Address, key: PrivateKeySigner) -> Self {
        Self { client, pool, chain_id, workerpool, key }
    }

    fn url(&self, path: &str) -> Result<Url, StoreError> {
        self.pool.join(path).map_err(|error| StoreError::Unreachable {
            store: self.pool.to_string(),
            reason: error.to_string(),
        })
    }

    /// Where the pool has the task's result already, from another worker or from us.
    async fn kept(&self, task: TaskId) -> Result<Option<String>, StoreError> {
        #[derive(Deserialize)]
        struct Standing {
            result: Option<String>,
        }
        let asking = self.client.get(self.url(&format!("v1/tasks/{task}"))?).send();
        let answer = asking.await.map_err(|error| unreachable(&self.pool, &error))?;
        // A pool that says anything else is to say it of the result itself.
        Ok(answer.json::<Standing>().await.ok().and_then(|standing| standing.result))
    }

    async fn send(&self, task: TaskId, purpose: Purpose, file: &Path) -> Result<String, StoreError> {
        let part = match purpose {
            Purpose::Callback => "callback",
            _ => "result",
        };
        let url = self.url(&format!("v1/tasks/{task}/{part}"))?;
        let (content, length) = hash_file(file, purpose).await?;
        let worker = self.key.address();
        let envelope = Envelope { chain_id: self.chain_id, workerpool: self.workerpool, task, worker };
        let signed = signature::sign(envelope.digest(purpose, content), &self.key).map_err(|error| {
            StoreError::Refused { store: self.pool.to_string(), reason: error.to_string(), retry: false }
        })?;
        let opened = tokio::fs::File::open(file).await.map_err(|source| unreadable(file, source))?;
        let body = Body::wrap_stream(tokio_util::io::ReaderStream::new(opened));
        let answer = self
            .client
            .put(url)
            .header(AUTHORIZATION, format!("Poco {worker} {signed} {content}"))
            .header(CONTENT_LENGTH, length)
            .body(body)
            .send()
            .await
            .map_err(|error| unreachable(&self.pool, &error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| unreachable(&self.pool, &error))?;
        if status == StatusCode::OK {
            return Ok(text);
        }
        let denial = serde_json::from_str::<Denial>(&text).unwrap_or_else(|_| Denial {
            code: status.as_str().to_owned(),
            reason: format!("it answered {status}"),
            retry: status.is_server_error(),
        });
        Err(StoreError::Refused {
            store: self.pool.to_string(),
            reason: format!("{}: {}", denial.code, denial.reason),
            retry: denial.retry,
        })
    }
}

#[async_trait]
impl ResultStore for HttpStore {
    async fn put(&self, delivery: &Delivery) -> Result<String, StoreError> {
        if let Some(callback) = &delivery.callback {
            self.send(delivery.task, Purpose::Callback, callback).await?;
        }
        // Several workers have the same result, and it may be large: one of them is enough.
        match self.kept(delivery.task).await? {
            Some(place) => Ok(place),
            None => self.send(delivery.task, Purpose::Result, &delivery.archive).await,
        }
    }
}

/// What the signature covers: keccak-256 of a callback, as the chain itself checks it; sha-256 of an archive.
async fn hash_file(path: &Path, purpose: Purpose) -> Result<(B256, u64), StoreError> {
    let mut file = tokio::fs::File::open(path).await.map_err(|source| unreadable(path, source))?;
    if purpose == Purpose::Callback {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.map_err(|source| unreadable(path, source))?;
        return Ok((keccak256(&bytes), bytes.len() as u64));
    }
    let (mut hash, mut length, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).await.map_err(|source| unreadable(path, source))?;
        if read == 0 {
            return Ok((B256::from_slice(&hash.finalize()), length));
        }
        hash.update(&buffer[..read]);
        length += read as u64;
    }
}

fn unreachable(store: &Url, error: &reqwest::Error) -> StoreError {
    StoreError::Unreachable { store: store.to_string(), reason: crate::poco::chain_of(error) }
}

fn unreadable(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Unreadable { path: path.to_owned(), source }
}
