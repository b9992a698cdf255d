//! The scheduler's leave for one worker to contribute to one task, as `contribute` checks it.
//!
//! Who may sign is the caller's knowledge: the hub's `teebroker` when there is an enclave and a broker is set, else
//! the workerpool's owner.

use super::error::PocoError;
use super::ids::TaskId;
use super::signature;
use alloy::primitives::{Address, B256, Bytes, eip191_hash_message, keccak256};
use alloy::signers::SignerSync;
use serde::{Deserialize, Serialize};

/// A signed leave to contribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// The task.
    pub task: TaskId,
    /// The worker that may contribute.
    pub worker: Address,
    /// The enclave's account, zero outside of trusted execution.
    pub enclave: Address,
    /// The scheduler's EIP-191 signature, 65 or 64 bytes.
    pub signature: Bytes,
}

impl Authorization {
    /// Signs a leave with the scheduler's key.
    pub fn sign(
        task: TaskId,
        worker: Address,
        enclave: Address,
        scheduler: &impl SignerSync,
    ) -> Result<Self, PocoError> {
        let mut leave = Self { task, worker, enclave, signature: Bytes::new() };
        leave.signature = signature::sign(leave.digest(), scheduler)?;
        Ok(leave)
    }

    /// `keccak256(worker ‖ task ‖ enclave)`, 72 bytes packed.
    pub fn hash(&self) -> B256 {
        keccak256([self.worker.as_slice(), self.task.0.as_slice(), self.enclave.as_slice()].concat())
    }

    /// The EIP-191 digest of [`hash`](Self::hash), which the signature must recover from.
    pub fn digest(&self) -> B256 {
        eip191_hash_message(self.hash())
    }

    /// Who signed.
    pub fn signer(&self) -> Result<Address, PocoError> {
        signature::recover(self.digest(), &self.signature)
    }

    /// Checks that `scheduler`, an account without code, signed.
    pub fn verify(&self, scheduler: Address) -> Result<(), PocoError> {
        signature::verify(self.digest(), &self.signature, scheduler)
    }
}
