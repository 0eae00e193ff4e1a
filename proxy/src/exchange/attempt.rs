//! Sending a request until an upstream answers: another connection, another endpoint, and at last stable for what canary or baseline failed.
//!
//! | what failed | what was sent | then |
//! |---|---|---|
//! | connect | nothing | another endpoint of the track, up to `--connect-retries` times |
//! | a used connection, closed by the other side | nothing | once more on a new connection |
//! | no response head | perhaps all | GET, HEAD, OPTIONS without body: once more on another endpoint, or a new connection |
//! | all of that, on canary or baseline | | once on stable, under the same conditions (`--rescue`) |
//!
//! A route's `proxy-next-upstream` says which of these are tried again, how often and for how long, and may add answers with some statuses.
//! A timeout is never repeated. [`crate::record`] says how each case counts. How a request is sent is the codec's: see [`Offer`].

use std::rc::Rc;

use tokio::time::Instant;

use self::budget::Budget;
use self::next::Next;
use super::choose::Chosen;
use super::pages;
use super::terms::Terms;
use crate::config::Rescue;
use crate::error::Failure;
use crate::record::{self, Measure};
use crate::upstream::{Endpoint, Lease, balance};
use crate::worker::{TrackState, Worker};

mod budget;
mod next;

/// A request that can be sent to one endpoint after the other.
pub(super) trait Offer {
    /// The head of an upstream's answer.
    type Answer;

    /// Whether sending it twice does no harm and is possible: its method is safe, and there is no body, which comes only once.
    fn is_repeatable(&self) -> bool;

    /// Nothing is waited for that has a time of its own: none runs for the request.
    fn rest(&self);

    /// From now on it is the request for a page of its route's, which replaces this answer, if there was one.
    fn turn(&mut self, replaced: Option<(Self::Answer, Lease)>);

    /// Sends it on one connection and waits for the head of the answer.
    async fn send(&mut self, lease: &mut Lease) -> Result<Self::Answer, Lost>;

    fn status(answer: &Self::Answer) -> u16;
}

/// A request without a response head.
pub(super) struct Lost {
    pub(super) failure: Failure,
    /// Nothing of it was written.
    pub(super) unsent: bool,
}

/// An upstream's answer and everything that goes on with its body.
pub(super) struct Answered<A> {
    pub(super) answer: A,
    pub(super) lease: Lease,
    pub(super) measure: Measure,
}

/// One track gave no answer.
struct Stopped {
    failure: Failure,
    /// Whether the request may be sent elsewhere.
    again: bool,
}

/// Sends a request that began at `started`. Its measurement has ended where this fails.
pub(super) async fn run<O: Offer>(
    worker: &Rc<Worker>,
    started: Instant,
    chosen: &Chosen,
    offer: &mut O,
) -> Result<Answered<O::Answer>, Failure> {
    match chosen.terms.as_deref().filter(|terms| terms.error_pages().is_some()) {
        None => on_tracks(worker, started, chosen, offer).await,
        Some(terms) => Box::pin(or_page(worker, started, chosen, terms, offer)).await,
    }
}

/// The same where pages of another Service's replace answers, also the one that the route's policy has given already.
async fn or_page<O: Offer>(
    worker: &Rc<Worker>,
    started: Instant,
    chosen: &Chosen,
    terms: &Terms,
    offer: &mut O,
) -> Result<Answered<O::Answer>, Failure> {
    let answered = match terms.denied_with() {
        Some(status) => Err(Failure::NoPage(status)),
        None => on_tracks(worker, started, chosen, offer).await,
    };
    pages::put(worker, terms, offer, answered).await
}

/// Sends it on the track that was chosen for it, and on stable where that gives no answer and may be stood in for.
async fn on_tracks<O: Offer>(
    worker: &Rc<Worker>,
    started: Instant,
    chosen: &Chosen,
    offer: &mut O,
) -> Result<Answered<O::Answer>, Failure> {
    let rescue = worker.config.retry.rescue;
    let stable = chosen.stable.as_ref().filter(|stable| rescue != Rescue::Off && stable.backend.is_ready());
    let terms = chosen.terms.as_deref();
    let mut measure = Measure::begin(worker, &chosen.track, started).with(chosen.pass.take());
    let mut attempts = Attempts::new(worker, &chosen.track, terms, terms.and_then(Terms::first_endpoint));
    let (outcome, stable) = match attempts.send(&mut measure, offer).await {
        Ok((answer, lease)) => {
            let status = O::status(&answer);
            let fails = |_: &_| rescue == Rescue::Errors && status >= 500 && offer.is_repeatable();
            let Some(stable) = stable.filter(fails) else {
                if let Some(sticking) = terms.and_then(|terms| terms.sticking.as_deref()) {
                    sticking.answered(worker, &chosen.track.backend, lease.endpoint().address);
                }
                return Ok(Answered { answer, lease, measure });
            };
            (record::outcome_of(status), stable)
        }
        Err(Stopped { failure, again }) => {
            let Some(stable) = stable.filter(|_| again) else {
                measure.end(failure.outcome());
                return Err(failure);
            };
            (failure.outcome(), stable)
        }
    };
    measure.rescued(outcome);
    let mut measure = Measure::begin(worker, stable, Instant::now());
    match Attempts::new(worker, stable, terms, None).send(&mut measure, offer).await {
        Ok((answer, lease)) => Ok(Answered { answer, lease, measure }),
        Err(Stopped { failure, again: _ }) => {
            measure.end(failure.outcome());
            Err(failure)
        }
    }
}

