//! One message on its way from one connection to another: a head that was written, then the body, framed anew as its head says.
//!
//! Both directions of an exchange are pipes. Bytes of a body are never copied but for small pieces, which go out with the head in one write.
//! Invariant: of what is read, nothing goes on that the decoder has not found to be data.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use weir_http1::body::Piece;
use weir_http1::{Decoder, Fields, Length};
use weir_telemetry::outcome::Outcome;

use super::mirror::Tee;
use crate::buffer::Buffer;

mod framing;

/// Bytes after which a body is a large one.
const LARGE: u64 = 48 * 1024;

/// One message on its way.
pub(super) struct Pipe {
    decoder: Decoder,
    /// Whether the body goes on in chunks.
    chunked: bool,
    /// Head, chunk sizes, small pieces: written before the body bytes that stand first in the buffer.
    frame: Vec<u8>,
    written: usize,
    /// Bytes of the buffer that are data and go out next.
    body: usize,
    /// The chunk whose data goes out now still needs its end.
    owes_end: bool,
    ended: bool,
    /// Bytes written since the head was set.
    sent: u64,
    /// Bytes of the body that were read.
    passed: u64,
    waits: Waits,
    /// Bytes that the body may have.
    limit: u64,
    /// Who is told what the body is.
    tee: Option<Rc<Tee>>,
    /// It breaks off after what is still to be written.
    breaks: Option<Broken>,
    grpc_outcome: Option<Outcome>,
}

/// What a pipe that could not go on waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// More bytes of the message.
    Source,
    /// Room for more bytes at the other side.
    Sink,
}

/// Why a message does not come to its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Broken {
    /// It ended too early, or its connection failed.
    Source,
    /// It is not what its head says.
    Invalid,
    /// It has more bytes than it may have.
    TooLarge,
    /// The other side takes nothing any more.
    Sink,
}

impl Pipe {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(Length::None),
            chunked: false,
            frame: Vec::with_capacity(2 * 1024),
            written: 0,
            body: 0,
            owes_end: false,
            ended: true,
            sent: 0,
            passed: 0,
            waits: Waits::Source,
            limit: u64::MAX,
            tee: None,
            breaks: None,
            grpc_outcome: None,
        }
    }

    /// Begins a message: write its head into what this returns. `chunked`: its body goes on in chunks, however it comes.
    pub(super) fn begin(&mut self, length: Length, chunked: bool) -> &mut Vec<u8> {
        self.decoder = Decoder::new(length);
        self.chunked = chunked;
        self.frame.clear();
        (self.written, self.body, self.owes_end) = (0, 0, false);
        (self.sent, self.passed) = (0, 0);
        (self.breaks, self.limit, self.grpc_outcome) = (None, u64::MAX, None);
        self.ended = self.decoder.is_done();
        &mut self.frame
    }

    /// Sends the same bytes again, as long as nothing of the body was.
    pub(super) fn rewind(&mut self) {
        (self.written, self.sent) = (0, 0);
    }

    /// The body may have this many bytes, if there is a limit. To be said after the beginning.
    pub(super) fn limit(&mut self, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            self.limit = bytes;
        }
    }

    /// Who is told what the body is, until another request says who.
    pub(super) fn tee(&mut self, tee: Option<Rc<Tee>>) {
        self.tee = tee;
    }

    /// Whether everything was written.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.written == self.frame.len() && self.body == 0
    }

    /// Bytes written since the head was set, or since the last rewind.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Bytes of the body so far.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }

    /// What it waits for, after it was pending.
    pub(super) fn waits(&self) -> Waits {
        self.waits
    }

    /// Whether the message has no body.
    pub(super) fn is_bodiless(&self) -> bool {
        self.ended && self.body == 0
    }

    /// How the request counts by the `grpc-status` among the trailer fields.
    pub(super) fn grpc_outcome(&self) -> Option<Outcome> {
        self.grpc_outcome
    }

    /// Drops what is left of the body as far as it is here; whether that was all of it.
    pub(super) fn discard(&mut self, buffer: &mut Buffer, trailers: &mut Fields) -> bool {
        buffer.take(std::mem::take(&mut self.body));
        while !self.ended {
            match self.decoder.next(buffer.filled(), trailers) {
                Ok(Piece::Data(range)) => buffer.take(range.end),
                Ok(Piece::End { skip, trailers: _ }) => {
                    buffer.take(skip);
                    self.ended = true;
                }
                Ok(Piece::More { .. }) | Err(_) => return false,
            }
        }
        true
    }

    /// Goes on until the message has ended or one side is not ready.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        buffer: &mut Buffer,
        sink: &mut (impl AsyncWrite + Unpin),
        trailers: &mut Fields,
    ) -> Poll<Result<(), Broken>> {
        loop {
            let mut is_hungry = false;
            if self.body == 0 && !self.ended && self.breaks.is_none() {
                match self.gather(buffer, trailers) {
                    Ok(hungry) => is_hungry = hungry,
                    Err(refused) => {
                        tracing::debug!(%refused, "a body is not valid");
                        self.breaks = Some(Broken::Invalid);
                    }
                }
            }
            self.waits = Waits::Sink;
            ready!(self.poll_write(cx, buffer, sink)).map_err(|_| Broken::Sink)?;
            // After what was right before it: whoever reads it sees where it breaks off.
            if let Some(broken) = self.breaks {
                ready!(Pin::new(sink).poll_flush(cx)).map_err(|_| Broken::Sink)?;
                return Poll::Ready(Err(broken));
            }
            if self.ended {
                return Pin::new(sink).poll_flush(cx).map_err(|_| Broken::Sink);
            }
            if is_hungry {
                ready!(Pin::new(&mut *sink).poll_flush(cx)).map_err(|_| Broken::Sink)?;
                self.waits = Waits::Source;
                ready!(self.poll_read(cx, source, buffer))?;
            }
        }
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Buffer,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        loop {
            let frame = self.frame.get(self.written..).unwrap_or_default();
            let body = buffer.filled().get(..self.body).unwrap_or_default();
            let sink = Pin::new(&mut *sink);
            let n = match (frame, body) {
                ([], []) => return Poll::Ready(Ok(())),
                (frame, []) => ready!(sink.poll_write(cx, frame))?,
                ([], body) => ready!(sink.poll_write(cx, body))?,
                (frame, body) => {
                    let both = [IoSlice::new(frame), IoSlice::new(body)];
                    ready!(sink.poll_write_vectored(cx, &both))?
                }
            };
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_frame = n.min(frame.len());
            self.written += of_frame;
            self.body -= n - of_frame;
            buffer.take(n - of_frame);
            self.sent = self.sent.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        }
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        buffer: &mut Buffer,
    ) -> Poll<Result<(), Broken>> {
        if self.passed >= LARGE {
            buffer.widen();
        }
        if !buffer.make_room(0) {
            // Only framing that does not come to its end fills a whole buffer.
            return Poll::Ready(Err(Broken::Invalid));
        }
        match ready!(buffer.poll_fill(cx, source)) {
            Ok(0) if self.decoder.ends_with_connection() => self.end(&[], &Fields::default()),
            Ok(0) | Err(_) => return Poll::Ready(Err(Broken::Source)),
            Ok(_) => {}
        }
        Poll::Ready(Ok(()))
    }
}
