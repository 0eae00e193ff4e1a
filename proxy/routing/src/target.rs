//! Request target and host, brought to one form, once, before anything compares them.
//!
//! ```text
//! target   `/a//b/../%7Ec?q`, `http://host/a`, `*`  ->  path `/a/~c`, query, host
//! path     one form for each resource, or refused
//! host     lower case, without port
//! ```
//! Total: any bytes give a result, never a panic. Idempotent: the result normalises to itself. Borrowed where nothing changes.

use std::borrow::Cow;

mod host;
mod path;

pub use host::host;
pub use path::path;

/// What is refused and what is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What happens to `%2F` in a path. Default: [`EncodedSlash::Keep`].
    pub encoded_slash: EncodedSlash,
    /// Longest request target in bytes. Default: 8,192.
    pub max_length: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { encoded_slash: EncodedSlash::Keep, max_length: 8192 }
    }
}

/// What happens to `%2F` in a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodedSlash {
    /// It stays encoded, as part of its segment, as package registries and repository hosts need it. Refused nevertheless where an upstream that
    /// decodes it would see `.` or `..`.
    #[default]
    Keep,
    /// The request is refused.
    Refuse,
}

/// A request target in its one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised<'a> {
    /// Host of an absolute target (`http://host/path`), as [`host`] returns it: it goes before the Host header (RFC 9112 section 3.2.2).
    pub authority: Option<Cow<'a, str>>,
    /// The path; `*` for the asterisk target, which only OPTIONS may have.
    pub path: Cow<'a, str>,
    /// The query without its question mark; non-ASCII bytes are percent-encoded, nothing else changes.
    pub query: Option<Cow<'a, str>>,
}

/// Why a request target or host is refused. The client's fault: 400, or 414 for [`TargetError::TooLong`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing there.
    #[error("the request target is empty")]
    Empty,
    /// Longer than [`Policy::max_length`].
    #[error("the request target is longer than {0} bytes")]
    TooLong(usize),
    /// Neither a path, nor `http://` or `https://`, nor `*`.
    #[error("the request target is neither a path nor an http or https URL")]
    Form,
    /// A control byte or a space.
    #[error("the request target has a control byte or a space (0x{0:02x})")]
    Control(u8),
    /// NUL, encoded.
    #[error("the path has an encoded NUL (%00)")]
    Nul,
    /// A backslash, plain or encoded, which some upstreams take for a slash.
    #[error("the path has a backslash")]
    Backslash,
    /// A fragment, which never belongs in a request.
    #[error("the request target has a fragment (#)")]
    Fragment,
    /// A percent sign without two hexadecimal digits.
    #[error("the path has a percent sign without two hexadecimal digits")]
    Percent,
    /// An encoded slash that the policy refuses.
    #[error("the path has an encoded slash (%2F)")]
    EncodedSlash,
    /// Not a host name or address with an optional port.
    #[error("the host is not a valid name or address")]
    Host,
}

/// Brings a whole request target to its one form.
pub fn normalise<'a>(raw: &'a [u8], policy: &Policy) -> Result<Normalised<'a>, TargetError> {
    if raw.len() > policy.max_length {
        return Err(TargetError::TooLong(policy.max_length));
    }
    match raw {
        [] => Err(TargetError::Empty),
        b"*" => Ok(Normalised { authority: None, path: Cow::Borrowed("*"), query: None }),
        [b'/', ..] => origin(raw, None, policy),
        absolute => {
            let rest = strip_scheme(absolute).ok_or(TargetError::Form)?;
            let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at_checked(end).ok_or(TargetError::Form)?;
            origin(rest, Some(host(authority)?), policy)
        }
    }
}

fn strip_scheme(raw: &[u8]) -> Option<&[u8]> {
    [&b"http://"[..], b"https://"].into_iter().find_map(|scheme| {
        let (head, rest) = raw.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

fn origin<'a>(
    raw: &'a [u8],
    authority: Option<Cow<'a, str>>,
    policy: &Policy,
) -> Result<Normalised<'a>, TargetError> {
    let mark = raw.iter().position(|b| *b == b'?');
    let (before, after) = match mark.and_then(|mark| raw.split_at_checked(mark)) {
        None => (raw, None),
        Some((before, after)) => (before, after.get(1..)),
    };
    let path = if before.is_empty() { Cow::Borrowed("/") } else { path::path(before, policy)? };
    let query = after.map(query).transpose()?;
    Ok(Normalised { authority, path, query })
}

fn query(raw: &[u8]) -> Result<Cow<'_, str>, TargetError> {
    for byte in raw {
        match byte {
            0..=0x20 | 0x7f => return Err(TargetError::Control(*byte)),
            b'#' => return Err(TargetError::Fragment),
            _ => {}
        }
    }
    if let (true, Ok(text)) = (raw.is_ascii(), std::str::from_utf8(raw)) {
        return Ok(Cow::Borrowed(text));
    }
    let mut encoded = String::with_capacity(raw.len() + 16);
    for byte in raw {
        path::push_raw(&mut encoded, *byte);
    }
    Ok(Cow::Owned(encoded))
}
