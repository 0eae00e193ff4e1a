//! Sending a request until an upstream answers: another connection, another endpoint, and at last stable for what canary or baseline failed.
//!
//! | what failed | what was sent | then |
//! |---|---|---|
//! | connect | nothing | another endpoint of the track, up to `--connect-retries` times |
//! | a used connection, closed by the other side | nothing | once more on a new connection |
//! | no response head | perhaps all | GET, HEAD, OPTIONS without body: once more on another endpoint, or a new connection |
//! | all of that, on canary or baseline | | once on stable, under the same conditions (`--rescue`) |
//!
//! A timeout is never repeated. [`crate::record`] says how each case counts.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use http::Request;

use super::answer::UpstreamResponse;
use super::choose::Chosen;
use super::outbound::Outbound;
use super::upload::{Progress, Upload};
use super::visit::Visit;
use crate::config::Rescue;
use crate::error::{Failure, UploadError};
use crate::record::{self, Measure};
use crate::upstream::{Endpoint, Lease, NotSent, balance};
use crate::worker::TrackState;

/// An upstream's answer and everything that goes on with its body.
pub(super) struct Answered {
    pub(super) response: UpstreamResponse,
    pub(super) lease: Lease,
    pub(super) measure: Measure,
    pub(super) upload: Option<Rc<Progress>>,
}

/// One track's answer.
struct Sent {
    response: UpstreamResponse,
    lease: Lease,
    upload: Option<Rc<Progress>>,
    /// The request again, where it may be repeated.
    spare: Option<Outbound>,
}

/// One track gave no answer.
struct Stopped {
    failure: Failure,
    /// The request, where it may be sent elsewhere. On the heap, because a failure is rare and a request is large.
    outbound: Option<Box<Outbound>>,
}

impl Stopped {
    fn new(failure: Failure, outbound: Option<Outbound>) -> Self {
        Self { failure, outbound: outbound.map(Box::new) }
    }
}

/// Sends a request. Its measurement has ended where this fails.
pub(super) async fn run(visit: &Visit, chosen: Chosen, outbound: Outbound) -> Result<Answered, Failure> {
    let worker = &visit.link.worker;
    let rescue = worker.config.retry.rescue;
    let stable = chosen.stable.filter(|stable| rescue != Rescue::Off && stable.backend.is_ready());
    let mut measure = Measure::begin(worker, &chosen.track.series, visit.started);
    let (outcome, failure, again) =
        match Attempts::new(visit, &chosen.track, stable.is_some()).send(&mut measure, outbound).await {
            Ok(Sent { response, lease, upload, spare }) => {
                let status = response.status().as_u16();
                match spare.filter(|_| rescue == Rescue::Errors && status >= 500 && stable.is_some()) {
                    Some(again) => (record::outcome_of(status), None, Some(again)),
                    None => return Ok(Answered { response, lease, measure, upload }),
                }
            }
            Err(Stopped { failure, outbound }) => {
                (failure.outcome(), Some(failure), outbound.map(|boxed| *boxed))
            }
        };
    let (Some(stable), Some(again)) = (stable, again) else {
        measure.end(outcome);
        return Err(failure.unwrap_or(Failure::Reset));
    };
    measure.rescued(outcome);
    let mut measure = Measure::begin(worker, &stable.series, super::now());
    match Attempts::new(visit, &stable, false).send(&mut measure, again).await {
        Ok(Sent { response, lease, upload, spare: _ }) => Ok(Answered { response, lease, measure, upload }),
        Err(Stopped { failure, outbound: _ }) => {
            measure.end(failure.outcome());
            Err(failure)
        }
    }
}

/// The attempts of one request on one track.
struct Attempts<'t> {
    visit: &'t Visit,
    track: &'t TrackState,
    /// Whether the request can still go to another track.
    has_rescue: bool,
    /// Endpoints that could not be reached or failed.
    tried: Vec<Rc<Endpoint>>,
    connects_left: u32,
    repeats_left: u32,
    /// A waiting connection turned out to be dead: the next one is new.
    fresh: bool,
}

impl<'t> Attempts<'t> {
    fn new(visit: &'t Visit, track: &'t TrackState, has_rescue: bool) -> Self {
        let connects_left = visit.link.worker.config.retry.connect_retries;
        Self { visit, track, has_rescue, tried: Vec::new(), connects_left, repeats_left: 1, fresh: false }
    }

