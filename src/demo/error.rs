//! What keeps a demo from its end.

use crate::chain::ChainError;
use crate::container::ContainerError;
use crate::dapp::DappError;
use crate::devnet::DevnetError;
use crate::poco::{Class, Fault, TaskId};
use crate::requester::RequesterError;
use crate::solo::SoloError;
use std::path::PathBuf;

/// What keeps a demo from its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The fixtures are not where they are looked for.
    #[error("no fixtures are in {} or above it", .0.display())]
    NoFixtures(PathBuf),
    /// A fixture cannot be built.
    #[error("the fixture {name} cannot be built: {reason}")]
    Fixture {
        /// Which.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A file failed.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The task did not end as it should.
    #[error("task {task} was not finalised in {seconds} s")]
    TookTooLong {
        /// The task.
        task: TaskId,
        /// How long was waited.
        seconds: u64,
    },
    /// The devnet.
    #[error(transparent)]
    Devnet(#[from] DevnetError),
    /// Pool or workers.
    #[error(transparent)]
    Solo(#[from] SoloError),
    /// The deal or the result.
    #[error(transparent)]
    Requester(#[from] RequesterError),
    /// The fixture's iexec.json.
    #[error(transparent)]
    Dapp(#[from] DappError),
    /// The engine.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Fault for DemoError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoFixtures(_) => "P-DM-001",
            Self::Fixture { .. } => "P-DM-002",
            Self::File { .. } => "P-DM-003",
            Self::TookTooLong { .. } => "P-DM-004",
            Self::Devnet(error) => error.code(),
            Self::Solo(error) => error.code(),
            Self::Requester(error) => error.code(),
            Self::Dapp(error) => error.code(),
            Self::Container(error) => error.code(),
            Self::Chain(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::NoFixtures(_) | Self::Fixture { .. } | Self::File { .. } => Class::Fatal,
            Self::TookTooLong { .. } => Class::GiveUp,
            Self::Devnet(error) => error.class(),
            Self::Solo(error) => error.class(),
            Self::Requester(error) => error.class(),
            Self::Dapp(error) => error.class(),
            Self::Container(error) => error.class(),
            Self::Chain(error) => error.class(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NoFixtures(_) => "run it in a checkout of poco".into(),
            Self::Fixture { name, .. } => format!("run `fixtures/build.sh {name}` by hand"),
            Self::File { .. } => "check the path, its owner and the free space".into(),
            Self::TookTooLong { .. } => "run it again with `--log info` to see who is waited for".into(),
            Self::Devnet(error) => error.help(),
            Self::Solo(error) => error.help(),
            Self::Requester(error) => error.help(),
            Self::Dapp(error) => error.help(),
            Self::Container(error) => error.help(),
            Self::Chain(error) => error.help(),
        }
    }
}
