//! Which route takes a request, and which of its tracks. No wait, and after the first request of a track no name is looked up.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use weir_api::Track;
use weir_http1::Length;
use weir_routing::{Head, Headers, Policy, Route, decide};

use super::admit::{Admitted, Guarded, Passed};
use super::beside::{self, Extra};
use super::gate;
use super::pace::Pacer;
use super::respond::Instead;
use super::terms::{self, Terms};
use super::told::Told;
use crate::breaker::Pass;
use crate::client::link::Link;
use crate::error::Refusal;
use crate::forwarded;
use crate::harden::{Checked, RawHead};
use crate::worker::{State, TrackState, Worker};

/// Where a request goes.
pub(super) struct Chosen {
    pub(super) track: Rc<TrackState>,
    /// Stable, where the request went elsewhere and may be rescued.
    pub(super) stable: Option<Rc<TrackState>>,
    /// What it takes along of what may fail on the canary.
    pub(super) pass: Cell<Option<Pass>>,
    /// What its route asks for besides.
    pub(super) terms: Option<Box<Terms>>,
}

impl Chosen {
    /// What is different in the head for the upstream.
    pub(super) fn told(&self) -> Told<'_> {
        self.terms.as_ref().map_or_else(Told::default, |terms| terms.told())
    }

    /// Bytes that a body of this length may turn out to have.
    pub(super) fn body_limit(&self, body: Length) -> Option<u64> {
        self.terms.as_ref()?.body_limit(body)
    }

    /// What its policy answers, where that was to be replaced by a page and is not.
    pub(super) fn take_denial(&self) -> Option<Box<Instead>> {
        self.terms.as_ref()?.take_denial()
    }

    /// Whether copies of the request go anywhere.
    pub(super) fn is_copied(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.is_copied())
    }

    /// What holds the answer back.
    pub(super) fn pacer(&self, worker: &Rc<Worker>) -> Option<Box<Pacer>> {
        self.terms.as_ref()?.pace().map(|pace| Box::new(Pacer::new(worker, pace)))
    }

    /// Between two pieces of the answer.
    pub(super) fn read_timeout(&self, worker: &Worker) -> Duration {
        let own = self.terms.as_ref().and_then(|terms| terms.read_timeout());
        own.unwrap_or(worker.config.timeouts.response_body_timeout)
    }
}

/// Why no track is chosen.
pub(super) enum Unchosen {
    /// The request is refused.
    Refused(Refusal),
    /// The policy of its route answers it.
    Answered(Box<Instead>),
    /// Its route wants to know first who asks.
    Guarded(Box<Guarded>),
}

impl From<Refusal> for Unchosen {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The client's address: behind trusted proxies the one that they vouch for.
fn client_of(link: &Link, headers: &dyn Headers) -> IpAddr {
    let trusts = |address| link.worker.config.trust_forwarded.iter().any(|network| network.contains(address));
    let behind = if link.trusted { forwarded::client_behind(headers, trusts) } else { None };
    behind.unwrap_or(link.client)
}

/// The request as it is decided for, whichever codec read it.
pub(super) fn head<'a>(link: &Link, raw: &RawHead<'a>, checked: &'a Checked<'a>) -> Head<'a> {
    Head {
        method: raw.method,
        host: &checked.host,
        path: &checked.target.path,
        query: checked.target.query.as_deref(),
        headers: raw.headers,
        client: client_of(link, raw.headers),
    }
}

/// Decides for a request with this authority in its target, if any, and a body of this length. `admitted`: what was found out about it where that was asked for.
pub(super) fn choose(
    link: &Link,
    head: &Head<'_>,
    target: (Option<&str>, Length),
    admitted: Option<Admitted>,
) -> Result<Chosen, Unchosen> {
    let worker = &link.worker;
    let routes = worker.routes();
    let Some(route) = routes.table.find(head) else {
        let loaded = worker.shared.loaded.load(std::sync::atomic::Ordering::Relaxed);
        return Err(if loaded { Refusal::NoRoute } else { Refusal::NotReady }.into());
    };
    let passed = match &route.policy {
        None => Passed::default(),
        Some(policy) => match admitted.filter(|admitted| admitted.is_by(policy)) {
            Some(admitted) => admitted.passed,
            None => match gate::ask(link, route, policy, head, target) {
                Ok(slot) => Passed { slot, vouched: None },
                Err(Unchosen::Answered(instead)) => return denied(link, route, policy, head, instead),
                Err(unchosen @ (Unchosen::Refused(_) | Unchosen::Guarded(_))) => return Err(unchosen),
            },
        },
    };
    let with = |state: &mut State| {
        let (decision, track, extra) = if state.beside.is_some() {
            beside::decided(worker, route, head, state)
        } else {
            let decision = decide(route, head, &mut state.turns);
            let track = state.track(worker, route, decision.backend);
            (decision, track, Extra::default())
        };
        let elsewhere = decision.backend.track != Track::Stable;
        let stable = elsewhere.then(|| state.track(worker, route, route.split.stable()));
        (decision, track, stable, extra)
    };
    let (decision, track, stable, Extra { pass, shadows }) =
        worker.with_state(route, with).ok_or(Refusal::NotReady)?;
    if decision.instead_of.is_some() {
        worker.counters.stood_in.raise();
    }
    let terms = terms::of(link, route, (head, target.0), (&decision, shadows), passed);
    Ok(Chosen { track, stable, pass: Cell::new(pass), terms })
}

/// A request that the policy of its route answers: itself, or by the page of another Service.
#[cold]
fn denied(
    link: &Link,
    route: &Arc<Route>,
    policy: &Arc<Policy>,
    head: &Head<'_>,
    instead: Box<Instead>,
) -> Result<Chosen, Unchosen> {
    let status = instead.status.as_u16();
    if !policy.error_pages.as_ref().is_some_and(|pages| pages.replaces(status, false)) {
        return Err(Unchosen::Answered(instead));
    }
    let worker = &link.worker;
    // No track is asked, and none counts; whoever serves has one for each request.
    let track = worker.with_state(route, |state| state.track(worker, route, route.split.stable()));
    let track = track.ok_or(Refusal::NotReady)?;
    Ok(Chosen {
        track,
        stable: None,
        pass: Cell::default(),
        terms: Some(Box::new(Terms::denied(link, policy, head, instead))),
    })
}
