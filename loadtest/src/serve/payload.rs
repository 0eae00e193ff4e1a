//! The body of an answer: whole, or cut in the middle on purpose.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A body in one piece that may announce more than it gives.
#[derive(Debug)]
pub(super) struct Payload {
    rest: Option<Bytes>,
    /// Bytes that are announced and never come.
    missing: u64,
    /// Whether hyper has had its turn to send what was given before the failure; a failure at once would leave nothing of it.
    sent: bool,
}

impl Payload {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { rest: (!bytes.is_empty()).then_some(bytes), missing: 0, sent: false }
    }

    /// Announces all of `bytes`, gives half of them, then fails.
    pub(super) fn cut(bytes: &Bytes) -> Self {
        let given = bytes.slice(..bytes.len() / 2);
        let missing = bytes.len() - given.len();
        let missing = u64::try_from(missing).unwrap_or(u64::MAX).max(1);
        Self { rest: Some(given), missing, sent: false }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match this.rest.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if this.missing == 0 => Poll::Ready(None),
            None if this.sent => Poll::Ready(Some(Err(io::Error::other("cut on purpose")))),
            None => {
                this.sent = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        let given = self.rest.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        SizeHint::with_exact(given.saturating_add(self.missing))
    }
}

/// Why no answer was given: on purpose.
#[derive(Debug, thiserror::Error)]
#[error("reset on purpose")]
pub(super) struct ResetOnPurpose;
