//! How much goes over a connection, and whether anything still does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that have gone over one connection, or over all of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Relaxed);
    }

    /// Comes back when nothing was counted for `time`, and before twice that.
    pub(super) async fn still(&self, time: Duration) {
        loop {
            let before = self.bytes();
            tokio::time::sleep(time).await;
            if self.bytes() == before {
                return;
            }
        }
    }
}

/// A stream whose bytes, of both ways, are counted, and that breaks when those of the whole run are too many.
#[derive(Debug)]
pub(super) struct Metered<S> {
    pub(super) stream: S,
    /// Those of this stream.
    pub(super) own: Meter,
    /// Those of all streams of the run.
    pub(super) all: Meter,
    /// How many all may come to.
    pub(super) most: u64,
}

impl<S> Metered<S> {
    fn count(&self, bytes: usize) -> io::Result<()> {
        self.own.add(bytes);
        self.all.add(bytes);
        if self.all.bytes() > self.most { Err(io::ErrorKind::QuotaExceeded.into()) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        Poll::Ready(self.count(into.filled().len() - before))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, from))?;
        Poll::Ready(self.count(written).map(|()| written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn both_ways_count_and_too_much_breaks_the_stream() {
        let (near, mut far) = tokio::io::duplex(64);
        let (own, all) = (Meter::default(), Meter::default());
        all.add(4);
        let mut near = Metered { stream: near, own: own.clone(), all: all.clone(), most: 10 };
        near.write_all(b"abc").await.unwrap();
        far.write_all(b"defg").await.unwrap();
        near.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!((own.bytes(), all.bytes()), (6, 10));
        let over = near.read_exact(&mut [0; 1]).await.unwrap_err();
        assert_eq!(over.kind(), io::ErrorKind::QuotaExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_is_not_still() {
        let meter = Meter::default();
        let time = Duration::from_secs(10);
        let going_on = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                meter.add(1);
            }
        };
        tokio::select! {
            () = meter.still(time) => panic!("it was not still"),
            () = going_on => {}
        }
        meter.still(time).await;
    }
}
