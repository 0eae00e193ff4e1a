//! Which route takes a request, and which of its tracks. No wait, and after the first request of a track no name is looked up.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use weir_api::Track;
use weir_http1::Length;
use weir_routing::policy::{Grant, NextUpstream, Patience, Rules};
use weir_routing::route::Rewritten;
use weir_routing::{Head, Headers, Policy, decide};

use super::gate;
use super::respond::Instead;
use super::stick::{self, Sticking};
use crate::client::link::{Link, Scheme};
use crate::error::Refusal;
use crate::forwarded;
use crate::limits::Slot;
use crate::worker::{State, TrackState, Worker};

/// Where a request goes.
pub(super) struct Chosen {
    pub(super) track: Rc<TrackState>,
    /// Stable, where the request went elsewhere and may be rescued.
    pub(super) stable: Option<Rc<TrackState>>,
    /// A cookie for the client.
    pub(super) set_cookie: Option<HeaderValue>,
    /// Where the client stays.
    pub(super) sticking: Option<Box<Sticking>>,
    /// Another path for the upstream, and what it is told about that.
    pub(super) rewritten: Option<Box<Rewritten>>,
    /// What else the route does with a request.
    pub(super) policy: Option<Arc<Policy>>,
    /// What it holds while it is in flight.
    pub(super) slot: Cell<Option<Slot>>,
    /// The origin of the page that sent it, as it is told that it may.
    origin: Option<Box<[u8]>>,
}

impl Chosen {
    /// The path for the upstream, where it is another one.
    pub(super) fn path(&self) -> Option<&str> {
        self.rewritten.as_ref().map(|rewritten| rewritten.path.as_str())
    }

    /// The Host for the upstream, where it is another one.
    pub(super) fn vhost(&self) -> Option<&[u8]> {
        self.policy.as_ref()?.upstream_vhost.as_ref().map(|host| host.as_bytes())
    }

    /// What its Ingress requires and gives.
    fn rules(&self) -> Option<&Rules> {
        self.policy.as_ref()?.rules.as_deref()
    }

    /// What the page that sent it is told.
    pub(super) fn grant(&self) -> Option<Grant<'_>> {
        self.rules()?.cors.as_ref()?.grant(Some(self.origin.as_deref()?))
    }

    /// When another endpoint is tried, where its Ingress says so.
    pub(super) fn next_upstream(&self) -> Option<&NextUpstream> {
        self.rules()?.next_upstream.as_ref()
    }

    /// The `Connection` that the upstream gets.
    pub(super) fn connection(&self) -> Option<&'static str> {
        self.rules()?.connection
    }

    /// Whether the upstream's connection ends with the answer.
    pub(super) fn closes_upstream(&self) -> bool {
        self.connection() == Some("close")
    }

    fn patience(&self) -> Option<&Patience> {
        self.rules()?.patience.as_ref()
    }

    /// For a connection to an endpoint.
    pub(super) fn connect_timeout(&self, worker: &Worker) -> Duration {
        self.patience().and_then(Patience::connect).unwrap_or(worker.config.timeouts.connect_timeout)
    }

    /// Between two pieces of the request that the upstream takes.
    pub(super) fn send_timeout(&self, worker: &Worker) -> Duration {
        self.patience().and_then(Patience::send).unwrap_or(worker.config.timeouts.response_timeout)
    }

    /// From the end of the request to the head of its answer.
    pub(super) fn response_timeout(&self, worker: &Worker) -> Duration {
        self.patience().and_then(Patience::read).unwrap_or(worker.config.timeouts.response_timeout)
    }

    /// Between two pieces of the answer.
    pub(super) fn read_timeout(&self, worker: &Worker) -> Duration {
        self.patience().and_then(Patience::read).unwrap_or(worker.config.timeouts.response_body_timeout)
    }

    /// Bytes that a body of this length may turn out to have: what its head says was looked at already.
    pub(super) fn body_limit(&self, body: Length) -> Option<u64> {
        if body != Length::Chunked {
            return None;
        }
        self.rules()?.body_limit()
    }

    /// What the upstream is told in `X-Forwarded-Prefix`.
    pub(super) fn prefix(&self) -> Option<&[u8]> {
        self.rewritten.as_ref()?.prefix.as_ref().map(String::as_bytes)
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

/// The origin of the page that sent a request, where it may use the route.
fn origin(policy: &Policy, head: &Head<'_>) -> Option<Box<[u8]>> {
    let grant = policy.rules.as_ref()?.grant(head.headers)?;
    Some(grant.origin().into())
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
    let set_cookie = decision.set_cookie.and_then(|cookie| {
        let text = cookie.header_value(link.scheme == Scheme::Https).to_string();
        HeaderValue::try_from(text).ok()
    });
    let sticking = match &route.policy {
        None => None,
        Some(policy) => stick::of(link, route, policy, decision.backend, head),
    };
    Ok(Chosen {
        track,
        stable,
        set_cookie,
        sticking,
        rewritten: route.rewrite.as_ref().map(|rewrite| Box::new(rewrite.apply(head.path))),
        origin: route.policy.as_ref().and_then(|policy| origin(policy, head)),
        policy: route.policy.clone(),
        slot: Cell::new(slot),
    })
}
