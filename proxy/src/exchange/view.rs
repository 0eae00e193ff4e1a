//! A head of our codec as the rules see it.

use std::ops::ControlFlow;

use weir_http1::{Fields, Name, Version, request};
use weir_routing::Headers;

use crate::harden::{self, HostField, Present, RawHead};

/// The fields of a head with the bytes that they lie in.
pub(super) struct View<'b> {
    pub(super) fields: &'b Fields,
    pub(super) head: &'b [u8],
}

impl Headers for View<'_> {
    fn values<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8]) -> ControlFlow<()>) {
        let known = Name::of(name.as_bytes());
        if known != Name::Other {
            let _ = self.fields.values(self.head, known).try_for_each(visit);
            return;
        }
        let others = self.fields.iter(self.head).filter(|field| field.known == known);
        let _ = others
            .filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .try_for_each(|field| visit(field.value));
    }
}

/// The head of a request as the rules see it.
pub(super) fn raw_head<'b>(head: &'b request::Head, bytes: &'b [u8], headers: &'b View<'b>) -> RawHead<'b> {
    let target = head.target(bytes);
    let (scheme, authority) = absolute(target);
    RawHead {
        version: match head.version {
            Version::Http10 => harden::Version::Http10,
            Version::Http11 => harden::Version::Http11,
        },
        method: method(head.method(bytes)),
        scheme,
        authority,
        target,
        host: HostField::of(head.fields.values(bytes, Name::Host)),
        headers,
        present: Present::of(&head.fields),
    }
}

/// A method as text. It is a token, which is ASCII; anything else is refused as no method. Almost all are these, whose bytes need no look each.
fn method(bytes: &[u8]) -> &str {
    match bytes {
        b"GET" => "GET",
        b"HEAD" => "HEAD",
        b"POST" => "POST",
        _ => std::str::from_utf8(bytes).unwrap_or_default(),
    }
}

/// Scheme and authority of an absolute target.
fn absolute(target: &[u8]) -> (Option<&str>, Option<&str>) {
    if target.first() == Some(&b'/') {
        return (None, None);
    }
    let parts = || {
        let colon = target.windows(3).position(|three| three == b"://")?;
        let (scheme, rest) = (target.get(..colon)?, target.get(colon + 3..)?);
        let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        Some((std::str::from_utf8(scheme).ok()?, std::str::from_utf8(rest.get(..end)?).ok()?))
    };
    parts().map_or((None, None), |(scheme, authority)| (Some(scheme), Some(authority)))
}