    async fn send(mut self, measure: &mut Measure, mut outbound: Outbound) -> Result<Sent, Stopped> {
        let worker = &self.visit.link.worker;
        loop {
            let Some(endpoint) = self.pick() else {
                return Err(Stopped::new(Failure::NoEndpoint, Some(outbound)));
            };
            let mut lease = match Lease::take(worker, &endpoint, self.fresh).await {
                Ok(lease) => lease,
                Err(failure) => {
                    self.tried.push(endpoint);
                    if !failure.may_be_repeated() {
                        return Err(Stopped::new(failure, None));
                    }
                    if self.connects_left == 0 || self.pick().is_none() {
                        return Err(Stopped::new(failure, Some(outbound)));
                    }
                    self.connects_left -= 1;
                    measure.retried();
                    continue;
                }
            };
            measure.set_warmup(endpoint.warms_up(worker.config.warmup_requests));
            let spare = (outbound.is_repeatable() && self.may_need_spare(&lease)).then(|| outbound.copy());
            let upload = outbound.upload.progress();
            let (request, remainder) = outbound.into_request(&endpoint);
            match head(self.visit, &mut lease, request, upload.as_deref()).await {
                Ok(response) => {
                    measure.first_byte();
                    return Ok(Sent { response, lease, upload, spare });
                }
                Err(Lost { request: Some(request), .. }) if !self.fresh => {
                    self.fresh = true;
                    outbound = remainder.restore(request);
                }
                Err(Lost { failure, request }) => {
                    let again = request.map(|request| remainder.restore(request)).or(spare);
                    let again = again.filter(|_| failure.may_be_repeated());
                    outbound = self.repeat(failure, again, &lease)?;
                }
            }
            measure.retried();
        }
    }

    fn pick(&self) -> Option<Rc<Endpoint>> {
        let worker = &self.visit.link.worker;
        let random = |n| worker.random_below(n);
        balance::pick(&self.track.endpoints, &self.tried, worker.clock.now(), random).cloned()
    }

    /// Whether anything could be done with a second copy of the request.
    fn may_need_spare(&self, lease: &Lease) -> bool {
        self.has_rescue
            || (self.repeats_left > 0
                && (lease.is_reused() || self.track.endpoints.len() > self.tried.len() + 1))
    }

    /// The request for one more attempt on this track, or what stops it.
    fn repeat(
        &mut self,
        failure: Failure,
        again: Option<Outbound>,
        lease: &Lease,
    ) -> Result<Outbound, Stopped> {
        let stop = |outbound| Err(Stopped::new(failure, outbound));
        let Some(outbound) = again else { return stop(None) };
        if self.repeats_left == 0 {
            return stop(Some(outbound));
        }
        self.repeats_left -= 1;
        // A connection that waited may have died of age, which says nothing about its endpoint.
        if !lease.is_reused() {
            self.tried.push(Rc::clone(lease.endpoint()));
        }
        self.fresh = true;
        if self.pick().is_none() { stop(Some(outbound)) } else { Ok(outbound) }
    }
}

/// A request without a response head.
struct Lost {
    failure: Failure,
    /// The request, where nothing of it was written.
    request: Option<Request<Upload>>,
}

/// Sends on one connection and waits for the head.
async fn head(
    visit: &Visit,
    lease: &mut Lease,
    request: Request<Upload>,
    upload: Option<&Progress>,
) -> Result<UpstreamResponse, Lost> {
    let timeout = visit.link.worker.config.timeouts.response_timeout;
    let deadline = &visit.deadline;
    deadline.arm(timeout);
    let mut sending = pin!(lease.send(request));
    let sent = poll_fn(|cx| {
        if let Poll::Ready(sent) = sending.as_mut().poll(cx) {
            return Poll::Ready(sent.map_err(|not_sent| lost(not_sent, upload)));
        }
        if deadline.poll_expired(cx).is_pending() {
            return Poll::Pending;
        }
        let timeouts = &visit.link.worker.config.timeouts;
        let now = visit.link.worker.clock.now();
        if upload.is_some_and(|upload| upload.moves(now, timeouts.request_body_timeout)) {
            deadline.arm(timeout);
            let armed = deadline.poll_expired(cx);
            debug_assert!(armed.is_pending(), "a deadline expired as it was armed");
            return Poll::Pending;
        }
        Poll::Ready(Err(Lost { failure: Failure::ResponseTimeout, request: None }))
    })
    .await;
    deadline.disarm();
    sent
}

/// Whose fault it was.
fn lost(not_sent: NotSent, upload: Option<&Progress>) -> Lost {
    let NotSent { error, request } = not_sent;
    let failure = match upload.and_then(Progress::failed) {
        Some(UploadError::Broken) => Failure::BodyInvalid,
        Some(UploadError::Timeout) => Failure::BodyTimeout,
        None if error.is_parse() => Failure::Garbage,
        None => Failure::Reset,
    };
    tracing::debug!(%error, %failure, "no response head");
    Lost { failure, request }
}
