//! A worker's link to its pool: leave to contribute, and word of what will not be done. The trait is the seam to the
//! outside, [`HttpPoolLink`] the worker's side of the pool's HTTP interface.

use super::WorkerError;
use crate::poco::messages::{AuthorizationRequest, Denial, Envelope, Purpose, Report};
use crate::poco::{Authorization, TaskId, chain_of, signature};
use alloy::primitives::{Address, B256, Bytes};
use alloy::signers::local::PrivateKeySigner;
use async_trait::async_trait;
use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use std::time::Duration;
use url::Url;

/// A pool answers such small questions at once, or is not well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker's link to its pool.
#[async_trait]
pub trait PoolLink: Send + Sync {
    /// Asks for leave to contribute to `task`, and checks that the hub would take it from `owner`.
    ///
    /// # Errors
    /// [`WorkerError::PoolUnreachable`], [`WorkerError::PoolDenied`], [`WorkerError::BadAuthorization`],
    /// [`WorkerError::Signing`].
    async fn authorize(&self, task: TaskId, owner: Address) -> Result<Authorization, WorkerError>;

    /// Tells why `task` will not be done here, so that another worker is let in and the requester can read it.
    ///
    /// # Errors
    /// [`WorkerError::PoolUnreachable`], [`WorkerError::PoolDenied`], [`WorkerError::Signing`].
    async fn report(&self, task: TaskId, code: String, reason: String) -> Result<(), WorkerError>;
}

/// A worker's link to its pool, by HTTP.
pub struct HttpPoolLink {
    client: Client,
    pool: Url,
    chain_id: u64,
    workerpool: Address,
    key: PrivateKeySigner,
}

impl HttpPoolLink {
    /// The link of `key`'s worker to `workerpool` at the URL `pool`.
    pub fn new(client: Client, pool: Url, chain_id: u64, workerpool: Address, key: PrivateKeySigner) -> Self {
        Self { client, pool, chain_id, workerpool, key }
    }

    fn sign(&self, task: TaskId, purpose: Purpose, content: B256) -> Result<Bytes, WorkerError> {
        let worker = self.key.address();
        let envelope = Envelope { chain_id: self.chain_id, workerpool: self.workerpool, task, worker };
        signature::sign(envelope.digest(purpose, content), &self.key)
            .map_err(|error| WorkerError::Signing(error.to_string()))
    }

    async fn post(
        &self,
        task: TaskId,
        what: &str,
        message: &impl Serialize,
    ) -> Result<Response, WorkerError> {
        let path = format!("v1/tasks/{task}/{what}");
        let url = self.pool.join(&path).map_err(|error| WorkerError::PoolUnreachable {
            pool: self.pool.clone(),
            reason: error.to_string(),
        })?;
        self.answer(self.client.post(url).timeout(PATIENCE).json(message)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, WorkerError> {
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let denial = answer.json::<Denial>().await.unwrap_or_else(|_| Denial {
            code: status.as_str().to_owned(),
            reason: format!("it answered {status}"),
            retry: status.is_server_error(),
        });
        Err(WorkerError::PoolDenied { code: denial.code, reason: denial.reason, retry: denial.retry })
    }

    fn unreachable(&self, error: &reqwest::Error) -> WorkerError {
        WorkerError::PoolUnreachable { pool: self.pool.clone(), reason: chain_of(error) }
    }
}

#[async_trait]
impl PoolLink for HttpPoolLink {
    async fn authorize(&self, task: TaskId, owner: Address) -> Result<Authorization, WorkerError> {
        let signature = self.sign(task, Purpose::Authorize, B256::ZERO)?;
        let asked = AuthorizationRequest { worker: self.key.address(), signature };
        let answer = self.post(task, "authorization", &asked).await?;
        let given: Authorization = answer.json().await.map_err(|error| self.unreachable(&error))?;
        if given.task != task || given.worker != self.key.address() {
            return Err(WorkerError::BadAuthorization("it is for another task or worker".into()));
        }
        given.verify(owner).map_err(|error| WorkerError::BadAuthorization(error.to_string()))?;
        Ok(given)
    }

    async fn report(&self, task: TaskId, code: String, reason: String) -> Result<(), WorkerError> {
        let signature = self.sign(task, Purpose::Report, Report::content(&code, &reason))?;
        let report = Report { worker: self.key.address(), code, reason, signature };
        self.post(task, "report", &report).await.map(drop)
    }
}
