//! Who speaks: every message that changes something is signed by the worker that it speaks of.

use super::PoolError;
use crate::poco::messages::{Envelope, Purpose};
use crate::poco::{TaskId, signature};
use alloy::primitives::{Address, B256, Bytes};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// Where this pool's messages belong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    pub(super) chain_id: u64,
    pub(super) workerpool: Address,
}

impl Gate {
    /// Checks that `worker` signed a message with this content.
    pub(super) fn check(
        &self,
        task: TaskId,
        worker: Address,
        purpose: Purpose,
        content: B256,
        signed: &Bytes,
    ) -> Result<(), PoolError> {
        let envelope = Envelope { chain_id: self.chain_id, workerpool: self.workerpool, task, worker };
        signature::verify(envelope.digest(purpose, content), signed, worker)
            .map_err(|_| PoolError::NotSigned(worker))
    }
}

/// Who sends a file and what it says the file is.
pub(super) struct Speaker {
    pub(super) worker: Address,
    pub(super) signature: Bytes,
    pub(super) content: B256,
}

/// Reads `Authorization: Poco <worker> <signature> <content hash>`.
pub(super) fn speaker(headers: &HeaderMap) -> Result<Speaker, PoolError> {
    let read = || {
        let mut words = headers.get(AUTHORIZATION)?.to_str().ok()?.split_whitespace();
        (words.next()? == "Poco").then_some(())?;
        let worker = words.next()?.parse().ok()?;
        let signature = words.next()?.parse().ok()?;
        let content = words.next()?.parse().ok()?;
        Some(Speaker { worker, signature, content })
    };
    read().ok_or(PoolError::NotSigned(Address::ZERO))
}
