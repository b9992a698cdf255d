//! Why a finished run has no proof or no archive, each with a stable code and a way out.

use crate::poco::{Class, Fault};

/// Why a finished run has no proof or no archive.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    /// The host's file system refused.
    #[error("cannot read or write {what}")]
    Io {
        /// What was read or written.
        what: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// `consensus.iexec` is an input that the dapp did not write.
    #[error("consensus.iexec came with the inputs and the dapp did not write it")]
    ConsensusPlanted,
    /// `consensus.iexec` is empty.
    #[error("consensus.iexec is empty")]
    ConsensusEmpty,
    /// `consensus.iexec` is no regular file.
    #[error("consensus.iexec is {0}, not a file")]
    ConsensusNotAFile(&'static str),
    /// More bytes than the operator allows.
    #[error("the dapp left more than {limit_bytes} bytes")]
    TooLarge {
        /// What the operator allows.
        limit_bytes: u64,
    },
    /// More files than the operator allows.
    #[error("the dapp left more than {limit} files and folders")]
    TooMany {
        /// What the operator allows.
        limit: usize,
    },
    /// Folders within folders beyond all sense.
    #[error("the dapp left folders nested deeper than {limit}")]
    TooDeep {
        /// How deep is read.
        limit: usize,
    },
    /// Paths that would fill the worker's memory.
    #[error("the paths of what the dapp left are together longer than {limit_bytes} bytes")]
    PathsTooLong {
        /// How many bytes of them are taken.
        limit_bytes: usize,
    },
    /// Neither a file nor a word on stdout.
    #[error("the dapp left no file and printed nothing, so nothing proves that it ran")]
    Nothing,
    /// The stdout that would be the proof was cut.
    #[error("the proof needs the whole stdout, but it was cut at the operator's limit")]
    StdoutCut,
    /// A callback deal without the file that feeds the callback.
    #[error("the deal has a callback, but the dapp wrote no consensus.iexec to feed it")]
    CallbackMissing,
    /// Callback data longer than the operator puts on chain.
    #[error("the callback's data is longer than {limit_bytes} bytes")]
    CallbackTooLarge {
        /// What the operator allows.
        limit_bytes: u64,
    },
    /// The operator accepts only dapps that write `consensus.iexec`.
    #[error("the dapp wrote no consensus.iexec, and this worker accepts no other proof")]
    FallbackRefused,
    /// No `computed.json`.
    #[error("the dapp wrote no computed.json")]
    ComputedMissing,
    /// A `computed.json` that says nothing usable.
    #[error("computed.json {0}")]
    ComputedInvalid(String),
    /// A deterministic output that is no proof.
    #[error("computed.json names `{path}`, which {problem}")]
    ComputedPath {
        /// What it names.
        path: String,
        /// Why that is no proof.
        problem: &'static str,
    },
    /// A file name beyond the live contract's length.
    #[error("the file name `{0}` has more than 31 characters")]
    NameTooLong(String),
    /// The digest named by the dapp is not the one of its output.
    #[error("computed.json claims the digest {named}, but its output has {found}")]
    DigestDiffers {
        /// What it claims.
        named: String,
        /// What was computed.
        found: String,
    },
}

impl Fault for ResultError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "P-RE-001",
            Self::ConsensusPlanted => "P-RE-002",
            Self::ConsensusEmpty => "P-RE-003",
            Self::ConsensusNotAFile(_) => "P-RE-004",
            Self::TooLarge { .. } => "P-RE-005",
            Self::TooMany { .. } => "P-RE-006",
            Self::TooDeep { .. } => "P-RE-007",
            Self::Nothing => "P-RE-008",
            Self::StdoutCut => "P-RE-009",
            Self::CallbackMissing => "P-RE-010",
            Self::CallbackTooLarge { .. } => "P-RE-011",
            Self::FallbackRefused => "P-RE-012",
            Self::ComputedMissing => "P-RE-013",
            Self::ComputedInvalid(_) => "P-RE-014",
            Self::ComputedPath { .. } => "P-RE-015",
            Self::NameTooLong(_) => "P-RE-016",
            Self::DigestDiffers { .. } => "P-RE-017",
            Self::PathsTooLong { .. } => "P-RE-018",
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::Io { .. } => Class::Retry,
            _ => Class::GiveUp,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Io { .. } => "check the worker's disk: space, permissions, health.",
            Self::ConsensusPlanted => "let the dapp write consensus.iexec, and take it out of the inputs.",
            Self::ConsensusEmpty => "let the dapp write into consensus.iexec what every run must agree on.",
            Self::ConsensusNotAFile(_) => "let the dapp write consensus.iexec as an ordinary file.",
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "let the dapp remove what is not its result, or ask the operator for a higher limit."
            }
            Self::PathsTooLong { .. } => "let the dapp leave fewer files, with shorter names.",
            Self::TooDeep { .. } => "let the dapp nest its folders less deeply.",
            Self::Nothing => "let the dapp write its result, best of all with a consensus.iexec.",
            Self::StdoutCut => "let the dapp print less, or write a consensus.iexec.",
            Self::CallbackMissing => "let the dapp write the callback's bytes into consensus.iexec.",
            Self::CallbackTooLarge { .. } => "let the dapp write less into what the callback receives.",
            Self::FallbackRefused => "let the dapp write a consensus.iexec, or order from a pool that accepts fallbacks.",
            Self::ComputedMissing => "let the dapp write computed.json into IEXEC_OUT.",
            Self::ComputedInvalid(_) => {
                "write {\"deterministic-output-path\": \"/iexec_out/…\"}, or {\"callback-data\": \"0x…\"} for a callback."
            }
            Self::ComputedPath { .. } => "name an ordinary file or folder below /iexec_out.",
            Self::NameTooLong(_) => "shorten the name, as the live network demands.",
            Self::DigestDiffers { .. } => "leave result-digest out; the worker computes it.",
        }
        .to_owned()
    }
}

/// Names what was being read or written.
pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> ResultError {
    let what = what.into();
    move |source| ResultError::Io { what, source }
}
