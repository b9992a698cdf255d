//! Who is let through: from what is asked for to an open connection, or to the words of a refusal.

use super::domain::{Asked, Domain};
use super::meter::Meter;
use crate::reach::{NotReached, Trust};
use hyper::StatusCode;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Time for a name to be looked up and its addresses to be tried.
const CONNECT: Duration = Duration::from_secs(20);
/// How many names are looked up at once: each takes a thread, which a name server that is silent holds up, from all who share
/// this process.
const LOOK_UPS: usize = 8;
/// How many refusals are told with a run's end.
const MOST_TOLD: usize = 16;
/// What all connections of a run may carry, both ways together.
pub(super) const MOST_BYTES: u64 = 4 << 30;

/// What the connections of one run have in common.
#[derive(Debug)]
pub(super) struct Desk {
    domains: Vec<Domain>,
    trust: Trust,
    pub(super) moved: Meter,
    refused: Mutex<BTreeSet<String>>,
    /// To look a name up.
    turns: Semaphore,
}

/// Why there is no connection, in words for the dapp. Where a name leads is what this host's network knows, and is neither
/// told to the dapp nor with the run's end, which the requester reads.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("this is a proxy: ask for http://HOST/PATH, or CONNECT HOST:PORT")]
    NoProxyRequest,
    #[error("{0} is not among the domains that this worker's operator lets through")]
    Unlisted(Asked),
    #[error("{0} is at an address that is no part of the open internet")]
    Barred(Asked),
    #[error("{0} does not answer")]
    NoAnswer(Asked),
}

impl Refused {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoProxyRequest => StatusCode::BAD_REQUEST,
            Self::Unlisted(_) | Self::Barred(_) => StatusCode::FORBIDDEN,
            Self::NoAnswer(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

impl Desk {
    pub(super) fn new(domains: Vec<Domain>, trust: Trust) -> Self {
        let (moved, refused, turns) = (Meter::default(), Mutex::default(), Semaphore::new(LOOK_UPS));
        Self { domains, trust, moved, refused, turns }
    }

    /// A connection to what is asked for.
    pub(super) async fn connect(&self, asked: Asked) -> Result<TcpStream, Refused> {
        if !self.domains.iter().any(|domain| domain.lets(&asked)) {
            self.tell(asked.to_string());
            return Err(Refused::Unlisted(asked));
        }
        let connecting = async {
            let turn = self.turns.acquire().await;
            let open = self.trust.look_up(&asked.name(), asked.port).await?;
            drop(turn);
            Ok::<_, NotReached>(TcpStream::connect(open.as_slice()).await?)
        };
        match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(NotReached::Barred(_))) => {
                self.tell(format!("{asked} (not on the open internet)"));
                Err(Refused::Barred(asked))
            }
            Ok(Err(NotReached::Unknown(_))) | Err(_) => Err(Refused::NoAnswer(asked)),
        }
    }

    /// What is told with the run's end: what was refused, and whether it carried too much.
    pub(super) fn told(&self) -> Vec<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let beyond =
            (self.moved.bytes() > MOST_BYTES).then(|| format!("all beyond {} GiB", MOST_BYTES >> 30));
        refused.into_iter().chain(beyond).collect()
    }

    fn tell(&self, what: String) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() < MOST_TOLD {
            refused.insert(what);
        }
    }
}
