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
        let desk = Desk::new(rules.domains.clone(), rules.trust.clone());
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    const BAD: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

    /// A proxy here, and where it listens.
    fn proxy() -> (Proxy, std::net::SocketAddr) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let place = listener.local_addr().unwrap();
        (Proxy::new(listener, &Rules::default()).unwrap(), place)
    }

    #[tokio::test]
    async fn more_connections_than_are_served_wait_for_one_to_end() {
        let (proxy, place) = proxy();
        let asking = async {
            let mut held = Vec::new();
            for _ in 0..MOST_CONNECTIONS {
                held.push(TcpStream::connect(place).await.unwrap());
            }
            let mut next = TcpStream::connect(place).await.unwrap();
            next.write_all(BAD).await.unwrap();
            let mut answer = [0; 12];
            let unheard = timeout(Duration::from_millis(300), next.read_exact(&mut answer)).await;
            assert!(unheard.is_err(), "it was served");
            held.pop();
            next.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.0 400");
        };
        tokio::select! {
            never = proxy.serve() => match never {},
            () = asking => {}
        }
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_refused() {
        let (proxy, place) = proxy();
        let asking = async {
            let mut stream = TcpStream::connect(place).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
            // It may be refused, and so broken off, before all is written.
            let _ = stream.write_all(&b"x: y\r\n".repeat(100_000)).await;
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
        };
        tokio::select! {
            never = proxy.serve() => match never {},
            () = asking => {}
        }
    }
}
