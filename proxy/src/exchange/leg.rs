//! One attempt over one connection: the head goes out, the body after it, until the head of the upstream's answer is there.
//!
//! The same for every client: [`ClientSide`] says where the body comes from.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncRead;

use super::attempt::Lost;
use super::body_watch::BodyWatch;
use super::choose::Chosen;
use super::pipe::{Broken, Waits};
use super::upstream_io::{Answering, Progress, UpstreamIo};
use super::work::{self, Work};
use crate::buffer::Buffer;
use crate::client::link::Link;
use crate::error::Failure;
use crate::worker::Worker;

/// The client of a request, as whoever sends its request on sees it.
pub(super) trait ClientSide {
    /// Where its body comes from.
    type Body: AsyncRead + Unpin;

    /// Its connection.
    fn link(&self) -> &Link;

    fn body(&mut self) -> &mut Self::Body;

    /// From now on the request has this long.
    fn arm(&self, after: Duration);

    /// Ready when it has had its time.
    fn poll_expired(&self, cx: &Context<'_>) -> Poll<()>;

    /// Tells a client that waits for it to send its body.
    fn poll_go_on(&mut self, _: &mut Context<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Whether it has closed its connection; what it sends meanwhile goes into `buffer`.
    fn has_gone(&mut self, _: &mut Context<'_>, _: &mut Buffer) -> bool {
        false
    }

    /// Bytes of the body were passed on.
    fn passed(&mut self) {}

    /// What it means that its body breaks off.
    fn broken(&self) -> Failure;
}

/// What is waited for an upstream.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// While it takes nothing of a body.
    pub(super) send: Duration,
    /// From the end of the request to the head of the answer.
    pub(super) answer: Duration,
}

impl Patience {
    /// As the request's route has it.
    pub(super) fn of(chosen: &Chosen, worker: &Worker) -> Self {
        let usual = worker.config.timeouts.response_timeout;
        match &chosen.terms {
            None => Self { send: usual, answer: usual },
            Some(terms) => Self {
                send: terms.send_timeout().unwrap_or(usual),
                answer: terms.read_timeout().unwrap_or(usual),
            },
        }
    }
}

/// One request on its way to one connection.
pub(super) struct Leg<'r, C> {
    client: &'r mut C,
    work: &'r mut Work,
    watch: &'r mut Option<BodyWatch>,
    /// What is waited for the upstream.
    patience: Patience,
    to_head: bool,
    /// The connection has not been looked at since it was kept.
    was_kept: bool,
    /// The upstream takes nothing more of the body; it may have answered nevertheless.
    refused_body: bool,
    /// Bytes of the body at the last look.
    moved: u64,
    progress: Progress,
}

impl<'r, C: ClientSide> Leg<'r, C> {
    /// What stands in the work's upload is to be sent; `was_kept`: on a connection that waited.
    pub(super) fn new(
        client: &'r mut C,
        work: &'r mut Work,
        watch: &'r mut Option<BodyWatch>,
        patience: Patience,
        to_head: bool,
        was_kept: bool,
    ) -> Self {
        let progress = Progress::default();
        Self { client, work, watch, patience, to_head, was_kept, refused_body: false, moved: 0, progress }
    }

    /// Sends until the head of the answer is there; its status.
    pub(super) async fn run(mut self, upstream: &mut impl UpstreamIo) -> Result<u16, Lost> {
        self.work.from_upstream.clear();
        let Patience { send, answer } = self.patience;
        self.client.arm(if self.watch.is_some() { send } else { answer });
        poll_fn(|cx| self.poll(cx, upstream)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>, upstream: &mut impl UpstreamIo) -> Poll<Result<u16, Lost>> {
        let is_first = std::mem::take(&mut self.was_kept);
        if is_first && upstream.poll_is_dead(cx, &mut self.work.from_upstream) {
            return Poll::Ready(Err(Lost { failure: Failure::Reset, unsent: true }));
        }
        if !self.refused_body && !self.work.upload.is_done() {
            self.upload(cx, upstream)?;
        }
        let answering = Answering {
            buffer: &mut self.work.from_upstream,
            head: &mut self.work.response,
            progress: &mut self.progress,
            limits: work::limits(&self.client.link().worker.config.limits),
            to_head: self.to_head,
        };
        // A connection that was looked at a moment ago wakes this up when the answer comes.
        match if is_first { Poll::Pending } else { upstream.poll_answer(cx, answering) } {
            Poll::Pending => {}
            Poll::Ready(Ok(status)) => return Poll::Ready(Ok(status)),
            Poll::Ready(Err(failure)) => return Poll::Ready(Err(Lost { failure, unsent: false })),
        }
        let lost = |failure| Poll::Ready(Err(Lost { failure, unsent: false }));
        if self.work.upload.is_done() && self.client.has_gone(cx, &mut self.work.from_client) {
            return lost(Failure::ClientGone);
        }
        if self.client.poll_expired(cx).is_ready() {
            if !self.may_wait_on() {
                return lost(Failure::ResponseTimeout);
            }
            self.client.arm(self.patience.send);
            let armed = self.client.poll_expired(cx);
            debug_assert!(armed.is_pending(), "a deadline expired as it was armed");
        }
        Poll::Pending
    }

    /// Sends what there is of head and body.
    fn upload(&mut self, cx: &mut Context<'_>, upstream: &mut impl UpstreamIo) -> Result<(), Lost> {
        let lost = |failure| Err(Lost { failure, unsent: false });
        let Work { upload, from_client, trailers, .. } = &mut *self.work;
        let polled = upload.poll(cx, self.client.body(), from_client, upstream, trailers);
        self.client.passed();
        match polled {
            Poll::Ready(Ok(())) => {
                upstream.body_sent();
                if self.watch.is_some() {
                    self.client.arm(self.patience.answer);
                }
                return Ok(());
            }
            Poll::Ready(Err(Broken::Source)) => return lost(self.client.broken()),
            Poll::Ready(Err(Broken::Invalid)) => return lost(Failure::BodyInvalid),
            Poll::Ready(Err(Broken::TooLarge)) => return lost(Failure::BodyTooLarge),
            Poll::Ready(Err(Broken::Sink)) if upload.sent() == 0 => {
                return Err(Lost { failure: Failure::Reset, unsent: true });
            }
            Poll::Ready(Err(Broken::Sink)) => {
                self.refused_body = true;
                return Ok(());
            }
            Poll::Pending => {}
        }
        let waits_for_client = upload.waits() == Waits::Source && upload.passed() == 0;
        if waits_for_client && self.client.poll_go_on(cx).is_err() {
            return lost(Failure::ClientGone);
        }
        match self.watch.as_mut().map(|watch| watch.poll(cx, self.client.link(), &self.work.upload)) {
            Some(Poll::Ready(())) => lost(Failure::BodyTimeout),
            Some(Poll::Pending) | None => Ok(()),
        }
    }

    /// Whether an answer that is late need not be one yet: the body is on its way, or it is the client that everybody waits for.
    fn may_wait_on(&mut self) -> bool {
        let upload = &self.work.upload;
        let moved = std::mem::replace(&mut self.moved, upload.passed()) != upload.passed();
        !self.refused_body && !upload.is_done() && (moved || upload.waits() == Waits::Source)
    }
}
