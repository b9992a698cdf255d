//! What ends a task before its time.

use crate::chain::ChainError;
use crate::container::{ContainerError, FailedRun, misses_network};
use crate::dapp::DappError;
use crate::inputs::InputError;
use crate::ledger::LedgerError;
use crate::poco::{Class, Fault, ResultDigest};
use crate::results::{ResultError, StoreError};
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

impl Stage {
    /// Whether nothing is promised yet and all of it may be done again.
    pub(super) fn computes(self) -> bool {
        matches!(self, Self::Prepare | Self::Run | Self::Prove)
    }
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
    /// The dapp did not end well.
    #[error("{failed}{}{}", not_let_through(.refused), tail(.stderr))]
    Run {
        /// How it ended.
        failed: FailedRun,
        /// What the proxy did not let through.
        refused: Vec<String>,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// The result cannot be handed over.
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// What the proxy refused a dapp, to be said after how that ended.
pub(super) fn not_let_through(refused: &[String]) -> String {
    if refused.is_empty() { String::new() } else { format!("; the proxy refused {}", refused.join(", ")) }
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
            Self::Run { failed, .. } => failed.code(),
            Self::Store(error) => error.code(),
            Self::SecondDigest { .. } => "P-TA-001",
            Self::Folder(_) => "P-TA-002",
            Self::Row(_) => "P-TA-003",
            Self::Stopping => "P-TA-004",
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
            Self::Run { failed, .. } => failed.class(),
            Self::Store(error) => error.class(),
            Self::SecondDigest { .. } => Class::GiveUp,
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
            Self::Run { failed: FailedRun::Status(_), refused, .. } if !refused.is_empty() => {
                "the dapp asked for what the worker's operator does not let through: take a worker whose operator lists it (`network-domains` under [container]), or a dapp that needs none of it".into()
            }
            Self::Run { failed: FailedRun::Status(_), stderr, .. } if misses_network(stderr) => {
                "the dapp seems to want a network: take a worker whose operator opens one (`network` under [container]), or a dapp that needs none".into()
            }
            Self::Run { failed, .. } => failed.help(),
            Self::Store(error) => error.help(),
            Self::SecondDigest { .. } => "the dapp is not deterministic; the first digest stands".into(),
            Self::Folder(_) => "check the owner, the mode and the free space of the work folder".into(),
            Self::Row(_) => "keep a copy of the ledger for a report".into(),
            Self::Stopping => "the task goes on when the worker is started again".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proxy_refused_is_told_with_the_failure() {
        let refused = vec!["a.example:443".to_owned(), "b.example:80".to_owned()];
        let error = TaskError::Run { failed: FailedRun::Status(1), refused, stderr: "no".into() };
        let said =
            "the dapp ended with status 1; the proxy refused a.example:443, b.example:80; its last words: no";
        assert_eq!(error.to_string(), said);
        assert!(error.help().contains("network-domains"), "{}", error.help());
        let none = TaskError::Run { failed: FailedRun::Status(1), refused: vec![], stderr: String::new() };
        assert_eq!(none.to_string(), "the dapp ended with status 1");
    }
}
