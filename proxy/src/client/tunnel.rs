//! After a 101: bytes both ways until one side ends or nothing moves for too long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::clock::Deadline;
use crate::limits::Slot;
use crate::record::InFlight;
use crate::stream::Stream;
use crate::worker::Worker;

/// Where the bytes of an upgraded client go.
pub(crate) struct Tunnel {
    /// The upstream's connection after its 101.
    upstream: Stream,
    /// What the upstream sent after its 101 already.
    read: Bytes,
    /// Expires when nothing has moved for the tunnel's idle time.
    idle: Deadline,
    idle_timeout: Duration,
    /// Keeps the request in flight, so that a release waits for its end.
    in_flight: InFlight,
    /// It counts among its client's requests for as long.
    slot: Option<Box<Slot>>,
}

impl Tunnel {
    /// To `upstream`, which sent the bytes `read` after its 101 already.
    pub(crate) fn new(
        worker: &Worker,
        upstream: Stream,
        read: &[u8],
        in_flight: InFlight,
        idle_timeout: Duration,
        slot: Option<Box<Slot>>,
    ) -> Self {
        Self {
            upstream,
            read: Bytes::copy_from_slice(read),
            idle: worker.clock.deadline(),
            idle_timeout,
            in_flight,
            slot,
        }
    }

    /// Passes bytes until both sides have ended, one fails, or nothing moves. `sent` are bytes that the client sent already.
    pub(super) async fn run(self, mut client: impl AsyncRead + AsyncWrite + Unpin, sent: Bytes) {
        let Self { mut upstream, read, idle, idle_timeout, in_flight, slot } = self;
        idle.arm(idle_timeout);
        let copy = async {
            client.write_all(&read).await?;
            client.flush().await?;
            upstream.write_all(&sent).await?;
            upstream.flush().await?;
            let mut client = Watched { io: client, idle: &idle, idle_timeout };
            tokio::io::copy_bidirectional(&mut client, &mut upstream).await
        };
        tokio::select! {
            ended = copy => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "tunnel ended by an error");
                }
            }
            () = idle.expired() => tracing::debug!("tunnel ended: nothing moved for too long"),
        }
        drop((in_flight, slot));
    }
}

/// Arms the idle deadline again whenever a byte moves at the client's side, in either direction.
struct Watched<'d, I> {
    io: I,
    idle: &'d Deadline,
    idle_timeout: Duration,
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<'_, I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        if polled.is_ready() {
            self.idle.arm(self.idle_timeout);
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<'_, I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        if polled.is_ready() {
            self.idle.arm(self.idle_timeout);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
