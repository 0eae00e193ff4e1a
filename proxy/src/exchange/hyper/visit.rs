//! A request as its connection counts it: from the head to the last byte of whatever answer.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use crate::client::link::Link;
use crate::clock::Deadline;
use crate::limits::Slot;

/// A request on a link, until it is dropped.
pub(crate) struct Visit {
    pub(crate) link: Rc<Link>,
    /// Of this request: the response head, then each piece of the body, then (HTTP/2) the client's taking it.
    pub(crate) deadline: Rc<Deadline>,
    pub(crate) started: Instant,
    /// Whether the answer has no body whatever it says.
    pub(super) head: bool,
    /// Between two pieces of the answer.
    pub(super) read_timeout: Duration,
    /// What it holds while it is in flight.
    pub(super) slot: Option<Box<Slot>>,
    complete: bool,
}

impl Visit {
    pub(super) fn begin(link: Rc<Link>, deadline: Rc<Deadline>) -> Self {
        link.request_started();
        let read_timeout = link.worker.config.timeouts.response_body_timeout;
        Self {
            link,
            deadline,
            started: Instant::now(),
            head: false,
            read_timeout,
            slot: None,
            complete: false,
        }
    }

    /// Everything was handed to the codec: what comes now is not the request's end.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
        self.deadline.disarm();
    }

    /// A piece was handed to the codec. On HTTP/2 the client's window decides when it goes on, and only this deadline sees it.
    pub(crate) fn handed_over(&self) {
        if self.link.is_multiplexed() {
            self.deadline.arm(self.link.worker.config.timeouts.write_timeout);
        } else {
            self.deadline.disarm();
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.link.request_ended(self.started.elapsed(), !self.complete);
    }
}
