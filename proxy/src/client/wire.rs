//! A client's byte stream as hyper sees it: it tells its [`Link`] what moves.
//!
//! It is where first-byte, header and write-stall limits are seen, because neither hyper nor h2 has all of these timers.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::link::Link;
use crate::stream::Stream;

/// One client's byte stream, watched.
pub(crate) struct Wire {
    stream: Stream,
    /// Bytes read to find out which protocol is spoken.
    peeked: Bytes,
    link: Rc<Link>,
}

impl Wire {
    /// `peeked` was read from the stream already.
    pub(super) fn new(stream: Stream, link: Rc<Link>, peeked: Bytes) -> Self {
        Self { stream, peeked, link }
    }

    fn written(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &polled {
            Poll::Pending => self.link.write_blocked(),
            Poll::Ready(Ok(n)) => self.link.bytes_written(*n),
            Poll::Ready(Err(_)) => {}
        }
        polled
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let polled = if this.peeked.has_remaining() {
            let n = this.peeked.len().min(buf.remaining());
            buf.put_slice(&this.peeked.split_to(n));
            Poll::Ready(Ok(()))
        } else {
            Pin::new(&mut this.stream).poll_read(cx, buf)
        };
        let read = buf.filled().len() - before;
        if read > 0 {
            this.link.bytes_read(read);
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        if self.stream.is_tls() {
            if polled.is_pending() {
                self.link.write_blocked();
            } else {
                self.link.bytes_written(0);
            }
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
