//! The worker's side of the pool's HTTP interface: leave to contribute, and word of what will not be done.

use super::WorkerError;
use crate::poco::messages::{AuthorizationRequest, Denial, Envelope, Purpose, Report};
use crate::poco::{Authorization, TaskId, chain_of, signature};
use alloy::primitives::{Address, B256, Bytes};
use alloy::signers::local::PrivateKeySigner;
use reqwest::{Client, RequestBuilder, Response};
use serde::Serialize;
use std::time::Duration;
use url::Url;

/// A pool answers such small questions at once, or is not well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker's link to its pool.
pub struct PoolLink {
    client: Client,
    pool: Url,
    chain_id: u64,
    workerpool: Address,
    key: PrivateKeySigner,
}

impl PoolLink {
    /// The link of `key`'s worker to `workerpool` at the URL `pool`.
    pub fn new(
        pool: Url,
        chain_id: u64,
        workerpool: Address,
        key: PrivateKeySigner,
    ) -> Result<Self, WorkerError> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| WorkerError::PoolUnreachable { pool: pool.clone(), reason: chain_of(&error) })?;
        Ok(Self { client, pool, chain_id, workerpool, key })
    }

    /// Asks for leave to contribute to `task`, and checks that the hub would take it from `owner`.
    pub async fn authorize(&self, task: TaskId, owner: Address) -> Result<Authorization, WorkerError> {
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

    /// Tells why `task` will not be done here, so that another worker is let in and the requester can read it.
    pub async fn report(&self, task: TaskId, code: String, reason: String) -> Result<(), WorkerError> {
        let signature = self.sign(task, Purpose::Report, Report::content(&code, &reason))?;
        let report = Report { worker: self.key.address(), code, reason, signature };
        self.post(task, "report", &report).await.map(drop)
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
        self.answer(self.client.post(url).json(message)).await
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
