//! A nonce that was used and that is not settled yet: what it is for, the attempts made at it, how it stands, and who waits.
//!
//! ```text
//! Wanted ◀──taken back── Landed ──deep enough──▶ settled, forgotten
//!   │  └────receipt─────────▲
//!   └──no chance any more──▶ Unwanted ──receipt──▶ Landed
//! ```

use super::Timing;
use super::journal::Attempt;
use crate::chain::api::Receipt;
use crate::poco::TaskId;
use alloy::consensus::TxEnvelope;
use alloy::eips::eip2718::Decodable2718;
use alloy::primitives::{B256, Bytes};
use alloy::rpc::types::TransactionRequest;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// After so many refused replacements in a row the pause before the next grows no longer.
const DOUBLINGS: u32 = 4;

/// What became of an intent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// It is in a block and did what it should.
    Done(Receipt),
    /// It is in a block and reverted.
    Reverted(B256),
    /// It can never be in a block: another transaction has its nonce.
    Displaced(B256),
}

/// What is to be sent, priced.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) action: String,
    pub(super) task: Option<TaskId>,
    pub(super) request: TransactionRequest,
}

impl Intent {
    /// Whether both would do the same: then one of them is enough as long as its fate is open.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.request.to == other.request.to
            && self.request.value.unwrap_or_default() == other.request.value.unwrap_or_default()
            && self.request.input.input() == other.request.input.input()
    }
}

/// One signed transaction of the nonce.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    pub(super) hash: B256,
    pub(super) raw: Bytes,
    pub(super) max_fee: u128,
    /// Whether it only takes the nonce away.
    pub(super) cancels: bool,
}

/// Which attempt is in which block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Landed {
    pub(super) hash: B256,
    pub(super) block: u64,
}

/// How a used nonce stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// In no block, and pushed until it is.
    Wanted,
    /// In no block, and of no use any more: left alone unless later nonces wait behind it.
    Unwanted,
    /// In a block that a reorganisation may still take back.
    Landed(Landed),
}

/// A used nonce that is not settled.
pub(super) struct Pending {
    pub(super) intent: Intent,
    pub(super) tried: Vec<Tried>,
    pub(super) standing: Standing,
    /// When the newest attempt was made, or a replacement was last refused.
    pub(super) since: Instant,
    /// When the newest attempt was last given to the endpoint.
    pub(super) broadcast: Instant,
    /// How often in a row a replacement was refused, by an endpoint or by the cap.
    pub(super) refusals: u32,
    /// Since when the nonce is passed without a receipt of ours.
    pub(super) passed: Option<Instant>,
    pub(super) waiting: Vec<oneshot::Sender<Outcome>>,
}

impl Pending {
    pub(super) fn new(intent: Intent, tried: Vec<Tried>) -> Self {
        let now = Instant::now();
        Self {
            intent,
            tried,
            standing: Standing::Wanted,
            since: now,
            broadcast: now,
            refusals: 0,
            passed: None,
            waiting: Vec::new(),
        }
    }

    /// The attempt that stands: the newest.
    pub(super) fn newest(&self) -> Option<&Tried> {
        self.tried.last()
    }

    /// Where it is, if in a block.
    pub(super) fn landed(&self) -> Option<Landed> {
        match self.standing {
            Standing::Landed(landed) => Some(landed),
            Standing::Wanted | Standing::Unwanted => None,
        }
    }

    /// Whether it is time for a replacement: after `pause`, and twice as long after each refusal.
    pub(super) fn is_old(&self, pause: Duration) -> bool {
        self.since.elapsed() >= pause * (1 << self.refusals.min(DOUBLINGS))
    }

    /// Whether it is time to give the same bytes to the endpoint again.
    pub(super) fn is_silent(&self, pause: Duration) -> bool {
        self.broadcast.elapsed() >= pause
    }

    /// Whether something is to be done about it if it is in no block.
    pub(super) fn is_due(&self, timing: &Timing) -> bool {
        self.is_old(timing.replace) || self.is_silent(timing.rebroadcast)
    }

    /// Takes up what an earlier life wrote; bytes that do not decode cannot be ours and are left alone.
    pub(super) fn take_up(known: Option<&mut Self>, attempt: &Attempt) -> Option<Self> {
        let tried = Tried {
            hash: attempt.hash,
            raw: attempt.raw.clone(),
            max_fee: attempt.max_fee_wei,
            cancels: attempt.action == super::CANCEL,
        };
        if let Some(known) = known {
            known.tried.push(tried);
            return None;
        }
        let envelope = TxEnvelope::decode_2718(&mut attempt.raw.as_ref()).ok()?;
        let request: TransactionRequest = envelope.into();
        let request = request.from(attempt.wallet);
        let intent = Intent { action: attempt.action.clone(), task: attempt.task, request };
        Some(Self::new(intent, vec![tried]))
    }
}
