//! Failures of our own making: this machine's or this wallet's, never the dapp's. Told apart by variant.

use super::TaskError;
use crate::chain::ChainError;
use crate::container::ContainerError;
use crate::inputs::InputError;
use crate::results::ResultError;
use std::fmt;

/// What of ours failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Own {
    /// The container engine.
    Engine,
    /// The disk that holds the work folder.
    Disk,
    /// The wallet cannot pay for gas.
    Gas,
    /// The ledger.
    Ledger,
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "the container engine fails",
            Self::Disk => "the disk of the work folder fails or is full",
            Self::Gas => "the wallet cannot pay for gas",
            Self::Ledger => "the ledger fails",
        })
    }
}

impl TaskError {
    /// What of ours failed; none when it is the dapp, its inputs, the chain or the pool.
    pub fn own(&self) -> Option<Own> {
        match self {
            Self::Container(
                ContainerError::Away { .. } | ContainerError::Engine { .. } | ContainerError::Undead,
            ) => Some(Own::Engine),
            Self::Container(ContainerError::Disk { .. })
            | Self::Input(InputError::Disk { .. })
            | Self::Result(ResultError::Io { .. })
            | Self::Folder(_) => Some(Own::Disk),
            Self::Chain(ChainError::NoGas { .. }) => Some(Own::Gas),
            Self::Ledger(_) | Self::Row(_) => Some(Own::Ledger),
            Self::Dapp(_)
            | Self::Input(_)
            | Self::Container(_)
            | Self::Result(_)
            | Self::Chain(_)
            | Self::Run { .. }
            | Self::Store(_)
            | Self::SecondDigest { .. }
            | Self::Stopping => None,
        }
    }
}
