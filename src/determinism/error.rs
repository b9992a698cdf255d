//! What can go wrong at the desk, each with a stable code. How a dapp ends is the container room's to say.

use crate::container::{ContainerError, FailedRun};
use crate::dapp::DappError;
use crate::inputs::InputError;
use crate::poco::{Class, Fault};
use crate::results::ResultError;
use std::path::PathBuf;

/// What can go wrong at the desk.
#[derive(Debug, thiserror::Error)]
pub enum DeterminismError {
    /// A file or folder of the person's own.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Neither an iexec.json nor an image.
    #[error("there is no iexec.json in this folder, and no image was named")]
    NoSubject,
    /// Something among the inputs that is neither a file nor a folder.
    #[error("the input {0} is neither a file nor a folder")]
    InputKind(PathBuf),
    /// An input that would be written over another one.
    #[error("two inputs have the name {0}")]
    NameTaken(String),
    /// A variation that there is not.
    #[error("there is no variation `{name}`; there are {known}")]
    NoSuchVariation {
        /// What was asked for.
        name: String,
        /// All that there are, with commas between them.
        known: String,
    },
    /// The folder for outputs has something in it.
    #[error("the folder {0} is not empty")]
    NotEmpty(PathBuf),
    /// A file that is no archive.
    #[error("{0} is neither a folder nor a zip")]
    NoArchive(PathBuf),
    /// The scratch folder failed.
    #[error("the scratch folder {path} failed")]
    Scratch {
        /// What was being worked on.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Ctrl-C or SIGTERM.
    #[error("stopped; the containers are removed")]
    Stopped,
    /// The dapp failed.
    #[error("{failed}{}", words(.stderr))]
    Run {
        /// How it ended.
        failed: FailedRun,
        /// The last of what it printed on stderr.
        stderr: String,
    },
    /// Two machines would not agree, or agree on nothing.
    #[error("{0}")]
    Differs(String),
    /// No run of the dapp came to a proof.
    #[error("{0}")]
    CouldNotRun(String),
    /// A lint found errors, or warnings where these count too.
    #[error("{0}")]
    Flawed(String),
    /// The request.
    #[error(transparent)]
    Dapp(#[from] DappError),
    /// The image or the container.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The inputs.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The digest.
    #[error(transparent)]
    Result(#[from] ResultError),
}

fn words(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; its last words: {stderr}") }
}

impl Fault for DeterminismError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "P-CK-001",
            Self::NoSubject => "P-CK-002",
            Self::InputKind(_) => "P-CK-003",
            Self::NameTaken(_) => "P-CK-004",
            Self::NoSuchVariation { .. } => "P-CK-005",
            Self::NotEmpty(_) => "P-CK-006",
            Self::Scratch { .. } => "P-CK-007",
            Self::Stopped => "P-CK-008",
            Self::NoArchive(_) => "P-CK-009",
            Self::Differs(_) => "P-CK-010",
            Self::CouldNotRun(_) => "P-CK-011",
            Self::Flawed(_) => "P-CK-012",
            Self::Run { failed, .. } => failed.code(),
            Self::Dapp(error) => error.code(),
            Self::Container(error) => error.code(),
            Self::Input(error) => error.code(),
            Self::Result(error) => error.code(),
        }
    }

    fn class(&self) -> Class {
        match self {
            Self::File { .. }
            | Self::NoSubject
            | Self::InputKind(_)
            | Self::NameTaken(_)
            | Self::NoSuchVariation { .. }
            | Self::NotEmpty(_)
            | Self::NoArchive(_)
            | Self::Scratch { .. }
            | Self::Stopped
            | Self::Differs(_)
            | Self::Flawed(_) => Class::GiveUp,
            // Until the dapp is mended there is nothing to tell of it, and that is no answer.
            Self::CouldNotRun(_) => Class::Fatal,
            Self::Run { failed, .. } => failed.class(),
            Self::Dapp(error) => error.class(),
            Self::Container(error) => error.class(),
            Self::Input(error) => error.class(),
            Self::Result(error) => error.class(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::File { .. } => "check the path and its rights",
            Self::NoSubject => "go to the dapp's folder, or name an iexec.json or an image",
            Self::InputKind(_) => "name a file, a folder, a zip or a URL",
            Self::NameTaken(_) => "rename one of them",
            Self::NoSuchVariation { .. } => "take a name from this list; `--vary -NAME` leaves one out",
            Self::NotEmpty(_) => "name a folder that does not exist yet",
            Self::NoArchive(_) => {
                "name the folder that the outputs lie in, or a result as `poco result get` fetches it"
            }
            Self::Scratch { .. } => "check the free space there, or set TMPDIR to a folder elsewhere",
            Self::Stopped => "nothing is to be done",
            Self::Differs(_) => "mend what the findings name, and check again",
            Self::Flawed(_) => "mend what is listed; docs/check.md has a line for each rule",
            Self::CouldNotRun(_) => "let one run succeed first: `poco run` shows it",
            Self::Run { failed, .. } => return failed.help(),
            Self::Dapp(error) => return error.help(),
            Self::Container(error) => return error.help(),
            Self::Input(error) => return error.help(),
            Self::Result(error) => return error.help(),
        }
        .into()
    }
}
