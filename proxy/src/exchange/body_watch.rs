//! Limits of a client's request body: its silence, and its rate.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::pipe::{Pipe, Waits};
use crate::client::link::Link;
use crate::clock::Deadline;

/// Time after which the average rate of a body counts.
const RATE_GRACE: Duration = Duration::from_secs(5);

/// Watches one body.
pub(super) struct BodyWatch {
    deadline: Deadline,
    started: Instant,
    /// Bytes at the last look at which the client was waited for.
    waited_at: Option<u64>,
}

impl BodyWatch {
    pub(super) fn new(link: &Link) -> Self {
        Self { deadline: link.worker.clock.deadline(), started: link.worker.clock.now(), waited_at: None }
    }

    /// Ready when the client has had its time. To be asked when the body is not whole and could not go on.
    pub(super) fn poll(&mut self, cx: &Context<'_>, link: &Link, upload: &Pipe) -> Poll<()> {
        let passed = upload.passed();
        if upload.waits() == Waits::Sink {
            self.waited_at = None;
            self.deadline.disarm();
            return Poll::Pending;
        }
        if self.waited_at != Some(passed) {
            self.waited_at = Some(passed);
            self.deadline.arm(link.worker.config.timeouts.request_body_timeout);
            let age = link.worker.clock.now().saturating_duration_since(self.started);
            // Streams of HTTP/2 may live as long as they like (gRPC); what they may hold is limited by their windows.
            if !link.is_multiplexed() && is_below(passed, age, link.worker.config.limits.min_body_rate) {
                return Poll::Ready(());
            }
        }
        self.deadline.poll_expired(cx)
    }
}

/// Whether `bytes` in this time are less than `rate` bytes a second allows, after a grace.
pub(super) fn is_below(bytes: u64, age: Duration, rate: u64) -> bool {
    age > RATE_GRACE && bytes < age.as_secs().saturating_mul(rate)
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
