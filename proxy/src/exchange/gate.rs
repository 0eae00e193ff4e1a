//! Requests that the policy of their route answers, before anything is chosen for them.

use std::borrow::Cow;
use std::cell::Cell;

use weir_http1::Length;
use weir_routing::policy::{Asked, Denial, Limits, Policy, Verdict};
use weir_routing::{Head, Route, target};

use super::respond::{self, Instead};
use crate::client::link::{Link, Scheme};
use crate::limits::Slot;

/// What the request of `head` gets instead of an upstream's answer, if its policy says so; else what it holds while it is in flight.
#[cold]
pub(super) fn ask(
    link: &Link,
    route: &Route,
    policy: &Policy,
    head: &Head<'_>,
    body: Length,
) -> Result<Option<Box<Slot>>, Box<Instead>> {
    let said = |name| head.headers.get(name).filter(|_| link.trusted).and_then(first);
    let is_https = match said("x-forwarded-proto") {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => link.scheme == Scheme::Https,
    };
    let authority = said("x-forwarded-host").or_else(|| head.headers.get("host").and_then(first));
    // A host that is none would make a Location that is none. HTTP/2 has its authority elsewhere.
    let named = authority.and_then(|authority| Some((authority, target::host(authority.as_bytes()).ok()?)));
    let (authority, host) = named.unwrap_or((head.host, Cow::Borrowed(head.host)));
    let body = match body {
        Length::None => Some(0),
        Length::Bytes(bytes) => Some(bytes),
        Length::Chunked | Length::UntilEnd => None,
    };
    let slot_taken = Cell::new(None);
    let meter = |limits: &Limits| {
        link.worker.shared.meter.admit(limits, head.client).map(|slot| slot_taken.set(slot)).err()
    };
    let asked = Asked { head, is_https, authority, host: &host, body, meter: &meter };
    let Some(verdict) = policy.verdict(route, &asked) else { return Ok(slot_taken.take()) };
    let grant = policy.rules.as_ref().filter(|_| verdict.is_shown_to_pages());
    let grant = grant.and_then(|rules| rules.grant(head.headers));
    let mut instead = match verdict {
        Verdict::Redirect(redirect) => {
            link.worker.counters.redirect(redirect.reason);
            Instead::redirect(&redirect)
        }
        Verdict::Denied(denial) => denied(link, denial),
        Verdict::Preflight => Instead::preflight(),
    };
    instead.fields.extend(grant.iter().flat_map(respond::fields_of));
    Err(Box::new(instead))
}

fn denied(link: &Link, denial: Denial) -> Instead {
    link.worker.counters.denial(denial);
    Instead::denial(denial)
}

/// The first of a list.
fn first(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()?.split(',').next().map(str::trim).filter(|text| !text.is_empty())
}
