//! The body of an answer on its way to the client. The end of an upstream's body is the end of its request's measurement.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use weir_telemetry::outcome::Outcome;

use super::body::Http1Body;
use super::pacing::Pacing;
use super::upload::{Progress, filter_trailers};
use super::visit::Visit;
use crate::error::RelayError;
use crate::record::{self, Measure};
use crate::upstream::Lease;
use crate::worker::Worker;

/// The body of an answer.
pub(crate) struct Reply {
    visit: Option<Visit>,
    source: Source,
}

enum Source {
    /// Nothing, or nothing any more.
    Ended,
    /// A sentence of the proxy's own.
    Text(Bytes),
    /// The upstream's body.
    Upstream(Upstream),
}

/// An upstream's body with everything that ends with it.
pub(super) struct Upstream {
    pub(super) body: UpstreamBody,
    pub(super) measure: Measure,
    /// How a complete body counts.
    pub(super) outcome: Outcome,
    /// Where it may not go out too fast.
    pub(super) pacing: Option<Box<Pacing>>,
}

/// An upstream's body.
pub(super) enum UpstreamBody {
    /// Over HTTP/1.1; whether the connection may serve another request afterwards.
    Http1(Http1Body, bool),
    /// Over HTTP/2.
    Http2(Http2Body),
}

/// A body of an HTTP/2 stream.
pub(super) struct Http2Body {
    pub(super) incoming: Incoming,
    pub(super) lease: Lease,
    /// The request's body, where it may still be on its way.
    pub(super) upload: Option<Rc<Progress>>,
    /// Whether the last poll found nothing.
    pub(super) waiting: bool,
    pub(super) grpc_outcome: Option<Outcome>,
}

impl Upstream {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        visit: &Visit,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        match &mut self.pacing {
            None => self.body.poll(cx, visit),
            Some(pacing) => pacing.poll(cx, visit, &mut self.body),
        }
    }

    fn held(&self) -> usize {
        self.pacing.as_ref().map_or(0, |pacing| pacing.held())
    }

    fn is_end(&self) -> bool {
        self.held() == 0 && self.body.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        let held = u64::try_from(self.held()).unwrap_or(u64::MAX);
        let hint = self.body.size_hint();
        hint.exact().map_or(hint, |left| SizeHint::with_exact(left.saturating_add(held)))
    }
}

impl UpstreamBody {
    fn is_end(&self) -> bool {
        match self {
            Self::Http1(body, _) => body.is_end(),
            Self::Http2(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Http1(body, _) => body.size_hint(),
            Self::Http2(body) => body.incoming.size_hint(),
        }
    }

    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        visit: &Visit,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        match self {
            Self::Http1(body, _) => body.poll(cx, visit),
            Self::Http2(body) => body.poll(cx, visit),
        }
    }

    fn grpc_outcome(&self) -> Option<Outcome> {
        match self {
            Self::Http1(body, _) => body.grpc_outcome,
            Self::Http2(body) => body.grpc_outcome,
        }
    }

    /// It has come to its end.
    fn give_back(self, worker: &Worker) {
        match self {
            Self::Http1(body, reusable) => {
                let clean = reusable && body.is_clean();
                let Http1Body { http1, lease, .. } = body;
                if clean {
                    lease.give_back(&worker.endpoints);
                }
                worker.spare.give_back(http1.cleared());
            }
            Self::Http2(body) => body.lease.give_back(&worker.endpoints),
        }
    }
}

impl Reply {
    /// No body.
    pub(super) fn empty(mut visit: Visit) -> Self {
        visit.complete();
        Self { visit: Some(visit), source: Source::Ended }
    }

    /// A sentence.
    pub(super) fn text(visit: Visit, text: Bytes) -> Self {
        if visit.head {
            return Self::empty(visit);
        }
        visit.handed_over();
        Self { visit: Some(visit), source: Source::Text(text) }
    }

    /// The upstream's body.
    pub(super) fn upstream(visit: Visit, upstream: Upstream) -> Self {
        visit.handed_over();
        let ended = upstream.is_end();
        let mut reply = Self { visit: Some(visit), source: Source::Upstream(upstream) };
        if ended {
            reply.end(None);
            // The codec writes a head without a body and drops this at once.
        }
        reply
    }

    /// The last piece is out, or there will be none.
    fn end(&mut self, error: Option<RelayError>) {
        let Some(mut visit) = self.visit.take() else { return };
        if error.is_none() {
            visit.complete();
        }
        let Source::Upstream(upstream) = std::mem::replace(&mut self.source, Source::Ended) else { return };
        let Upstream { body, measure, outcome, pacing: _ } = upstream;
        match error {
            None => {
                measure.end(body.grpc_outcome().unwrap_or(outcome));
                body.give_back(&visit.link.worker);
            }
            Some(RelayError::Truncated) => measure.end(Outcome::Truncated),
            Some(RelayError::Timeout) => measure.end(Outcome::UpstreamTimeout),
            Some(RelayError::Upload) => measure.end(Outcome::ClientAborted),
        }
    }
}

impl Http2Body {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        visit: &Visit,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Pending => {
                if !std::mem::replace(&mut self.waiting, true) {
                    visit.deadline.arm(visit.read_timeout);
                }
                if visit.deadline.poll_expired(cx).is_ready() {
                    return Poll::Ready(Some(Err(RelayError::Timeout)));
                }
                Poll::Pending
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Err(_))) => {
                let client = self.upload.as_ref().is_some_and(|upload| upload.failed().is_some());
                Poll::Ready(Some(Err(if client { RelayError::Upload } else { RelayError::Truncated })))
            }
            Poll::Ready(Some(Ok(frame))) => {
                self.waiting = false;
                visit.handed_over();
                Poll::Ready(Some(Ok(match frame.into_trailers() {
                    Ok(mut fields) => {
                        if let Some(status) = fields.get("grpc-status") {
                            self.grpc_outcome = Some(record::outcome_of_grpc(status.as_bytes()));
                        }
                        filter_trailers(&mut fields);
                        Frame::trailers(fields)
                    }
                    Err(data) => data,
                })))
            }
        }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = RelayError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        let this = &mut *self;
        let Some(visit) = &this.visit else { return Poll::Ready(None) };
        let polled = match &mut this.source {
            Source::Ended => Poll::Ready(None),
            Source::Text(text) => {
                let text = std::mem::take(text);
                this.end(None);
                this.source = Source::Ended;
                return Poll::Ready((!text.is_empty()).then(|| Ok(Frame::data(text))));
            }
            Source::Upstream(upstream) => upstream.poll(cx, visit),
        };
        match &polled {
            Poll::Ready(None) => this.end(None),
            Poll::Ready(Some(Err(error))) => this.end(Some(*error)),
            Poll::Ready(Some(Ok(_))) if this.is_last() => this.end(None),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Ended => true,
            Source::Text(text) => text.is_empty(),
            Source::Upstream(upstream) => upstream.is_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Ended => SizeHint::with_exact(0),
            Source::Text(text) => SizeHint::with_exact(u64::try_from(text.len()).unwrap_or(u64::MAX)),
            Source::Upstream(upstream) => upstream.size_hint(),
        }
    }
}

impl Reply {
    /// Whether the piece handed out now was the last one.
    fn is_last(&self) -> bool {
        matches!(&self.source, Source::Upstream(upstream) if upstream.is_end())
    }
}
