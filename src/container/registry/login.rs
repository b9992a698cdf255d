//! Who we are to a registry.

use bollard::auth::DockerCredentials;
use std::fmt;

/// Who we are to a registry. Prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that is exchanged for others (OAuth 2's refresh token).
    Identity {
        /// The token.
        token: String,
    },
}

impl Login {
    /// In the engine's words, for its pull from `host`.
    pub(in crate::container) fn for_engine(self, host: &str) -> DockerCredentials {
        let serveraddress = Some(host.to_owned());
        match self {
            Self::Password { user, password } => DockerCredentials {
                username: Some(user),
                password: Some(password),
                serveraddress,
                ..DockerCredentials::default()
            },
            Self::Identity { token } => DockerCredentials {
                identitytoken: Some(token),
                serveraddress,
                ..DockerCredentials::default()
            },
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
