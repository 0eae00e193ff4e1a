//! The request body on its way to the upstream: re-framed by the codec on the other side, limited in time, its trailers filtered.

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
use crate::harden::trailers;

/// Time after which the average rate of a body counts.
const RATE_GRACE: Duration = Duration::from_secs(5);

/// What a client's own deadline gets to be noticed first.
const SLACK: Duration = Duration::from_millis(200);

/// The body of a request for an upstream.
pub(crate) struct Upload(Option<Stream>);

struct Stream {
    incoming: Incoming,
    link: Rc<Link>,
    progress: Rc<Progress>,
    deadline: Deadline,
    started: Instant,
    bytes: u64,
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
    pub(super) fn empty() -> Self {
        Self(None)
    }

    /// The body that `incoming` brings.
    pub(super) fn new(link: &Rc<Link>, incoming: Incoming) -> Self {
        Self(Some(Stream {
            incoming,
            link: Rc::clone(link),
            progress: Rc::default(),
            deadline: link.worker.clock.deadline(),
            started: link.worker.clock.now(),
            bytes: 0,
        }))
    }

    /// Whether there is no body.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How far it has come; `None` where there is no body.
    pub(super) fn progress(&self) -> Option<Rc<Progress>> {
        self.0.as_ref().map(|stream| Rc::clone(&stream.progress))
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
                self.progress.ended.set(true);
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

    fn accept(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, UploadError> {
        let frame = match frame.into_trailers() {
            Ok(mut fields) => {
                filter_trailers(&mut fields);
                self.progress.ended.set(true);
                return Ok(Frame::trailers(fields));
            }
            Err(frame) => frame,
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        self.link.body_read(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.incoming.is_end_stream() {
            self.progress.ended.set(true);
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

/// Whether `bytes` in this time are less than `rate` bytes a second allows, after a grace.
fn is_below(bytes: u64, age: Duration, rate: u64) -> bool {
    age > RATE_GRACE && bytes < age.as_secs().saturating_mul(rate)
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
        let Some(stream) = &mut self.0 else { return Poll::Ready(None) };
        let polled = stream.poll(cx);
        if let Poll::Ready(Some(Err(error))) = &polled {
            stream.progress.failed.set(Some(*error));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|stream| stream.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), |stream| stream.incoming.size_hint())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::is_below;

    #[test]
    fn a_body_that_drips_is_too_slow_after_the_grace() {
        for (bytes, seconds, rate, slow) in [
            (1, 5, 240, false),
            (1, 6, 240, true),
            (1_439, 6, 240, true),
            (1_440, 6, 240, false),
            (1, 3_600, 0, false),
        ] {
            assert_eq!(
                is_below(bytes, Duration::from_secs(seconds), rate),
                slow,
                "{bytes} bytes in {seconds} s"
            );
        }
    }
}
