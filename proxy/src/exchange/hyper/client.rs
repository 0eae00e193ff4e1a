//! The client of a request that hyper reads, as a leg sees it.

use std::task::{Context, Poll};
use std::time::Duration;

use super::visit::Visit;
use crate::client::link::Link;
use crate::error::Failure;
use crate::exchange::frames::Frames;
use crate::exchange::leg::ClientSide;

/// The client of a request that hyper reads.
pub(super) struct HyperClient<'v> {
    pub(super) visit: &'v Visit,
    pub(super) body: &'v mut Frames,
}

impl ClientSide for HyperClient<'_> {
    type Body = Frames;

    fn link(&self) -> &Link {
        &self.visit.link
    }

    fn body(&mut self) -> &mut Frames {
        self.body
    }

    fn arm(&self, after: Duration) {
        self.visit.deadline.arm(after);
    }

    fn poll_expired(&self, cx: &Context<'_>) -> Poll<()> {
        self.visit.deadline.poll_expired(cx)
    }

    fn passed(&mut self) {
        self.visit.link.body_read(self.body.take_count());
    }

    fn broken(&self) -> Failure {
        // A client that goes away takes its request with it: this is framing.
        Failure::BodyInvalid
    }
}
