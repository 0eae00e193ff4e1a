//! The byte stream of one client, plain or TLS, that tells its [`Link`] what moves.
//!
//! It is where first-byte, header and write-stall limits are seen, because neither hyper nor h2 has all of these timers.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::link::Link;

/// Plain or TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// One client's byte stream.
pub(crate) struct Wire {
    stream: Stream,
    /// Bytes read to find out which protocol is spoken.
    peeked: Bytes,
    link: Rc<Link>,
}

impl Wire {
    pub(super) fn new(stream: Stream, link: Rc<Link>) -> Self {
        Self { stream, peeked: Bytes::new(), link }
    }

    /// Puts bytes back in front of the stream.
    pub(super) fn unread(&mut self, bytes: Bytes) {
        self.peeked = bytes;
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
            match &mut this.stream {
                Stream::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
                Stream::Tls(tls) => Pin::new(&mut **tls).poll_read(cx, buf),
            }
        };
        let read = buf.filled().len() - before;
        if read > 0 {
            this.link.bytes_read(read);
        }
        polled
    }
}

impl Wire {
    fn written(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &polled {
            Poll::Pending => self.link.write_blocked(),
            Poll::Ready(Ok(n)) => self.link.bytes_written(*n),
            Poll::Ready(Err(_)) => {}
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Tls(tls) => Pin::new(&mut **tls).poll_write(cx, buf),
        };
        self.written(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, bufs),
            Stream::Tls(tls) => Pin::new(&mut **tls).poll_write_vectored(cx, bufs),
        };
        self.written(polled)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(tcp) => tcp.is_write_vectored(),
            Stream::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Tls(tls) => {
                let polled = Pin::new(&mut **tls).poll_flush(cx);
                if polled.is_pending() {
                    self.link.write_blocked();
                } else {
                    self.link.bytes_written(0);
                }
                polled
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Tls(tls) => Pin::new(&mut **tls).poll_shutdown(cx),
        }
    }
}
