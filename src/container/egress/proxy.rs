//! The proxy of one run.

use super::connection::serve;
use super::desk::Desk;
use crate::container::Rules;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How many connections of a dapp are served at once; more wait, in the kernel, for as many as it keeps.
const MOST_CONNECTIONS: usize = 64;
/// Pause after a connection that could not be accepted: this process may have too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// The proxy of one run.
#[derive(Debug)]
pub(in crate::container) struct Proxy {
    listener: TcpListener,
    desk: Arc<Desk>,
}

impl Proxy {
    /// A proxy on a socket that is open already, non-blocking; it accepts nobody before it is served.
    ///
    /// # Errors
    /// When the socket cannot be waited for.
    pub(in crate::container) fn new(listener: std::net::TcpListener, rules: &Rules) -> io::Result<Self> {
        let desk = Desk {
            domains: rules.domains.clone(),
            trust: rules.trust.clone(),
            moved: Default::default(),
            refused: Default::default(),
        };
        Ok(Self { listener: TcpListener::from_std(listener)?, desk: Arc::new(desk) })
    }

    /// Serves until it is dropped, and all connections with it.
    pub(in crate::container) async fn serve(&self) -> Infallible {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                    Ok((stream, _)) => {
                        let desk = self.desk.clone();
                        connections.spawn(async move { serve(&desk, stream).await });
                    }
                    Err(_) => sleep(PAUSE).await,
                },
            }
        }
    }

    /// What it refused.
    pub(in crate::container) fn refused(&self) -> Vec<String> {
        self.desk.told()
    }
}
