//! Answers that may not go out faster than their route says (`limit-rate`).
//!
//! Time is the worker's, so a paced answer wakes up about ten times a second and never waits in a loop; its upstream is held back with it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::Instant;
use weir_routing::policy::Pace;

use crate::clock::Deadline;
use crate::worker::Worker;

/// Pieces of a second in which bytes go out.
const PIECES: u32 = 10;

/// The pace of one answer.
pub(super) struct Pacer {
    worker: Rc<Worker>,
    pace: Pace,
    deadline: Deadline,
    started: Instant,
    sent: u64,
}

impl Pacer {
    pub(super) fn new(worker: &Rc<Worker>, pace: Pace) -> Self {
        let deadline = worker.clock.deadline();
        Self { worker: Rc::clone(worker), pace, deadline, started: worker.clock.now(), sent: 0 }
    }

    /// How many of `wanted` bytes may go out now; pending where it is too few to be worth it.
    pub(super) fn poll(&self, cx: &Context<'_>, wanted: usize) -> Poll<usize> {
        let age = self.worker.clock.now().saturating_duration_since(self.started);
        let allowed = self.pace.allowed(age).saturating_sub(self.sent);
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX).min(wanted);
        let piece = usize::try_from(self.pace.rate / u64::from(PIECES)).unwrap_or(usize::MAX).max(1);
        if allowed >= piece.min(wanted) {
            return Poll::Ready(allowed);
        }
        self.deadline.arm(Duration::from_secs(1) / PIECES);
        let armed = self.deadline.poll_expired(cx);
        debug_assert!(armed.is_pending(), "a deadline expired as it was armed");
        Poll::Pending
    }

    /// Bytes went out.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

/// A sink that takes no more than the pace allows.
pub(super) struct Paced<'p, S> {
    pub(super) sink: &'p mut S,
    pub(super) pacer: &'p mut Pacer,
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<'_, S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { sink, pacer } = self.get_mut();
        let allowed = ready!(pacer.poll(cx, bytes.len()));
        let written = ready!(Pin::new(&mut **sink).poll_write(cx, bytes.get(..allowed).unwrap_or_default()))?;
        pacer.spend(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().sink).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().sink).poll_shutdown(cx)
    }
}
