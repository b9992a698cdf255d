//! Who is let through: from what is asked for to an open connection, or to the words of a refusal.

use super::domain::{Asked, Domain};
use super::meter::Meter;
use crate::reach::{NotReached, Trust};
use hyper::StatusCode;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time for a name to be looked up and its addresses to be tried.
const CONNECT: Duration = Duration::from_secs(20);
/// How many refusals are told with a run's end.
const MOST_TOLD: usize = 16;
/// What all connections of a run may carry, both ways together.
pub(super) const MOST_BYTES: u64 = 4 << 30;

/// What the connections of one run have in common.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) domains: Vec<Domain>,
    pub(super) trust: Trust,
    pub(super) moved: Meter,
    pub(super) refused: Mutex<BTreeSet<String>>,
}

/// Why there is no connection, in words for the dapp. What an address is, which only this host's network knows, is not told.
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
    /// A connection to what is asked for.
    pub(super) async fn connect(&self, asked: Asked) -> Result<TcpStream, Refused> {
        if !self.domains.iter().any(|domain| domain.lets(&asked)) {
            self.tell(asked.to_string());
            return Err(Refused::Unlisted(asked));
        }
        let connecting = async {
            let open = self.trust.look_up(&asked.name(), asked.port).await?;
            Ok::<_, NotReached>(TcpStream::connect(open.as_slice()).await?)
        };
        match timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(NotReached::Barred(why))) => {
                self.tell(format!("{asked} ({why})"));
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
