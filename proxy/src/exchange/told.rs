//! What a route has its upstream told: fields in the place of the client's, which do not pass then.

use http::header::{HeaderName, HeaderValue};
use weir_http1::{Field, Name};
use weir_routing::policy::ClientTls;

use super::certificate;
use super::outbound::Inbound;
use super::pages::Page;
use super::sink::Sink;
use crate::forwarded;

/// The part of the path that a rewrite has taken away.
const PREFIX: &str = "x-forwarded-prefix";

/// What is different in the head for the upstream. Most requests have nothing of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'t> {
    /// Another path.
    pub(super) path: Option<&'t str>,
    /// Another Host.
    pub(super) vhost: Option<&'t [u8]>,
    /// `X-Forwarded-Prefix`; none: whatever the client says.
    pub(super) prefix: Option<&'t [u8]>,
    /// `Connection`, where the client asks for no change. Only HTTP/1.1 has one.
    pub(super) connection: Option<&'static str>,
    /// The proxy has looked at the client's `Authorization`, which is not for the upstream.
    pub(super) hides_credentials: bool,
    /// In the place of what the client says.
    pub(super) given: Option<Given<'t>>,
    /// What the client's host asks it to show, of which the upstream is told.
    pub(super) client_tls: Option<&'t ClientTls>,
    /// `X-Request-ID`, where the client has none and more than one upstream is to be told the same.
    pub(super) request_id: Option<&'t [u8]>,
    /// It asks for this page in place of an answer.
    pub(super) page: Option<&'t Page>,
}

/// What others than the client say of it.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// Fields of the client's that do not pass, in lower case.
    pub(super) names: &'a [Box<str>],
    /// Fields besides.
    pub(super) fields: &'a [(HeaderName, HeaderValue)],
    /// The id that the request has already.
    pub(super) request_id: Option<&'a HeaderValue>,
}

impl Told<'_> {
    /// Whether any field of the client's may not pass for what the route asks for.
    pub(super) fn hides_any(&self) -> bool {
        let is_told = self.given.is_some() || self.client_tls.is_some() || self.page.is_some();
        is_told || self.prefix.is_some() || self.hides_credentials
    }

    /// Whether this one does not.
    pub(super) fn hides(&self, field: &Field<'_>) -> bool {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
        let given = self.given.is_some_and(|given| {
            let has_id = field.known == Name::XRequestId && given.request_id.is_some();
            has_id || given.names.iter().any(|name| is(name))
        });
        given
            || (self.prefix.is_some() && is(PREFIX))
            || (self.hides_credentials && is("authorization"))
            || (self.client_tls.is_some() && certificate::is_field(field.name))
            || self.page.is_some_and(|page| page.drops(field.name))
    }

    /// Says what is told in fields. `has_id`: the client has said an id of the request, which passes.
    pub(super) fn describe(&self, sink: &mut impl Sink, inbound: &Inbound<'_>, has_id: bool) {
        if let Some(prefix) = self.prefix {
            sink.field(PREFIX, prefix);
        }
        if let Some(given) = self.given {
            given.fields.iter().for_each(|(name, value)| sink.give(name, value));
        }
        if let Some(id) = self.given.and_then(|given| given.request_id) {
            sink.field("x-request-id", id.as_bytes());
        } else if !has_id {
            if let Some(id) = self.request_id {
                sink.field("x-request-id", id);
            } else {
                let worker = &inbound.link.worker;
                sink.field("x-request-id", &forwarded::request_id(worker.random(), worker.random()));
            }
        }
        if let Some(page) = self.page {
            page.describe(sink, inbound);
        }
    }
}
