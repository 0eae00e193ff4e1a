//! The boundary to hyper's heads: views of them for the rules, and the edits that the rules ask for.
//!
//! No rule stands here, and nothing beyond `exchange` knows these types.

use std::ops::ControlFlow;

use http::header::{HOST, HeaderMap, HeaderName};
use http::request::Parts;
use weir_http1::{Field, Name};
use weir_routing::Headers;

use crate::harden::{HostField, Present, RawHead, Version, hop_by_hop};

/// Headers of hyper as the rules see them.
pub(in crate::exchange) struct HeaderView<'m>(pub(in crate::exchange) &'m HeaderMap);

impl Headers for HeaderView<'_> {
    fn values<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8]) -> ControlFlow<()>) {
        for value in self.0.get_all(name) {
            if visit(value.as_bytes()).is_break() {
                return;
            }
        }
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(http::HeaderValue::as_bytes)
    }
}

/// The head of a request as the rules see it.
pub(super) fn raw_head<'a>(parts: &'a Parts, headers: &'a HeaderView<'a>) -> RawHead<'a> {
    RawHead {
        version: match parts.version {
            http::Version::HTTP_2 => Version::Http2,
            http::Version::HTTP_11 => Version::Http11,
            _ => Version::Http10,
        },
        method: parts.method.as_str(),
        scheme: parts.uri.scheme_str(),
        authority: parts.uri.authority().map(http::uri::Authority::as_str),
        target: parts.uri.path_and_query().map_or(&b"/"[..], |target| target.as_str().as_bytes()),
        host: HostField::of(parts.headers.get_all(HOST).iter().map(http::HeaderValue::as_bytes)),
        headers,
        present: Present::of_names(parts.headers.keys().map(|name| name.as_str().as_bytes())),
    }
}

/// The fields of a request as our codec would give them.
pub(super) fn fields(parts: &Parts) -> impl Iterator<Item = Field<'_>> {
    parts.headers.iter().map(|(name, value)| Field {
        known: Name::of(name.as_str().as_bytes()),
        name: name.as_str().as_bytes(),
        value: value.as_bytes(),
        plain: None,
    })
}

/// Removes every field for which `is_dropped` holds, and those that `Connection` names. One pass where there are none.
pub(super) fn remove(headers: &mut HeaderMap, is_dropped: impl Fn(&str) -> bool) {
    let mut gone: Vec<HeaderName> = Vec::new();
    if headers.contains_key(http::header::CONNECTION) {
        hop_by_hop::named(&HeaderView(headers), &mut |name| gone.extend(HeaderName::from_bytes(name)));
    }
    gone.extend(headers.keys().filter(|name| is_dropped(name.as_str())).cloned());
    for name in gone {
        headers.remove(name);
    }
}
