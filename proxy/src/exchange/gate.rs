//! Requests that the policy of their route answers, or wants to know more about, before anything is chosen for them.

use std::cell::Cell;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use weir_http1::Length;
use weir_routing::policy::{Asked, Limits, Policy, Verdict};
use weir_routing::variables::Facts;
use weir_routing::{Head, Headers, Route};

use super::admit::Guarded;
use super::certificate;
use super::choose::Unchosen;
use super::facts;
use super::imposed::Imposed;
use super::respond::Instead;
use crate::client::link::Link;
use crate::limits::Slot;
use crate::scheme::Scheme;

/// What the request of `head` gets instead of an upstream's answer, if its policy says so, or what has to be found out about it; else what it holds while
/// it is in flight. `authority`: that of its target, if it has one.
#[cold]
pub(super) fn ask(
    link: &Link,
    route: &Route,
    policy: &Arc<Policy>,
    head: &Head<'_>,
    (authority, body): (Option<&str>, Length),
) -> Result<Option<Box<Slot>>, Unchosen> {
    // Before anything else where there is TLS; in clear text a redirect to it comes first.
    if link.scheme == Scheme::Https {
        certified(link, policy, head)?;
    }
    let (facts, host) = facts::of(link, route, head, authority);
    let body = match body {
        Length::None => Some(0),
        Length::Bytes(bytes) => Some(bytes),
        Length::Chunked | Length::UntilEnd => None,
    };
    let slot_taken = Cell::new(None);
    let meter = |limits: &Limits| {
        link.worker.shared.meter.admit(limits, head.client).map(|slot| slot_taken.set(slot)).err()
    };
    let Facts { is_https, authority, .. } = facts;
    let asked = Asked { head, is_https, authority, host: &host, body, meter: &meter };
    let Some(verdict) = policy.verdict(route, &asked) else {
        if link.scheme == Scheme::Http {
            certified(link, policy, head)?;
        }
        let slot = slot_taken.take();
        if !policy.guards_against(head.client) {
            return Ok(slot);
        }
        let fields = imposed(policy, true, head.headers);
        return Err(Unchosen::Guarded(Box::new(Guarded::new(&link.worker, policy, &facts, fields, slot))));
    };
    let is_shown = verdict.is_shown_to_pages();
    let mut instead = match verdict {
        Verdict::Redirect(redirect) => {
            link.worker.counters.redirect(redirect.reason);
            Instead::redirect(&redirect)
        }
        Verdict::Denied(denial) => {
            link.worker.counters.denial(denial);
            Instead::denial(denial)
        }
        Verdict::Preflight => Instead::preflight(),
    };
    instead.fields.extend(imposed(policy, is_shown, head.headers));
    Err(Unchosen::Answered(Box::new(instead)))
}

/// Whether the client has shown what its host asks for.
fn certified(link: &Link, policy: &Policy, head: &Head<'_>) -> Result<(), Unchosen> {
    let Some(tls) = policy.client_tls.as_deref() else { return Ok(()) };
    let Some(denial) = certificate::refusal(link, tls, head.host) else { return Ok(()) };
    link.worker.counters.denial(denial);
    let instead = certificate::error_page(tls, denial).unwrap_or_else(|| {
        let mut instead = Instead::denial(denial);
        instead.fields.extend(imposed(policy, true, head.headers));
        instead
    });
    Err(Unchosen::Answered(Box::new(instead)))
}

/// The fields that the answer to a request with these fields gets; `is_shown`: pages of other origins may see it, where they may use the route.
fn imposed(policy: &Policy, is_shown: bool, headers: &dyn Headers) -> Vec<(HeaderName, HeaderValue)> {
    let rules = policy.rules.as_ref().filter(|_| is_shown);
    let imposed = Imposed::of(policy, rules.and_then(|rules| rules.grant(headers)));
    imposed.map(|imposed| imposed.fields()).unwrap_or_default()
}
