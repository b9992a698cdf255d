//! One connection of a dapp, from its first request to its end.

use super::answer::{UnderWay, answer};
use super::desk::{Desk, MOST_BYTES};
use super::meter::{Meter, Metered};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

/// Time for the head of a request, also of one that is still to come.
const HEAD: Duration = Duration::from_secs(60);
/// Time in which something must move: servers that think before they answer need some.
const STILL: Duration = Duration::from_secs(300);
/// What is kept of a connection's bytes in memory; a longer head of a request is refused.
const BUFFER_BYTES: usize = 32 << 10;

/// Serves it. Whatever ends it, the dapp sees its end.
pub(super) async fn serve(desk: &Desk, stream: TcpStream) {
    let own = Meter::default();
    let stream = Metered { stream, own: own.clone(), all: desk.moved.clone(), most: MOST_BYTES };
    tokio::select! {
        // A connection that broke needs nobody's attention but the dapp's.
        _ = requests(desk, stream) => {}
        () = own.still(STILL) => {}
    }
}

async fn requests(desk: &Desk, stream: Metered<TcpStream>) -> io::Result<()> {
    let under_way = UnderWay::default();
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        // A dapp that has said all it has to say still waits for its answer.
        .half_close(true)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request| async { Ok::<_, Infallible>(answer(desk, &under_way, request).await) }),
        )
        .without_shutdown()
        .await
        .map_err(io::Error::other)?;
    let tunnel = under_way.tunnel.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut near = served.io.into_inner();
    match tunnel {
        Some(mut far) => {
            // What the dapp said before it was told that it is through.
            far.write_all(&served.read_buf).await?;
            copy_bidirectional(&mut near, &mut far).await.map(drop)
        }
        None => near.shutdown().await,
    }
}
