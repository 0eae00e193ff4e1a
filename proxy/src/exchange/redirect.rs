//! Requests that are sent elsewhere, before anything is chosen for them.

use std::borrow::Cow;

use weir_routing::policy::{Asked, Redirect};
use weir_routing::{Head, Route, target};

use crate::client::link::{Link, Scheme};

/// Where the request of `head` is sent, if it is.
#[cold]
pub(super) fn of(link: &Link, route: &Route, head: &Head<'_>) -> Option<Redirect> {
    let policy = route.policy.as_ref()?;
    let said = |name| head.headers.get(name).filter(|_| link.trusted).and_then(first);
    let is_https = match said("x-forwarded-proto") {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => link.scheme == Scheme::Https,
    };
    let authority = said("x-forwarded-host").or_else(|| head.headers.get("host").and_then(first));
    // A host that is none would make a Location that is none. HTTP/2 has its authority elsewhere.
    let named = authority.and_then(|authority| Some((authority, target::host(authority.as_bytes()).ok()?)));
    let (authority, host) = named.unwrap_or((head.host, Cow::Borrowed(head.host)));
    let asked = Asked { is_https, authority, host: &host, path: head.path, query: head.query };
    let redirect = policy.redirect(route, &asked)?;
    link.worker.counters.redirect(redirect.reason);
    Some(redirect)
}

/// The first of a list.
fn first(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()?.split(',').next().map(str::trim).filter(|text| !text.is_empty())
}
