//! Header fields that end at this proxy.

use std::ops::ControlFlow;

use weir_http1::Name;
use weir_routing::head::Headers;

use super::Present;

/// Fields that are about one connection. `upgrade` and `te` are put back where they were understood.
pub(crate) const FIELDS: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "proxy-authenticate",
];

/// Whether a field of an answer ends here. Its framing is written anew.
pub(crate) fn ends_here(name: Name) -> bool {
    matches!(
        name,
        Name::Connection
            | Name::KeepAlive
            | Name::ProxyConnection
            | Name::TransferEncoding
            | Name::ContentLength
            | Name::Te
            | Name::Upgrade
            | Name::Http2Settings
    )
}

/// Fields that `Connection` may not remove, because a client could otherwise strip what the proxy or the upstream decides by: routing, framing,
/// identity, credentials.
const PROTECTED: [&str; 12] = [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "authorization",
    "cookie",
    "origin",
    "forwarded",
    "x-real-ip",
    "x-request-id",
    "expect",
    "trailer",
];

/// Whether a field that `Connection` names may be removed.
fn is_removable(name: &[u8]) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    let forwarded = name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case(b"x-forwarded-"));
    !PROTECTED.into_iter().any(is) && !FIELDS.into_iter().any(is) && !forwarded
}

/// Shows each name in `Connection` that is to be removed besides [`FIELDS`].
pub(crate) fn named(headers: &dyn Headers, visit: &mut dyn FnMut(&[u8])) {
    each_option(headers, &mut |option| {
        let closes = option.eq_ignore_ascii_case(b"close");
        if !closes && is_removable(option) {
            visit(option);
        }
    });
}

/// The names in `Connection` that are to be removed besides [`FIELDS`]; mostly there are none.
pub(crate) struct Named<'h> {
    headers: &'h dyn Headers,
    any: bool,
}

impl<'h> Named<'h> {
    /// Those of these headers; `present` says whether they have a `Connection`.
    pub(crate) fn of(headers: &'h dyn Headers, present: Present) -> Self {
        let mut any = false;
        if present.has(Name::Connection) {
            named(headers, &mut |_| any = true);
        }
        Self { headers, any }
    }

    /// Whether a field of this name is to be removed.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        let mut found = false;
        if self.any {
            named(self.headers, &mut |option| found |= option.eq_ignore_ascii_case(name));
        }
        found
    }
}

/// Whether `Connection` has this option.
pub(crate) fn has_option(headers: &dyn Headers, wanted: &str) -> bool {
    let mut found = false;
    each_option(headers, &mut |option| found |= option.eq_ignore_ascii_case(wanted.as_bytes()));
    found
}

fn each_option(headers: &dyn Headers, visit: &mut dyn FnMut(&[u8])) {
    headers.values("connection", &mut |value| {
        for option in value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|option| !option.is_empty())
        {
            visit(option);
        }
        ControlFlow::Continue(())
    });
}

/// Whether the client takes trailers: the only thing that `TE` may say onwards.
pub(crate) fn takes_trailers(headers: &dyn Headers) -> bool {
    let mut found = false;
    headers.values("te", &mut |value| {
        found |= value.split(|b| *b == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(b"trailers"));
        ControlFlow::Continue(())
    });
    found
}

/// Seconds of `Keep-Alive: timeout=N`: how long the peer keeps a connection that is not in use.
pub(crate) fn keep_alive_seconds(value: &[u8]) -> Option<u64> {
    value.split(|b| *b == b',').find_map(|item| {
        let (name, seconds) = item.split_at_checked(item.iter().position(|b| *b == b'=')?)?;
        let seconds = seconds.get(1..)?.trim_ascii();
        name.trim_ascii()
            .eq_ignore_ascii_case(b"timeout")
            .then(|| std::str::from_utf8(seconds).ok()?.parse().ok())?
    })
}
