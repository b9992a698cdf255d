//! What ends a task before its time.

use crate::chain::ChainError;
use crate::container::ContainerError;
use crate::dapp::DappError;
use crate::inputs::InputError;
use crate::ledger::LedgerError;
use crate::poco::{Class, Fault, ResultDigest};
use crate::results::ResultError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in the journey something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Image and inputs.
    Prepare,
    /// The container.
    Run,
    /// Digest and archive.
    Prove,
    /// The contribution.
    Contribute,
    /// The reveal.
    Reveal,
    /// Handing over.
    Deliver,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prepare => "prepare",
            Self::Run => "run",
            Self::Prove => "prove",
            Self::Contribute => "contribute",
            Self::Reveal => "reveal",
            Self::Deliver => "deliver",
        })
    }
}

/// What ends a task before its time.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The request cannot be launched.
    #[error(transparent)]
    Dapp(#[from] DappError),
    /// An input cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The engine or the image failed.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The output proves nothing or cannot be handed over.
    #[error(transparent)]
    Result(#[from] ResultError),
    /// The chain failed or refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The dapp said itself that it failed.
    #[error("the dapp exited with {code}{}", tail(.stderr))]
    Exit {
        /// Its exit code.
        code: i64,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// It ran longer than its category allows.
    #[error("the dapp was still running after the {seconds} s of its category and was killed")]
    Overran {
        /// The category's time.
        seconds: u64,
    },
    /// It wanted more memory than it is given.
    #[error("the dapp was killed for want of memory: it may use {limit_bytes} bytes")]
    OutOfMemory {
        /// What it may use.
        limit_bytes: u64,
    },
    /// It wrote more than is kept.
    #[error("the dapp wrote more than {limit_bytes} bytes and was killed")]
    OutputTooLarge {
        /// What it may write.
        limit_bytes: u64,
    },
    /// Another digest was signed for this task; this one never will be.
    #[error("this task's digest is {written} and can never be {found}")]
    SecondDigest {
        /// What stands in the ledger.
        written: ResultDigest,
        /// What was found now.
        found: ResultDigest,
    },
    /// A file of the task's own folder cannot be used.
    #[error("the task's folder cannot be used: {0}")]
    Folder(std::io::Error),
    /// The row of the ledger means nothing.
    #[error("the ledger's row for this task means nothing: {0}")]
    Row(serde_json::Error),
    /// The worker is stopping.
    #[error("the worker is stopping")]
    Stopping,
}

/// The end of stderr is what a developer looks for first.
fn tail(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; its last words: {stderr}") }
}

impl Fault for TaskError {
    fn code(&self) -> &'static str {
        match self {
            Self::Dapp(error) => error.code(),
            Self::Input(error) => error.code(),
            Self::Container(error) => error.code(),
            Self::Result(error) => error.code(),
            Self::Chain(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Exit { .. } => "P-TA-001",
            Self::Overran { .. } => "P-TA-002",
            Self::OutOfMemory { .. } => "P-TA-003",
            Self::OutputTooLarge { .. } => "P-TA-004",
            Self::SecondDigest { .. } => "P-TA-005",
            Self::Folder(_) => "P-TA-006",
            Self::Row(_) => "P-TA-007",
            Self::Stopping => "P-TA-008",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Dapp(error) => error.class(),
            Self::Input(error) => error.class(),
            Self::Container(error) => error.class(),
            Self::Result(error) => error.class(),
            Self::Chain(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Folder(_) | Self::Row(_) => Class::Fatal,
            Self::Stopping => Class::Retry,
            Self::Exit { .. }
            | Self::Overran { .. }
            | Self::OutOfMemory { .. }
            | Self::OutputTooLarge { .. }
            | Self::SecondDigest { .. } => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Dapp(error) => error.help(),
            Self::Input(error) => error.help(),
            Self::Container(error) => error.help(),
            Self::Result(error) => error.help(),
            Self::Chain(error) => error.help(),
            Self::Ledger(error) => error.help(),
            Self::Exit { .. } => "run the image by hand with the same arguments and inputs; a failing run is never contributed".into(),
            Self::Overran { .. } => "request a longer category, or less work".into(),
            Self::OutOfMemory { .. } => "the operator sets the limit with `memory`; a dapp should say what it needs".into(),
            Self::OutputTooLarge { .. } => "the operator sets the limit with `output`; remove what need not be kept".into(),
            Self::SecondDigest { .. } => "the dapp is not deterministic; the first digest stands".into(),
            Self::Folder(_) => "check the owner, the mode and the free space of the work folder".into(),
            Self::Row(_) => "keep a copy of the ledger for a report".into(),
            Self::Stopping => "the task goes on when the worker is started again".into(),
        }
    }
}
