//! Why a registry could not be asked. None of it quotes a secret.

use std::path::PathBuf;

/// Why a registry could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not answer.
    #[error("{host} does not answer")]
    Away {
        /// The registry, or where it gives its tokens.
        host: String,
        /// What the connection said.
        #[source]
        source: reqwest::Error,
    },
    /// It answers, and not with what was asked for.
    #[error("{host} answers with status {status}")]
    Status {
        /// The registry, or where it gives its tokens.
        host: String,
        /// The status.
        status: u16,
    },
    /// What it answers cannot be used.
    #[error("{host} answers with {what}")]
    Odd {
        /// The registry, or where it gives its tokens.
        host: String,
        /// What is odd.
        what: &'static str,
    },
    /// It is not known who we are to it.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
}

/// Why it is not known who we are to a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The configuration of the `docker` command cannot be used.
    #[error("{path} cannot be used: {why}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A helper of the `docker` command failed.
    #[error("the helper `{program}` {why}")]
    Helper {
        /// The program.
        program: String,
        /// What it did.
        why: String,
    },
}
