//! What is known of a request before it goes anywhere, as trusted proxies say it: what policies decide by and variables are read from.

use std::borrow::Cow;

use weir_routing::variables::Facts;
use weir_routing::{Head, Route, target};

use crate::client::link::Link;
use crate::scheme::Scheme;

/// The facts of a request, and its host alone. `authority`: that of its target, if it has one.
pub(super) fn of<'a>(
    link: &Link,
    route: &'a Route,
    head: &'a Head<'a>,
    authority: Option<&'a str>,
) -> (Facts<'a>, Cow<'a, str>) {
    let said = |name| head.headers.get(name).filter(|_| link.trusted).and_then(first);
    let is_https = match said("x-forwarded-proto") {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => link.scheme == Scheme::Https,
    };
    let authority =
        said("x-forwarded-host").or(authority).or_else(|| head.headers.get("host").and_then(first));
    // A host that is none would make a Location that is none.
    let named = authority.and_then(|authority| Some((authority, target::host(authority.as_bytes()).ok()?)));
    let (authority, host) = named.unwrap_or((head.host, Cow::Borrowed(head.host)));
    (Facts { head, route, is_https, authority }, host)
}

/// The first of a list.
fn first(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()?.split(',').next().map(str::trim).filter(|text| !text.is_empty())
}
