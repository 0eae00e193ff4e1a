//! Which host a request is for: one answer, wherever it is written.

use std::borrow::Cow;
use std::ops::ControlFlow;

use weir_routing::target;

use super::{RawHead, Version};
use crate::error::Refusal;

/// The host in its normal form.
///
/// An absolute target or `:authority` decides; a Host header beside it must say the same, or somebody in the chain would route the request
/// elsewhere. Only HTTP/1.0 may go without.
pub(super) fn host<'a>(raw: &RawHead<'a>) -> Result<Cow<'a, str>, Refusal> {
    let mut field = None;
    let mut doubled = false;
    raw.headers.values("host", &mut |value| {
        doubled = field.replace(value).is_some();
        if doubled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if doubled {
        return Err(Refusal::HostDoubled);
    }
    let parse = |value: &'a [u8]| target::host(value).map_err(|_| Refusal::HostInvalid);
    match (raw.authority, field) {
        (None, None) if raw.version == Version::Http10 => Ok(Cow::Borrowed("")),
        (None, None) => Err(Refusal::HostMissing),
        (None, Some(field)) => parse(field),
        (Some(authority), None) if raw.version == Version::Http11 => {
            parse(authority.as_bytes()).and(Err(Refusal::HostMissing))
        }
        (Some(authority), None) => parse(authority.as_bytes()),
        (Some(authority), Some(field)) => {
            let host = parse(authority.as_bytes())?;
            // Ports may be written in one place only; the host decides the route.
            if parse(field)? == host { Ok(host) } else { Err(Refusal::HostMismatch) }
        }
    }
}
