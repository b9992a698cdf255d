//! The calls on a task, as they are tried.

use super::ground::More;
use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use poco::chain::abi::Hub;
use poco::poco::{DealId, ResultDigest, ResultHash, ResultSeal, TaskId};

/// What a contribution is allowed by.
#[derive(Clone, Debug)]
pub(crate) struct Leave {
    pub(crate) worker: Address,
    pub(crate) enclave: Address,
    pub(crate) enclave_sign: Bytes,
    pub(crate) authorization: Bytes,
}

/// A call on a task.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Initialize { by: Address },
    Contribute { leave: Leave, hash: ResultHash, seal: ResultSeal },
    ContributeAndFinalize { leave: Leave, digest: ResultDigest, results: Bytes, callback: Bytes },
    Reveal { worker: Address, digest: ResultDigest },
    Finalize { by: Address, results: Bytes, callback: Bytes },
    Reopen { by: Address },
    Claim { by: Address },
}

impl Move {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Initialize { .. } => "initialize",
            Self::Contribute { .. } => "contribute",
            Self::ContributeAndFinalize { .. } => "contributeAndFinalize",
            Self::Reveal { .. } => "reveal",
            Self::Finalize { .. } => "finalize",
            Self::Reopen { .. } => "reopen",
            Self::Claim { .. } => "claim",
        }
    }

    pub(crate) fn sender(&self) -> Address {
        match self {
            Self::Contribute { leave, .. } | Self::ContributeAndFinalize { leave, .. } => leave.worker,
            Self::Reveal { worker, .. } => *worker,
            Self::Initialize { by }
            | Self::Finalize { by, .. }
            | Self::Reopen { by }
            | Self::Claim { by } => *by,
        }
    }

    pub(crate) fn data(&self, deal: DealId, task: TaskId, index: u64) -> Vec<u8> {
        let taskid = task.0;
        match self.clone() {
            Self::Initialize { .. } => {
                Hub::initializeCall { dealid: deal.0, idx: U256::from(index) }.abi_encode()
            }
            Self::Contribute { leave, hash, seal } => Hub::contributeCall {
                taskid,
                resultHash: hash.0,
                resultSeal: seal.0,
                enclaveChallenge: leave.enclave,
                enclaveSign: leave.enclave_sign,
                authorizationSign: leave.authorization,
            }
            .abi_encode(),
            Self::ContributeAndFinalize { leave, digest, results, callback } => {
                More::contributeAndFinalizeCall {
                    taskid,
                    resultDigest: digest.0,
                    results,
                    resultsCallback: callback,
                    enclaveChallenge: leave.enclave,
                    enclaveSign: leave.enclave_sign,
                    authorizationSign: leave.authorization,
                }
                .abi_encode()
            }
            Self::Reveal { digest, .. } => Hub::revealCall { taskid, resultDigest: digest.0 }.abi_encode(),
            Self::Finalize { results, callback, .. } => {
                Hub::finalizeCall { taskid, results, resultsCallback: callback }.abi_encode()
            }
            Self::Reopen { .. } => Hub::reopenCall { taskid }.abi_encode(),
            Self::Claim { .. } => Hub::claimCall { taskid }.abi_encode(),
        }
    }
}
