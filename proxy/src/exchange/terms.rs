//! What the route of a request asks for while it is served. Most routes ask for nothing, and whoever serves them looks at one pointer each time.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use weir_http1::Length;
use weir_routing::policy::{Copied, Edits, ErrorPages, NextUpstream, Pace, Patience, Rules};
use weir_routing::route::Rewritten;
use weir_routing::{Decision, Head, Policy, Route};

use super::admit::Passed;
use super::external::Vouched;
use super::facts;
use super::imposed::Imposed;
use super::pages::Page;
use super::respond::Instead;
use super::stick::{self, Sticking};
use super::told::{Given, Told};
use crate::client::link::Link;
use crate::forwarded;
use crate::limits::Slot;
use crate::scheme::Scheme;
use crate::worker::Pair;

/// What the route of a request asks for while it is served.
pub(super) struct Terms {
    /// Another path for the upstream, and what it is told about that.
    rewritten: Option<Rewritten>,
    policy: Option<Arc<Policy>>,
    /// A cookie for the client.
    set_cookie: Option<HeaderValue>,
    /// Where the client stays.
    pub(super) sticking: Option<Box<Sticking>>,
    /// Number of the endpoint that requests like this one go to.
    hashed_to: Option<usize>,
    /// What it holds while it is in flight.
    pub(super) slot: Cell<Option<Box<Slot>>>,
    /// The origin of the page that sent it, as it is told that it may.
    origin: Option<Box<[u8]>>,
    /// What was said of it by whoever was asked.
    vouched: Option<Box<Vouched>>,
    /// Canary and baseline that get copies of the request.
    shadows: Option<Rc<Pair>>,
    /// Where a copy of the request goes.
    copied: Option<Box<Copied>>,
    /// What is written anew in the answer's head.
    edits: Option<Box<Edits>>,
    /// The id of the request, where more than one upstream is told it.
    request_id: Option<Box<[u8]>>,
    /// The page that is asked for in place of an answer.
    page: OnceCell<Page>,
    /// The answer of the policy that a page is to replace.
    denial: Cell<Option<Box<Instead>>>,
    denied_with: Option<StatusCode>,
}

