//! Which route takes a request, and which of its tracks. No wait, and after the first request of a track no name is looked up.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use weir_api::Track;
use weir_http1::Length;
use weir_routing::{Head, Headers, decide};

use super::gate;
use super::respond::Instead;
use super::terms::{self, Terms, Told};
use crate::client::link::Link;
use crate::error::Refusal;
use crate::forwarded;
use crate::worker::{State, TrackState, Worker};

/// Where a request goes.
pub(super) struct Chosen {
    pub(super) track: Rc<TrackState>,
    /// Stable, where the request went elsewhere and may be rescued.
    pub(super) stable: Option<Rc<TrackState>>,
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
}

impl From<Refusal> for Unchosen {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The client's address: behind trusted proxies the one that they vouch for.
pub(super) fn client_of(link: &Link, headers: &dyn Headers) -> IpAddr {
    let trusts = |address| link.worker.config.trust_forwarded.iter().any(|network| network.contains(address));
    let behind = if link.trusted { forwarded::client_behind(headers, trusts) } else { None };
    behind.unwrap_or(link.client)
}

/// Decides for a request whose body has this length.
pub(super) fn choose(link: &Link, head: &Head<'_>, body: Length) -> Result<Chosen, Unchosen> {
    let worker = &link.worker;
    let routes = worker.routes();
    let Some(route) = routes.table.find(head) else {
        let loaded = worker.shared.loaded.load(std::sync::atomic::Ordering::Relaxed);
        return Err(if loaded { Refusal::NoRoute } else { Refusal::NotReady }.into());
    };
    let slot = match &route.policy {
        None => None,
        Some(policy) => gate::ask(link, route, policy, head, body).map_err(Unchosen::Answered)?,
    };
    let with = |state: &mut State| {
        let decision = decide(route, head, &mut state.turns);
        let track = state.track(worker, route, decision.backend);
        let elsewhere = decision.backend.track != Track::Stable;
        let stable = elsewhere.then(|| state.track(worker, route, route.split.stable()));
        (decision, track, stable)
    };
    let (decision, track, stable) = worker.with_state(route, with).ok_or(Refusal::NotReady)?;
    if decision.instead_of.is_some() {
        worker.counters.stood_in.raise();
    }
    let terms = terms::of(link, route, head, &decision, slot);
    Ok(Chosen { track, stable, terms })
}