/// The attempts of one request on one track.
struct Attempts<'t> {
    worker: &'t Worker,
    track: &'t TrackState,
    /// Endpoints that could not be reached or failed.
    tried: Vec<Rc<Endpoint>>,
    terms: Option<&'t Terms>,
    left: Budget,
    next: Option<Next<'t>>,
    /// Number of the endpoint that comes first.
    first: Option<usize>,
    /// A waiting connection turned out to be dead: the next one is new.
    fresh: bool,
}

impl<'t> Attempts<'t> {
    fn new(
        worker: &'t Worker,
        track: &'t TrackState,
        terms: Option<&'t Terms>,
        first: Option<usize>,
    ) -> Self {
        let next = terms.and_then(Terms::next_upstream).map(|wanted| Next::new(worker, wanted));
        let further = next.as_ref().and_then(|next| next.wanted.further());
        let left = Budget::of(further, &worker.config.retry);
        Self { worker, track, tried: Vec::new(), terms, left, next, first, fresh: false }
    }

    async fn send<O: Offer>(
        &mut self,
        measure: &mut Measure,
        offer: &mut O,
    ) -> Result<(O::Answer, Lease), Stopped> {
        let worker = self.worker;
        let patience = self.terms.and_then(Terms::connect_timeout);
        loop {
            let Some(endpoint) = self.pick() else {
                return Err(Stopped { failure: Failure::NoEndpoint, again: true });
            };
            let mut lease = match Lease::take(&worker.endpoints, &endpoint, self.fresh, patience).await {
                Ok(lease) => lease,
                Err(failure) => {
                    self.tried.push(endpoint);
                    if !failure.may_be_repeated() {
                        return Err(Stopped { failure, again: false });
                    }
                    let goes_on = self.next.as_ref().is_none_or(|next| next.is_after(worker, failure));
                    if !goes_on || !self.left.connect() || self.pick().is_none() {
                        return Err(Stopped { failure, again: true });
                    }
                    measure.retried();
                    continue;
                }
            };
            measure.set_warmup(endpoint.warms_up(worker.config.warmup_requests));
            match offer.send(&mut lease).await {
                Ok(answer) if self.next.is_some() && self.passes_on(O::status(&answer), offer, &lease) => {}
                Ok(answer) => {
                    measure.first_byte();
                    return Ok((answer, lease));
                }
                Err(Lost { unsent: true, failure: _ }) if !self.fresh => self.fresh = true,
                Err(Lost { failure, unsent }) => {
                    let again = unsent || (failure.may_be_repeated() && offer.is_repeatable());
                    self.repeat(failure, again, &lease)?;
                }
            }
            measure.retried();
        }
    }

    /// Whether another endpoint is tried instead of passing this answer on.
    fn passes_on<O: Offer>(&mut self, status: u16, offer: &O, lease: &Lease) -> bool {
        let asked = self.next.as_ref().is_some_and(|next| next.is_after_status(self.worker, status));
        if !asked || !offer.is_repeatable() || !self.left.repeat() {
            return false;
        }
        self.tried.push(Rc::clone(lease.endpoint()));
        self.pick().is_some()
    }

    /// Whether there is one more attempt on this track, or what stops it.
    fn repeat(&mut self, failure: Failure, again: bool, lease: &Lease) -> Result<(), Stopped> {
        let goes_on = self.next.as_ref().is_none_or(|next| next.is_after(self.worker, failure));
        if !again || !goes_on || !self.left.repeat() {
            return Err(Stopped { failure, again });
        }
        // Another endpoint, if a healthy one is left: where a process dies, its connections can go before its listener does, and a new connection
        // is then accepted and reset. Else the same: a connection that waited may have died of age, which says nothing about its endpoint.
        self.fresh = true;
        self.tried.push(Rc::clone(lease.endpoint()));
        let now = self.worker.clock.now();
        if lease.is_reused() && self.pick().is_none_or(|other| other.is_aside(now)) {
            self.tried.pop();
        }
        if self.pick().is_none() { Err(Stopped { failure, again: true }) } else { Ok(()) }
    }

    /// The endpoint that is tried next.
    fn pick(&self) -> Option<Rc<Endpoint>> {
        if let Some(first) = self.first
            && self.tried.is_empty()
            && let Some(endpoint) = self.track.endpoints.get(first)
        {
            return Some(Rc::clone(endpoint));
        }
        let now = self.worker.clock.now();
        balance::pick(&self.track.endpoints, &self.tried, now, |n| self.worker.random_below(n)).cloned()
    }
}
