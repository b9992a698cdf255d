//! What a worker commits to before it reveals: the hash that others can agree with, and the seal that only
//! somebody who knew the digest can give.

use super::ids::{ResultDigest, ResultHash, ResultSeal, TaskId};
use alloy::primitives::{Address, B256, eip191_hash_message, keccak256};

/// `keccak256(task ‖ digest)`, the hash that `reveal` compares with the consensus.
pub fn result_hash(task: TaskId, digest: ResultDigest) -> ResultHash {
    ResultHash(keccak256([task.0.as_slice(), digest.0.as_slice()].concat()))
}

/// `keccak256(worker ‖ task ‖ digest)`, the seal that `reveal` compares with the contribution's.
pub fn result_seal(worker: Address, task: TaskId, digest: ResultDigest) -> ResultSeal {
    ResultSeal(keccak256([worker.as_slice(), task.0.as_slice(), digest.0.as_slice()].concat()))
}

/// `keccak256(hash ‖ seal)`, what an enclave signs as an EIP-191 message.
pub fn enclave_hash(hash: ResultHash, seal: ResultSeal) -> B256 {
    keccak256([hash.0.as_slice(), seal.0.as_slice()].concat())
}

/// The EIP-191 digest of [`enclave_hash`], which the enclave's signature must recover from.
pub fn enclave_digest(hash: ResultHash, seal: ResultSeal) -> B256 {
    eip191_hash_message(enclave_hash(hash, seal))
}
