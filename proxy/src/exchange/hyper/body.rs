//! The body of an upstream that speaks HTTP/1.1, as frames; what is left of the request's body goes on beside it.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use http_body::{Frame, SizeHint};
use weir_http1::body::Piece;
use weir_http1::{Decoder, Length, Name};
use weir_telemetry::outcome::Outcome;

use super::sending::Http1;
use super::visit::Visit;
use crate::error::RelayError;
use crate::exchange::remainder;
use crate::exchange::work::Work;
use crate::harden::trailers;
use crate::record;
use crate::upstream::Lease;

/// A body that is read from an upstream's connection.
pub(super) struct Http1Body {
    pub(super) http1: Box<Http1>,
    pub(super) lease: Lease,
    decoder: Decoder,
    /// Bytes that are still to come, where that is known.
    left: Option<u64>,
    /// How the request counts by its trailer.
    pub(super) grpc_outcome: Option<Outcome>,
    waiting: bool,
    /// It breaks off here.
    breaks: bool,
}

impl Http1Body {
    pub(super) fn new(http1: Box<Http1>, lease: Lease, length: Length) -> Self {
        let left = match length {
            Length::None => Some(0),
            Length::Bytes(bytes) => Some(bytes),
            Length::Chunked | Length::UntilEnd => None,
        };
        Self {
            http1,
            lease,
            decoder: Decoder::new(length),
            left,
            grpc_outcome: None,
            waiting: false,
            breaks: false,
        }
    }

    pub(super) fn is_end(&self) -> bool {
        self.decoder.is_done()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }

    /// Whether the connection is at the border between two messages.
    pub(super) fn is_clean(&self) -> bool {
        self.is_end() && self.http1.work.upload.is_done() && self.http1.work.from_upstream.is_empty()
    }

    /// The next frame.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        visit: &Visit,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        self.upload(cx, visit)?;
        let polled = self.poll_frame(cx);
        // hyper drops what it has not written when a body breaks off: it gets one turn to write what was right before that.
        if matches!(polled, Poll::Ready(Some(Err(_)))) && !std::mem::replace(&mut self.breaks, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match &polled {
            Poll::Pending => {
                if !std::mem::replace(&mut self.waiting, true) {
                    visit.deadline.arm(visit.read_timeout);
                }
                if visit.deadline.poll_expired(cx).is_ready() {
                    return Poll::Ready(Some(Err(RelayError::Timeout)));
                }
            }
            Poll::Ready(Some(Ok(_))) => {
                self.waiting = false;
                visit.handed_over();
            }
            Poll::Ready(_) => {}
        }
        polled
    }

    /// Sends what there is of the request's body.
    fn upload(&mut self, cx: &mut Context<'_>, visit: &Visit) -> Result<(), RelayError> {
        let Http1 { work, body, remainder } = &mut *self.http1;
        if work.upload.is_done() {
            return Ok(());
        }
        let Some(tcp) = self.lease.http1() else { return Err(RelayError::Truncated) };
        let polled = remainder.poll(cx, &visit.link, work, body, tcp);
        visit.link.body_read(body.take_count());
        polled.map_err(|remainder::Failed| RelayError::Upload)
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        let Work { from_upstream, trailers, .. } = &mut self.http1.work;
        let truncated = Poll::Ready(Some(Err(RelayError::Truncated)));
        loop {
            let Ok(piece) = self.decoder.next(from_upstream.filled(), trailers) else { return truncated };
            match piece {
                Piece::Data(range) => {
                    let data = from_upstream.filled().get(range.clone()).unwrap_or_default();
                    let data = Bytes::copy_from_slice(data);
                    from_upstream.take(range.end);
                    let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
                    self.left = self.left.map(|left| left.saturating_sub(size));
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Piece::End { skip, trailers: section } => {
                    let lines = from_upstream.filled().get(section).unwrap_or_default();
                    let passing = (!lines.is_empty()).then(|| {
                        self.grpc_outcome =
                            trailers.get(lines, Name::GrpcStatus).map(record::outcome_of_grpc);
                        passing(trailers.iter(lines).map(|field| (field.name, field.value)))
                    });
                    from_upstream.take(skip);
                    return Poll::Ready(passing.map(|fields| Ok(Frame::trailers(fields))));
                }
                Piece::More { skip } => from_upstream.take(skip),
            }
            if !from_upstream.make_room(0) {
                return truncated;
            }
            let Some(tcp) = self.lease.http1() else { return truncated };
            match ready!(from_upstream.poll_fill(cx, tcp)) {
                Ok(0) if self.decoder.ends_with_connection() => {
                    self.decoder = Decoder::new(Length::None);
                    return Poll::Ready(None);
                }
                Ok(0) | Err(_) => return truncated,
                Ok(_) => {}
            }
        }
    }
}

/// Trailer fields that may pass.
fn passing<'f>(fields: impl Iterator<Item = (&'f [u8], &'f [u8])>) -> HeaderMap {
    let field = |(name, value)| {
        let name = HeaderName::from_bytes(name).ok().filter(|name| trailers::is_allowed(name.as_str()))?;
        Some((name, HeaderValue::from_bytes(value).ok()?))
    };
    fields.filter_map(field).collect()
}