/// The terms of a request that was decided, if there are any; `authority` is that of its target, and `passed` what it has got so far.
pub(super) fn of(
    link: &Link,
    route: &Route,
    (head, authority): (&Head<'_>, Option<&str>),
    (decision, shadows): (&Decision<'_>, Option<Rc<Pair>>),
    passed: Passed,
) -> Option<Box<Terms>> {
    let policy = route.policy.as_ref().filter(|policy| policy.goes_on());
    let asks = policy.is_some() || route.rewrite.is_some() || decision.set_cookie.is_some();
    if !asks && shadows.is_none() {
        return None;
    }
    Some(Box::new(made(link, route, policy, (head, authority), (decision, shadows), passed)))
}

#[cold]
fn made(
    link: &Link,
    route: &Route,
    policy: Option<&Arc<Policy>>,
    (head, authority): (&Head<'_>, Option<&str>),
    (decision, shadows): (&Decision<'_>, Option<Rc<Pair>>),
    Passed { slot, vouched }: Passed,
) -> Terms {
    let set_cookie = decision.set_cookie.and_then(|cookie| {
        let text = cookie.header_value(link.scheme == Scheme::Https).to_string();
        HeaderValue::try_from(text).ok()
    });
    let grant = policy.and_then(|policy| policy.rules.as_ref()?.grant(head.headers));
    let pages = policy.and_then(|policy| policy.error_pages.as_ref());
    let page = OnceCell::new();
    if let Some(pages) = pages.filter(|pages| pages.stands_in) {
        let _ = page.set(Page::new(pages, 503, false));
    }
    let facts = || facts::of(link, route, head, authority).0;
    let rules = policy.and_then(|policy| policy.rules.as_ref());
    let copied = rules.and_then(|rules| rules.mirror.as_ref()?.of(&facts()));
    Terms {
        edits: rules.and_then(|rules| Some(Box::new(rules.edits.as_ref()?.bind(&facts())))),
        request_id: (pages.is_some() || copied.is_some() || shadows.is_some()).then(|| new_id(link)),
        shadows,
        copied: copied.map(Box::new),
        hashed_to: rules.and_then(|rules| rules.hash_by.as_ref()?.endpoint(&facts(), decision.backend)),
        page,
        denial: Cell::default(),
        denied_with: None,
        rewritten: route.rewrite.as_ref().map(|rewrite| rewrite.apply(head.path)),
        policy: policy.map(Arc::clone),
        set_cookie,
        sticking: policy.and_then(|policy| stick::of(link, route, policy, decision.backend, head)),
        slot: Cell::new(slot),
        origin: grant.map(|grant| grant.origin().into()),
        vouched,
    }
}

fn new_id(link: &Link) -> Box<[u8]> {
    Box::from(&forwarded::request_id(link.worker.random(), link.worker.random())[..])
}

impl Terms {
    /// Those of a request that its policy answers, unless a page does.
    pub(super) fn denied(link: &Link, policy: &Arc<Policy>, head: &Head<'_>, denial: Box<Instead>) -> Self {
        let grant = policy.rules.as_ref().and_then(|rules| rules.grant(head.headers));
        Self {
            rewritten: None,
            policy: Some(Arc::clone(policy)),
            set_cookie: None,
            sticking: None,
            hashed_to: None,
            slot: Cell::default(),
            origin: grant.map(|grant| grant.origin().into()),
            shadows: None,
            copied: None,
            edits: None,
            request_id: Some(new_id(link)),
            page: OnceCell::new(),
            denied_with: Some(denial.status),
            denial: Cell::new(Some(denial)),
            vouched: None,
        }
    }

    /// Status of the answer of its policy, which a page is to replace.
    pub(super) fn denied_with(&self) -> Option<StatusCode> {
        self.denied_with
    }

    /// The answer of its policy, if no page was asked for in its place.
    pub(super) fn take_denial(&self) -> Option<Box<Instead>> {
        self.denial.take().filter(|_| self.page.get().is_none())
    }

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
            hides_credentials: self.policy.as_ref().is_some_and(|policy| policy.basic.is_some()),
            given: self.given(),
            client_tls: self.policy.as_ref().and_then(|policy| policy.client_tls.as_deref()),
            request_id: self.request_id.as_deref(),
            page: self.page.get(),
        }
    }

    /// What only whoever was asked about the client may say of it: nothing of it passes from the client, asked about or not.
    fn given(&self) -> Option<Given<'_>> {
        let external = self.policy.as_ref()?.external()?;
        let vouched = self.vouched.as_deref();
        Some(Given {
            names: &external.response_headers,
            fields: vouched.map(|vouched| &*vouched.fields).unwrap_or_default(),
            request_id: vouched.and_then(|vouched| vouched.request_id.as_ref()),
        })
    }

    /// Answers that another Service's pages replace.
    pub(super) fn error_pages(&self) -> Option<&ErrorPages> {
        self.policy.as_ref()?.error_pages.as_ref()
    }

    /// From now on it is this page that is asked for. There is one at the most.
    pub(super) fn set_page(&self, page: Page) {
        let _ = self.page.set(page);
    }

    /// Whether the upstream's connection ends with the answer.
    pub(super) fn closes_upstream(&self) -> bool {
        self.rules().is_some_and(|rules| rules.connection == Some("close"))
    }

    /// Fields that the answer gets, whoever gives it.
    pub(super) fn imposed(&self) -> Option<Imposed<'_>> {
        let policy = self.policy.as_deref()?;
        let cors = policy.rules.as_ref().and_then(|rules| rules.cors.as_ref());
        let grant = cors.zip(self.origin.as_deref()).and_then(|(cors, origin)| cors.grant(Some(origin)));
        Imposed::of(policy, grant)
    }

    /// The same as fields.
    pub(super) fn fields(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.imposed().map(|imposed| imposed.fields()).unwrap_or_default()
    }

    /// Whether copies of the request go anywhere.
    pub(super) fn is_copied(&self) -> bool {
        self.copied.is_some() || self.shadows.is_some()
    }

    /// Canary and baseline that get copies of the request.
    pub(super) fn shadows(&self) -> Option<&Pair> {
        self.shadows.as_deref()
    }

    /// Where a copy of the request goes.
    pub(super) fn copied(&self) -> Option<&Copied> {
        self.copied.as_deref()
    }

    /// What is written anew in the answer's head.
    pub(super) fn edits(&self) -> Option<&Edits> {
        self.edits.as_deref()
    }

    /// Fields of an answer of the proxy's own, with this status.
    pub(super) fn fields_of_failure(&self, status: u16) -> Vec<(HeaderName, HeaderValue)> {
        let cookies = self.vouched_cookies(status).iter().map(|cookie| (SET_COOKIE, cookie.clone()));
        self.fields().into_iter().chain(cookies).collect()
    }

    /// Cookies that an upstream's answer with this status sets.
    pub(super) fn cookies(&self, status: u16) -> impl Iterator<Item = HeaderValue> {
        let own = self.sticking.as_ref().and_then(|sticking| sticking.take_cookie());
        self.set_cookie.clone().into_iter().chain(own).chain(self.vouched_cookies(status).iter().cloned())
    }

    fn vouched_cookies(&self, status: u16) -> &[HeaderValue] {
        self.vouched.as_ref().map(|vouched| vouched.cookies(status)).unwrap_or_default()
    }

    /// Number of the endpoint that is tried first.
    pub(super) fn first_endpoint(&self) -> Option<usize> {
        self.sticking.as_ref().map(|sticking| sticking.endpoint).or(self.hashed_to)
    }

    /// When another endpoint is tried.
    pub(super) fn next_upstream(&self) -> Option<&NextUpstream> {
        self.rules()?.next_upstream.as_ref()
    }

    /// How fast the answer may go out.
    pub(super) fn pace(&self) -> Option<Pace> {
        self.rules()?.pace
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
