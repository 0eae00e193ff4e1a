//! A request body on its way to an upstream that speaks HTTP/2: limited in time, its trailers filtered.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::client::link::Link;
use crate::clock::Deadline;
use crate::error::UploadError;
use crate::exchange::body_watch::is_below;
use crate::exchange::feed::Fed;
use crate::exchange::mirror::Tee;
use crate::harden::trailers;

/// What a client's own deadline gets to be noticed first.
const SLACK: Duration = Duration::from_millis(200);

/// The body of a request for an upstream.
pub(crate) struct Upload(Source);

enum Source {
    Empty,
    /// From a client of hyper's.
    Incoming(Box<Stream>),
    /// From a client of our own codec.
    Fed(Fed),
}

struct Stream {
    incoming: Incoming,
    link: Rc<Link>,
    progress: Rc<Progress>,
    deadline: Deadline,
    started: Instant,
    bytes: u64,
    /// Bytes that it may have.
    limit: u64,
    /// Who is told what it is.
    tee: Option<Rc<Tee>>,
}

/// How far a body has come, for those who wait for the upstream.
#[derive(Debug, Default)]
pub(super) struct Progress {
    failed: Cell<Option<UploadError>>,
    pieces: Cell<u64>,
    seen: Cell<u64>,
    /// Since when nothing has come from the client, as of the last look.
    waiting: Cell<Option<Instant>>,
    ended: Cell<bool>,
}

impl Progress {
    /// Why the body could not be read, if so.
    pub(super) fn failed(&self) -> Option<UploadError> {
        self.failed.get()
    }

    /// Whether all of it was read.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Whether the body moved since the last call, or it is the client that everybody waits for. An upstream that does not read looks
    /// the same at first, because then nobody looks whether the client has sent more; `limit` is the client's time, after which it is
    /// the upstream's fault.
    pub(super) fn moves(&self, now: Instant, limit: Duration) -> bool {
        let moved = self.seen.replace(self.pieces.get()) != self.pieces.get();
        let waits =
            self.waiting.get().is_some_and(|since| now.saturating_duration_since(since) < limit + SLACK);
        moved || (waits && !self.ended.get())
    }
}

impl Upload {
    /// No body.
    pub(in crate::exchange) fn empty() -> Self {
        Self(Source::Empty)
    }

    /// The body that is written into the other end of `fed`.
    pub(in crate::exchange) fn fed(fed: Fed) -> Self {
        Self(Source::Fed(fed))
    }

    /// The body that `incoming` brings, of which no more bytes than `limit` pass, and how far it has come.
    pub(super) fn new(
        link: &Rc<Link>,
        incoming: Incoming,
        limit: Option<u64>,
        tee: Option<Rc<Tee>>,
    ) -> (Self, Rc<Progress>) {
        let progress = Rc::<Progress>::default();
        let stream = Stream {
            incoming,
            link: Rc::clone(link),
            progress: Rc::clone(&progress),
            deadline: link.worker.clock.deadline(),
            started: link.worker.clock.now(),
            bytes: 0,
            limit: limit.unwrap_or(u64::MAX),
            tee,
        };
        (Self(Source::Incoming(Box::new(stream))), progress)
    }

    /// The body again, where nothing of it was sent.
    pub(super) fn into_incoming(self) -> Option<Incoming> {
        match self.0 {
            Source::Incoming(stream) => Some(stream.incoming),
            Source::Empty | Source::Fed(_) => None,
        }
    }
}

impl Stream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Pending => {
                if self.progress.waiting.get().is_none() {
                    self.progress.waiting.set(Some(self.link.worker.clock.now()));
                    self.deadline.arm(self.link.worker.config.timeouts.request_body_timeout);
                }
                if self.deadline.poll_expired(cx).is_ready() {
                    return Poll::Ready(Some(Err(UploadError::Timeout)));
                }
                Poll::Pending
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(UploadError::Broken))),
            Poll::Ready(Some(Ok(frame))) => {
                self.progress.waiting.set(None);
                self.progress.pieces.set(self.progress.pieces.get() + 1);
                self.deadline.disarm();
                Poll::Ready(Some(self.accept(frame)))
            }
        }
    }

    /// Everything was read.
    fn end(&mut self) {
        self.progress.ended.set(true);
        if let Some(tee) = self.tee.take() {
            tee.end();
        }
    }

    fn accept(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, UploadError> {
        let frame = match frame.into_trailers() {
            Ok(mut fields) => {
                filter_trailers(&mut fields);
                self.end();
                return Ok(Frame::trailers(fields));
            }
            Err(frame) => frame,
        };
        let bytes = u64::try_from(frame.data_ref().map_or(0, Bytes::len)).unwrap_or(u64::MAX);
        self.link.body_read(bytes);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.limit {
            return Err(UploadError::TooLarge);
        }
        if let (Some(tee), Some(data)) = (&self.tee, frame.data_ref()) {
            tee.take(data);
        }
        if self.incoming.is_end_stream() {
            self.end();
        } else if self.is_too_slow() {
            return Err(UploadError::Timeout);
        }
        Ok(frame)
    }

    /// Streams of HTTP/2 may live as long as they like (gRPC); what they may hold is limited by their windows.
    fn is_too_slow(&self) -> bool {
        let age = self.link.worker.clock.now().saturating_duration_since(self.started);
        !self.link.is_multiplexed() && is_below(self.bytes, age, self.link.worker.config.limits.min_body_rate)
    }
}

/// Removes trailer fields that may not pass.
pub(super) fn filter_trailers(fields: &mut http::HeaderMap) {
    let refused: Vec<_> =
        fields.keys().filter(|name| !trailers::is_allowed(name.as_str())).cloned().collect();
    for name in refused {
        fields.remove(name);
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let stream = match &mut self.0 {
            Source::Empty => return Poll::Ready(None),
            Source::Fed(fed) => return fed.poll_frame(cx),
            Source::Incoming(stream) => stream,
        };
        let polled = stream.poll(cx);
        if let Poll::Ready(Some(Err(error))) = &polled {
            stream.progress.failed.set(Some(*error));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Empty => true,
            Source::Fed(fed) => fed.is_end(),
            Source::Incoming(stream) => stream.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Empty => SizeHint::with_exact(0),
            Source::Fed(_) => SizeHint::new(),
            Source::Incoming(stream) => stream.incoming.size_hint(),
        }
    }
}
