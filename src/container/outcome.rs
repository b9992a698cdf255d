//! How a container ended.

use crate::poco::{Class, Fault};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// By itself, with this status.
    Exited(i64),
    /// Killed when its time was up.
    TimedOut,
    /// Killed by the kernel for its memory.
    OutOfMemory,
    /// Killed because it wrote too much, or found to have done so at its end.
    OutputTooLarge,
    /// Killed because the task was called off.
    Cancelled,
}

/// A container's end and what is known of its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// From its start to its end.
    pub duration: Duration,
    /// Whether it printed more on stdout than was kept.
    pub stdout_truncated: bool,
    /// Whether it printed more on stderr than was kept.
    pub stderr_truncated: bool,
    /// Whether the engine removed it; if not, a sweep will.
    pub removed: bool,
    /// The most memory that it took, in bytes, if it was measured.
    #[serde(default)]
    pub peak_memory: Option<u64>,
    /// What the proxy did not let through, if there was one: `host:port`, a few of them.
    #[serde(default)]
    pub refused: Vec<String>,
}

/// An end from which nothing can be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FailedRun {
    /// The dapp said that it failed.
    #[error("the dapp ended with status {0}")]
    Status(i64),
    /// It overran its time.
    #[error("the dapp was killed after {} s, the time of its category", .0.as_secs())]
    TimedOut(Duration),
    /// It overran its memory.
    #[error("the dapp was killed for want of memory")]
    OutOfMemory,
    /// It overran its disk.
    #[error("the dapp wrote more than it may")]
    OutputTooLarge,
    /// It was called off.
    #[error("the run was called off")]
    Cancelled,
}

impl Outcome {
    /// Whether there is something to prove: the dapp ended by itself with status 0.
    ///
    /// # Errors
    /// Why there is not.
    pub fn verdict(&self) -> Result<(), FailedRun> {
        match self.exit {
            Exit::Exited(0) => Ok(()),
            Exit::Exited(status) => Err(FailedRun::Status(status)),
            Exit::TimedOut => Err(FailedRun::TimedOut(self.duration)),
            Exit::OutOfMemory => Err(FailedRun::OutOfMemory),
            Exit::OutputTooLarge => Err(FailedRun::OutputTooLarge),
            Exit::Cancelled => Err(FailedRun::Cancelled),
        }
    }
}

/// What programs say when they find no network; all in small letters.
const MISSED: [&str; 12] = [
    "could not resolve",
    "couldn't resolve",
    "name resolution",
    "name or service not known",
    "nodename nor servname",
    "network is unreachable",
    "no such host",
    "getaddrinfo",
    "eai_again",
    "enotfound",
    "unknownhostexception",
    "bad address '",
];

/// Whether the end of a failed dapp's stderr sounds like one that misses a network. It is good for a hint, and
/// decides nothing.
pub fn misses_network(stderr: &str) -> bool {
    let said = stderr.to_ascii_lowercase();
    MISSED.iter().any(|words| said.contains(words))
}

impl Fault for FailedRun {
    fn code(&self) -> &'static str {
        match self {
            Self::Status(_) => "P-CO-020",
            Self::TimedOut(_) => "P-CO-021",
            Self::OutOfMemory => "P-CO-022",
            Self::OutputTooLarge => "P-CO-023",
            Self::Cancelled => "P-CO-024",
        }
    }

    fn class(&self) -> Class {
        Class::GiveUp
    }

    fn help(&self) -> String {
        match self {
            Self::Status(_) => {
                "read the dapp's stderr; it has no network unless the worker's operator opens one, and only its folder and /tmp are writable"
            }
            Self::TimedOut(_) => "buy a deal of a longer category, or give the dapp less to do",
            Self::OutOfMemory => "give the dapp less to do at once, or a worker with more memory",
            Self::OutputTooLarge => "write less, or use a worker whose operator allows more",
            Self::Cancelled => "nothing is to be done: the task ended for another reason",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_miss_a_network_are_heard() {
        for said in [
            "curl: (6) Could not resolve host: example.org",
            "socket.gaierror: [Errno -3] Temporary failure in name resolution",
            "Error: getaddrinfo EAI_AGAIN example.org",
            "dial tcp: lookup example.org: no such host",
            "wget: bad address 'example.org'",
            "java.net.UnknownHostException: example.org",
        ] {
            assert!(misses_network(said), "{said}");
        }
        assert!(!misses_network("Traceback: ValueError: bad address of a picture"));
    }
}
