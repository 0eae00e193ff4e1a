//! A body of hyper's as bytes: as they are where their number is known, else in chunks, so that its end, its trailers and a break in it come
//! through as they would over HTTP/1.1.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::io::{AsyncRead, ReadBuf};
use weir_http1::{Length, write};

/// Reads a body of hyper's.
pub(super) struct Frames {
    body: Option<Incoming>,
    chunked: bool,
    /// Bytes that were not read yet.
    out: Vec<u8>,
    read: usize,
    /// Bytes of data so far.
    data: u64,
}

impl Frames {
    /// `length`: how whoever reads takes it; chunks, or plain bytes.
    pub(super) fn new(body: Incoming, length: Length) -> Self {
        Self { body: Some(body), chunked: length == Length::Chunked, out: Vec::new(), read: 0, data: 0 }
    }

    /// No body.
    pub(super) fn empty() -> Self {
        Self { body: None, chunked: false, out: Vec::new(), read: 0, data: 0 }
    }

    /// How long a body is, for whoever reads it here.
    pub(super) fn length_of(body: &Incoming) -> Length {
        match body.size_hint().exact() {
            _ if body.is_end_stream() => Length::None,
            Some(bytes) => Length::Bytes(bytes),
            None => Length::Chunked,
        }
    }

    /// The body again, where nothing of it was read.
    pub(super) fn into_inner(self) -> Option<Incoming> {
        self.body.filter(|_| self.out.is_empty())
    }

    /// Bytes of data that have come since the last call.
    pub(super) fn take_count(&mut self) -> u64 {
        std::mem::take(&mut self.data)
    }

    /// Puts the next frame into `out`.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.out.clear();
        self.read = 0;
        let Some(body) = &mut self.body else { return Poll::Ready(Ok(())) };
        let trailers = match ready!(Pin::new(body).poll_frame(cx)) {
            None => HeaderMap::new(),
            Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    self.data(&data);
                    return Poll::Ready(Ok(()));
                }
                Err(frame) => frame.into_trailers().unwrap_or_default(),
            },
        };
        self.body = None;
        if self.chunked {
            self.out.extend_from_slice(write::LAST_CHUNK);
            for (name, value) in &trailers {
                write::field(&mut self.out, name.as_str().as_bytes(), value.as_bytes());
            }
            self.out.extend_from_slice(write::CHUNK_END);
        }
        Poll::Ready(Ok(()))
    }

    fn data(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.data = self.data.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if self.chunked {
            write::chunk_size(&mut self.out, data.len());
        }
        self.out.extend_from_slice(data);
        if self.chunked {
            self.out.extend_from_slice(write::CHUNK_END);
        }
    }
}

impl AsyncRead for Frames {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.read == this.out.len() {
            if this.body.is_none() {
                return Poll::Ready(Ok(()));
            }
            ready!(this.poll_frame(cx))?;
        }
        let rest = this.out.get(this.read..).unwrap_or_default();
        let here = rest.get(..rest.len().min(buf.remaining())).unwrap_or_default();
        buf.put_slice(here);
        this.read += here.len();
        Poll::Ready(Ok(()))
    }
}
