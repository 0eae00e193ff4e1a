//! What a request must be before anything looks at it. Pure, and the same for every codec.
//!
//! ```text
//! host        exactly one, valid, and the same wherever it is written
//! framing     one meaning of Content-Length and Transfer-Encoding, in requests and responses
//! hop_by_hop  header fields that end at this proxy
//! trailers    trailer fields that may pass
//! upgrade     which protocol change is asked for
//! ```
//! hyper parses; these are the rules that hyper does not have. Invariant: what is refused here never reaches an upstream.

use weir_http1::Name;
use weir_routing::head::Headers;
use weir_routing::target::{self, Normalised, Policy, TargetError};

use crate::error::Refusal;

pub(crate) mod framing;
pub(crate) mod hop_by_hop;
mod host;
pub(crate) mod trailers;
pub(crate) mod upgrade;

pub(crate) use self::host::HostField;
pub(crate) use self::upgrade::Upgrade;

/// HTTP version of a request, as far as rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// HTTP/1.0: Host may be missing, no upgrade.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
}

/// The head of a request as a codec read it.
pub(crate) struct RawHead<'a> {
    pub(crate) version: Version,
    pub(crate) method: &'a str,
    /// `:scheme`, or the scheme of an absolute target.
    pub(crate) scheme: Option<&'a str>,
    /// `:authority`, or the authority of an absolute target.
    pub(crate) authority: Option<&'a str>,
    /// Path and query, or `*`.
    pub(crate) target: &'a [u8],
    /// Its fields `Host`.
    pub(crate) host: HostField<'a>,
    pub(crate) headers: &'a dyn Headers,
    /// Which fields there are, so that no rule looks for one that is not.
    pub(crate) present: Present,
}

/// Which of the known fields a head has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Present(u32);

impl Present {
    /// Those of our own codec's head.
    pub(crate) fn of(fields: &weir_http1::Fields) -> Self {
        Self(fields.known())
    }

    /// Those of these names.
    pub(crate) fn of_names<'n>(names: impl Iterator<Item = &'n [u8]>) -> Self {
        Self(names.fold(0, |present, name| present | Name::of(name).bit()))
    }

    /// Whether there is a field of this name.
    pub(crate) fn has(self, name: Name) -> bool {
        self.0 & name.bit() != 0
    }
}

/// A head that every rule let pass.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    /// Host for routing; empty where an HTTP/1.0 request has none.
    pub(crate) host: std::borrow::Cow<'a, str>,
    pub(crate) target: Normalised<'a>,
    /// The protocol that the client asks for.
    pub(crate) upgrade: Option<Upgrade<'a>>,
}

/// Longest method name; longer ones are noise.
const MAX_METHOD: usize = 32;

/// Checks a head.
pub(crate) fn check<'a>(raw: &RawHead<'a>) -> Result<Checked<'a>, Refusal> {
    method(raw.method)?;
    if raw.scheme.is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return Err(Refusal::Target(TargetError::Form));
    }
    let host = host::host(raw)?;
    let target = target::normalise(raw.target, &Policy::default())?;
    if target.path == "*" && raw.method != "OPTIONS" {
        return Err(Refusal::Asterisk);
    }
    if raw.present.has(Name::TransferEncoding) {
        framing::request(raw.version, raw.headers)?;
    }
    if raw.present.has(Name::Expect) {
        expectation(raw.headers)?;
    }
    Ok(Checked { host, target, upgrade: upgrade::asked(raw) })
}

/// CONNECT would make this an open proxy, TRACE echoes credentials; anything but capitals is no method that exists.
fn method(method: &str) -> Result<(), Refusal> {
    match method {
        "GET" | "HEAD" | "POST" => Ok(()),
        "CONNECT" | "TRACE" | "TRACK" => Err(Refusal::MethodNotAllowed),
        _ if method.len() > MAX_METHOD => Err(Refusal::Method),
        _ if method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-' || b == b'_') => Ok(()),
        _ => Err(Refusal::Method),
    }
}

/// The only expectation there is. It is met by the codec when the upstream begins to read.
fn expectation(headers: &dyn Headers) -> Result<(), Refusal> {
    match headers.get("expect") {
        Some(value) if !value.eq_ignore_ascii_case(b"100-continue") => Err(Refusal::Expectation),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
