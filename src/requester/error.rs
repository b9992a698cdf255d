//! What keeps a requester from a result.

use crate::chain::ChainError;
use crate::dapp::DappError;
use crate::poco::{Class, Fault, PocoError, ResultDigest, TaskId, TaskStatus};
use crate::results::ResultError;
use alloy::primitives::Address;
use std::path::PathBuf;

/// What keeps a requester from a result.
#[derive(Debug, thiserror::Error)]
pub enum RequesterError {
    /// No app is named.
    #[error("no app is named")]
    NoApp,
    /// The app's order must be signed by its owner.
    #[error("the app {app} belongs to {owner}, and no order of its owner is given")]
    NotOwner {
        /// The app.
        app: Address,
        /// Its owner.
        owner: Address,
    },
    /// A peer does not answer.
    #[error("{peer} does not answer: {reason}")]
    Unreachable {
        /// Who.
        peer: String,
        /// What happened.
        reason: String,
    },
    /// A peer answered something else than it should.
    #[error("{peer} answered {answer}")]
    BadAnswer {
        /// Who.
        peer: String,
        /// What.
        answer: String,
    },
    /// There is no result yet, or never will be.
    #[error("task {task} has no result: it is {status:?}")]
    NoResult {
        /// The task.
        task: TaskId,
        /// Where it stands.
        status: TaskStatus,
    },
    /// The result lies where this program cannot fetch it.
    #[error("the result lies at `{0}`, which cannot be fetched from here")]
    Elsewhere(String),
    /// What was fetched is not what the chain has proved.
    #[error("what was fetched for task {task} does not have the digest {proved} that the chain has")]
    NotProved {
        /// The task.
        task: TaskId,
        /// The digest on chain.
        proved: ResultDigest,
    },
    /// A file cannot be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds no order.
    #[error("{path} holds no such order: {reason}")]
    BadOrder {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The request names a dataset, whose order cannot be given yet.
    #[error("the request names the dataset {0}, and datasets cannot be bought with this command yet")]
    Dataset(Address),
    /// The task will not be done.
    #[error("task {task} will not be done: {why}")]
    GivenUp {
        /// The task.
        task: TaskId,
        /// Why not.
        why: String,
    },
    /// The protocol's rules.
    #[error(transparent)]
    Poco(#[from] PocoError),
    /// The request is wrong.
    #[error(transparent)]
    Dapp(#[from] DappError),
    /// The archive cannot be read.
    #[error(transparent)]
    Result(#[from] ResultError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Fault for RequesterError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoApp => "P-RQ-001",
            Self::NotOwner { .. } => "P-RQ-002",
            Self::Unreachable { .. } => "P-RQ-003",
            Self::BadAnswer { .. } => "P-RQ-004",
            Self::NoResult { .. } => "P-RQ-005",
            Self::Elsewhere(_) => "P-RQ-006",
            Self::NotProved { .. } => "P-RQ-007",
            Self::File { .. } => "P-RQ-008",
            Self::BadOrder { .. } => "P-RQ-009",
            Self::Dataset(_) => "P-RQ-010",
            Self::GivenUp { .. } => "P-RQ-011",
            Self::Poco(error) => error.code(),
            Self::Dapp(error) => error.code(),
            Self::Result(error) => error.code(),
            Self::Chain(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. } => Class::Retry,
            Self::NoResult { status, .. } if *status != TaskStatus::Failed => Class::Retry,
            Self::Poco(error) => error.class(),
            Self::Dapp(error) => error.class(),
            Self::Result(error) => error.class(),
            Self::Chain(error) => error.class(),
            _ => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NoApp => {
                "give --app, or the address in order.buy.app of iexec.json (`poco app deploy` prints it)"
                    .into()
            }
            Self::NotOwner { .. } => "give --app-order with an order that the owner signed".into(),
            Self::Unreachable { .. } => "check the address, and that it is up".into(),
            Self::BadAnswer { .. } => "check that the address is a poco pool's".into(),
            Self::NoResult { task, .. } => format!("`poco task show {task} --watch` follows it"),
            Self::Elsewhere(_) => "fetch it with a tool for that storage".into(),
            Self::NotProved { .. } => "do not use it; ask the pool for the result that was proved".into(),
            Self::File { .. } => "check the path, its owner and the free space".into(),
            Self::BadOrder { .. } => "an order is the JSON object that iExec's tools write".into(),
            Self::Dataset(_) => {
                "leave order.buy.dataset out, or strike this deal with iExec's own tools".into()
            }
            Self::GivenUp { .. } => {
                "mend what the workers named and buy again; the price comes back when the task is claimed, \
                 after its final deadline"
                    .into()
            }
            Self::Poco(error) => error.help(),
            Self::Dapp(error) => error.help(),
            Self::Result(error) => error.help(),
            Self::Chain(error) => error.help(),
        }
    }
}
