//! Which host a request is for: one answer, wherever it is written.

use std::borrow::Cow;

use weir_routing::target;

use super::{RawHead, Version};
use crate::error::Refusal;

/// The Host fields of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostField<'a> {
    Missing,
    One(&'a [u8]),
    Several,
}

impl<'a> HostField<'a> {
    /// Of the values of all of them.
    pub(crate) fn of(mut values: impl Iterator<Item = &'a [u8]>) -> Self {
        match (values.next(), values.next()) {
            (None, _) => Self::Missing,
            (Some(one), None) => Self::One(one),
            (Some(_), Some(_)) => Self::Several,
        }
    }

    /// The value, where there is one and no other.
    pub(crate) fn one(self) -> Option<&'a [u8]> {
        match self {
            Self::One(value) => Some(value),
            Self::Missing | Self::Several => None,
        }
    }
}

/// The host in its normal form.
///
/// An absolute target or `:authority` decides; a Host header beside it must say the same, or somebody in the chain would route the request
/// elsewhere. Only HTTP/1.0 may go without.
pub(super) fn host<'a>(raw: &RawHead<'a>) -> Result<Cow<'a, str>, Refusal> {
    if raw.host == HostField::Several {
        return Err(Refusal::HostDoubled);
    }
    let parse = |value: &'a [u8]| target::host(value).map_err(|_| Refusal::HostInvalid);
    match (raw.authority, raw.host.one()) {
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
