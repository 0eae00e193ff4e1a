//! Frames that are held back: see [`crate::exchange::pace`].

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Frame;

use super::relay::UpstreamBody;
use super::visit::Visit;
use crate::error::RelayError;
use crate::exchange::pace::Pacer;

/// What one body is held back with.
pub(super) struct Pacing {
    pacer: Box<Pacer>,
    /// Bytes that have come and may not go out yet.
    held: Bytes,
}

impl Pacing {
    pub(super) fn new(pacer: Box<Pacer>) -> Self {
        Self { pacer, held: Bytes::new() }
    }

    /// Bytes that have come and may not go out yet.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// The next frame, or as much of it as may go out.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        visit: &Visit,
        body: &mut UpstreamBody,
    ) -> Poll<Option<Result<Frame<Bytes>, RelayError>>> {
        if self.held.is_empty() {
            match ready!(body.poll(cx, visit)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.held = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        let allowed = ready!(self.pacer.poll(cx, self.held.len()));
        self.pacer.spend(allowed);
        visit.handed_over();
        Poll::Ready(Some(Ok(Frame::data(self.held.split_to(allowed)))))
    }
}
