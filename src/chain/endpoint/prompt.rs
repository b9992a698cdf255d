//! WebSockets on which nothing small waits for anything else.
//!
//! A node that does not switch off Nagle's algorithm holds a small message back until the one before it is acknowledged, and
//! this machine holds that acknowledgement back as long as it has nothing to say itself: 40 ms for a head or a receipt. So each
//! answer is acknowledged at once. Over TLS the library's own connection is used: what serves TLS does not hold back.

use alloy::pubsub::{ConnectionHandle, PubSubConnect};
use alloy::transports::ws::{WsBackend, WsConnect};
use alloy::transports::{BoxTransport, Transport, TransportErrorKind, TransportResult};
use socket2::SockRef;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_tungstenite::{MaybeTlsStream, connect_async_with_config};

/// How often the other side is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// A second hand on an open connection; the connection is closed when this is gone as well.
#[derive(Clone)]
pub(super) struct Prompt(Arc<OnceLock<OwnedFd>>);

impl Prompt {
    /// Acknowledges what has come. The kernel forgets that this was asked for, so it is asked for again and again.
    pub(super) fn acknowledge(&self) {
        if let Some(socket) = self.0.get() {
            // Without it all is as right and a little slower.
            let _ = SockRef::from(socket).set_tcp_quickack(true);
        }
    }
}

/// Connects to a `ws` URL.
pub(super) async fn connect(url: &str) -> TransportResult<(BoxTransport, Prompt)> {
    let prompt = Prompt(Arc::default());
    let connector = Connector { url: url.to_owned(), prompt: prompt.clone() };
    Ok((connector.into_service().await?.boxed(), prompt))
}

struct Connector {
    url: String,
    prompt: Prompt,
}

impl PubSubConnect for Connector {
    fn is_local(&self) -> bool {
        WsConnect::new(&self.url).is_local()
    }

    async fn connect(&self) -> TransportResult<ConnectionHandle> {
        let connecting = connect_async_with_config(WsConnect::new(&self.url), None, true);
        let (socket, _) = connecting.await.map_err(TransportErrorKind::custom)?;
        if let MaybeTlsStream::Plain(tcp) = socket.get_ref()
            && let Ok(second) = tcp.as_fd().try_clone_to_owned()
        {
            let _ = self.prompt.0.set(second);
        }
        let (handle, interface) = ConnectionHandle::new();
        WsBackend::from_socket(socket, interface, KEEPALIVE).spawn();
        // A connection that breaks is seen by the keeper.
        Ok(handle.with_max_retries(0))
    }
}
