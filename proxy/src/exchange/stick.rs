//! Clients that stay with the endpoint that they came to first, as their route's Ingress asks for.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;
use weir_api::Track;
use weir_routing::policy::{Affinity, Policy, Stuck};
use weir_routing::{Backend, Head, Route, Split};

use crate::client::link::Link;
use crate::scheme::Scheme;
use crate::worker::Worker;

/// Where the client of a request stays.
pub(super) struct Sticking {
    /// Number of the endpoint in its track.
    pub(super) endpoint: usize,
    policy: Arc<Policy>,
    /// Path of the cookie, and whether the client came by TLS.
    path: Box<str>,
    is_https: bool,
    is_new: bool,
    cookie: Cell<Option<HeaderValue>>,
}

/// Where the client of this request stays, if its route asks for that. A client that was forced to another track, or whose own has no endpoint, keeps
/// its cookie and stays nowhere meanwhile.
#[cold]
pub(super) fn of(
    link: &Link,
    route: &Route,
    policy: &Arc<Policy>,
    backend: &Backend,
    head: &Head<'_>,
) -> Option<Box<Sticking>> {
    let affinity = affinity_of(policy)?;
    if !backend.is_ready() || is_unknown(route, backend) {
        return None;
    }
    let known = affinity.stuck(head.headers);
    let mine = known.filter(|stuck| stuck.is_of(backend));
    let mut sticking = Sticking {
        endpoint: 0,
        policy: Arc::clone(policy),
        path: route.cookie_path().into(),
        is_https: link.scheme == Scheme::Https,
        is_new: false,
        cookie: Cell::new(None),
    };
    if let Some(endpoint) = mine.and_then(|stuck| stuck.endpoint(affinity, backend)) {
        sticking.endpoint = endpoint;
        return Some(Box::new(sticking));
    }
    let is_of_others = |stuck: Stuck| route.split.backends().any(|other| stuck.is_of(other));
    if mine.is_none() && known.is_some_and(is_of_others) {
        return None;
    }
    let stuck = Stuck::new(affinity, backend, || link.worker.random());
    sticking.endpoint = stuck.endpoint(affinity, backend)?;
    sticking.is_new = true;
    sticking.set(affinity, stuck);
    Some(Box::new(sticking))
}

fn affinity_of(policy: &Policy) -> Option<&Affinity> {
    policy.rules.as_ref()?.affinity.as_ref()
}

/// Whether the main Ingress's affinity does not know this track.
fn is_unknown(route: &Route, backend: &Backend) -> bool {
    let Split::Tracks(tracks) = &route.split else { return false };
    backend.track == Track::Canary && tracks.rule.as_ref().is_some_and(|rule| rule.is_legacy_affinity)
}

impl Sticking {
    /// A cookie for the client.
    pub(super) fn take_cookie(&self) -> Option<HeaderValue> {
        self.cookie.take()
    }

    /// The request was answered by this endpoint of its track. Where that is another one, a new client stays there, and any client if the Ingress says
    /// so (`session-cookie-change-on-failure`).
    pub(super) fn answered(&self, worker: &Worker, backend: &Backend, endpoint: SocketAddr) {
        let Some(affinity) = affinity_of(&self.policy) else { return };
        let is_other = backend.endpoints.get(self.endpoint) != Some(&endpoint);
        if !is_other || !backend.endpoints.contains(&endpoint) {
            return;
        }
        if (self.is_new || affinity.changes_on_failure)
            && let Some(stuck) = Stuck::to(affinity, backend, endpoint, || worker.random())
        {
            self.set(affinity, stuck);
        }
    }

    fn set(&self, affinity: &Affinity, stuck: Stuck) {
        let text = affinity.set_cookie(stuck, &self.path, self.is_https, SystemTime::now()).to_string();
        self.cookie.set(HeaderValue::try_from(text).ok());
    }
}
