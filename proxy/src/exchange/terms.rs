//! What the route of a request asks for while it is served. Most routes ask for nothing, and whoever serves them looks at one pointer each time.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::HeaderName;
use weir_http1::Length;
use weir_routing::policy::{Grant, NextUpstream, Patience, Rules};
use weir_routing::route::Rewritten;
use weir_routing::{Decision, Head, Policy, Route};

use super::respond;
use super::stick::{self, Sticking};
use crate::client::link::{Link, Scheme};
use crate::limits::Slot;

/// What the route of a request asks for while it is served.
pub(super) struct Terms {
    /// Another path for the upstream, and what it is told about that.
    rewritten: Option<Rewritten>,
    policy: Option<Arc<Policy>>,
    /// A cookie for the client.
    set_cookie: Option<HeaderValue>,
    /// Where the client stays.
    pub(super) sticking: Option<Box<Sticking>>,
    /// What it holds while it is in flight.
    pub(super) slot: Cell<Option<Box<Slot>>>,
    /// The origin of the page that sent it, as it is told that it may.
    origin: Option<Box<[u8]>>,
}

/// What is different in the head for the upstream.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'t> {
    /// The path.
    pub(super) path: Option<&'t str>,
    /// The Host.
    pub(super) vhost: Option<&'t [u8]>,
    /// `X-Forwarded-Prefix`.
    pub(super) prefix: Option<&'t [u8]>,
    /// `Connection`.
    pub(super) connection: Option<&'static str>,
}

/// The terms of a request that was decided, if there are any; `slot` is what it holds.
pub(super) fn of(
    link: &Link,
    route: &Route,
    head: &Head<'_>,
    decision: &Decision<'_>,
    slot: Option<Box<Slot>>,
) -> Option<Box<Terms>> {
    let policy = route.policy.as_ref().filter(|policy| policy.goes_on());
    if policy.is_none() && route.rewrite.is_none() && decision.set_cookie.is_none() {
        return None;
    }
    Some(Box::new(made(link, route, policy, head, decision, slot)))
}

#[cold]
fn made(
    link: &Link,
    route: &Route,
    policy: Option<&Arc<Policy>>,
    head: &Head<'_>,
    decision: &Decision<'_>,
    slot: Option<Box<Slot>>,
) -> Terms {
    let set_cookie = decision.set_cookie.and_then(|cookie| {
        let text = cookie.header_value(link.scheme == Scheme::Https).to_string();
        HeaderValue::try_from(text).ok()
    });
    let grant = policy.and_then(|policy| policy.rules.as_ref()?.grant(head.headers));
    Terms {
        rewritten: route.rewrite.as_ref().map(|rewrite| rewrite.apply(head.path)),
        policy: policy.map(Arc::clone),
        set_cookie,
        sticking: policy.and_then(|policy| stick::of(link, route, policy, decision.backend, head)),
        slot: Cell::new(slot),
        origin: grant.map(|grant| grant.origin().into()),
    }
}

impl Terms {
    fn rules(&self) -> Option<&Rules> {
        self.policy.as_ref()?.rules.as_deref()
    }

    fn patience(&self) -> Option<&Patience> {
        self.rules()?.patience.as_ref()
    }

    /// What is different in the head for the upstream.
    pub(super) fn told(&self) -> Told<'_> {
        let vhost = self.policy.as_ref().and_then(|policy| policy.upstream_vhost.as_ref());
        Told {
            path: self.rewritten.as_ref().map(|rewritten| rewritten.path.as_str()),
            vhost: vhost.map(|host| host.as_bytes()),
            prefix: self.rewritten.as_ref().and_then(|rewritten| Some(rewritten.prefix.as_ref()?.as_bytes())),
            connection: self.rules().and_then(|rules| rules.connection),
        }
    }

    /// Whether the upstream's connection ends with the answer.
    pub(super) fn closes_upstream(&self) -> bool {
        self.rules().is_some_and(|rules| rules.connection == Some("close"))
    }

    /// What the page that sent it is told.
    pub(super) fn grant(&self) -> Option<Grant<'_>> {
        self.rules()?.cors.as_ref()?.grant(Some(self.origin.as_deref()?))
    }

    /// The same as fields.
    pub(super) fn fields(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.grant().as_ref().map(respond::fields_of).unwrap_or_default()
    }

    /// Cookies that the answer sets.
    pub(super) fn cookies(&self) -> impl Iterator<Item = HeaderValue> {
        let own = self.sticking.as_ref().and_then(|sticking| sticking.take_cookie());
        self.set_cookie.clone().into_iter().chain(own)
    }

    /// When another endpoint is tried.
    pub(super) fn next_upstream(&self) -> Option<&NextUpstream> {
        self.rules()?.next_upstream.as_ref()
    }

    /// For a connection to an endpoint.
    pub(super) fn connect_timeout(&self) -> Option<Duration> {
        self.patience()?.connect()
    }

    /// Between two pieces of the request that the upstream takes.
    pub(super) fn send_timeout(&self) -> Option<Duration> {
        self.patience()?.send()
    }

    /// For the head of the answer, and between two pieces of it.
    pub(super) fn read_timeout(&self) -> Option<Duration> {
        self.patience()?.read()
    }

    /// Bytes that a body of this length may turn out to have: what its head says was looked at already.
    pub(super) fn body_limit(&self, body: Length) -> Option<u64> {
        if body == Length::Chunked { self.rules()?.body_limit() } else { None }
    }
}
