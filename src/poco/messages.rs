//! What workers and their pool say to each other outside of the chain: only what the chain cannot carry.
//!
//! A worker proves who it is by an EIP-191 signature over what it says, bound to the hub, the pool and the task, so that a
//! message cannot be used for another purpose, task or chain.

use super::TaskId;
use alloy::primitives::{Address, B256, Bytes, eip191_hash_message, keccak256};
use serde::{Deserialize, Serialize};

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Asking for an authorisation to contribute.
    Authorize,
    /// Handing over the result's archive.
    Result,
    /// Handing over the callback's bytes.
    Callback,
    /// Telling why a task was not done.
    Report,
}

/// Where a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The chain.
    pub chain_id: u64,
    /// The workerpool.
    pub workerpool: Address,
    /// The task.
    pub task: TaskId,
    /// Who speaks.
    pub worker: Address,
}

impl Envelope {
    /// The digest to sign for a message whose content hashes to `content`.
    pub fn digest(&self, purpose: Purpose, content: B256) -> B256 {
        let purpose: &[u8] = match purpose {
            Purpose::Authorize => b"poco/authorize",
            Purpose::Result => b"poco/result",
            Purpose::Callback => b"poco/callback",
            Purpose::Report => b"poco/report",
        };
        let mut text = keccak256(purpose).to_vec();
        text.extend_from_slice(&self.chain_id.to_be_bytes());
        text.extend_from_slice(self.workerpool.as_slice());
        text.extend_from_slice(self.task.0.as_slice());
        text.extend_from_slice(self.worker.as_slice());
        text.extend_from_slice(content.as_slice());
        eip191_hash_message(keccak256(text))
    }
}

/// `POST /v1/tasks/{task}/authorization`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRequest {
    /// Who wants to contribute.
    pub worker: Address,
    /// Its signature over [`Purpose::Authorize`] and no content.
    pub signature: Bytes,
}

/// `POST /v1/tasks/{task}/report`: a task that this worker does not do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Who says so.
    pub worker: Address,
    /// The stable code of the reason.
    pub code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// Its signature over [`Purpose::Report`] and the keccak-256 of code, a line break, and reason.
    pub signature: Bytes,
}

impl Report {
    /// What the signature covers.
    pub fn content(code: &str, reason: &str) -> B256 {
        keccak256(format!("{code}\n{reason}"))
    }
}

/// What a pool answers when it says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The stable code of the reason.
    pub code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// Whether asking again later may help.
    pub retry: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_serves_one_purpose_one_task_one_pool_one_chain_and_one_speaker() {
        let base = Envelope {
            chain_id: 1,
            workerpool: Address::repeat_byte(1),
            task: TaskId(B256::repeat_byte(2)),
            worker: Address::repeat_byte(3),
        };
        let digest = base.digest(Purpose::Result, B256::ZERO);
        let others = [
            base.digest(Purpose::Callback, B256::ZERO),
            base.digest(Purpose::Result, B256::repeat_byte(1)),
            Envelope { chain_id: 2, ..base }.digest(Purpose::Result, B256::ZERO),
            Envelope { workerpool: Address::ZERO, ..base }.digest(Purpose::Result, B256::ZERO),
            Envelope { task: TaskId(B256::ZERO), ..base }.digest(Purpose::Result, B256::ZERO),
            Envelope { worker: Address::ZERO, ..base }.digest(Purpose::Result, B256::ZERO),
        ];
        assert!(others.iter().all(|other| *other != digest));
    }
}
