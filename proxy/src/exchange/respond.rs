//! What the proxy says itself, whichever codec says it.

use std::fmt::Display;

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use weir_routing::policy::{Denial, Redirect};

/// Methods that a 405 names (RFC 9110 section 15.5.6 wants a list).
pub(super) const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// Type of a sentence.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// An answer of the proxy's own to a request whose route is known, in place of an upstream's.
pub(super) struct Instead {
    pub(super) status: StatusCode,
    pub(super) fields: Vec<(HeaderName, HeaderValue)>,
    /// A sentence in plain text, unless the fields say what it is; may be empty.
    pub(super) body: Bytes,
}

impl Instead {
    /// The client is sent elsewhere.
    pub(super) fn redirect(redirect: &Redirect) -> Self {
        let status = StatusCode::from_u16(redirect.status).unwrap_or(StatusCode::FOUND);
        let text = sentence(status, &format_args!("go to {}", redirect.location));
        let location = HeaderValue::try_from(redirect.location.as_str());
        let fields = location.into_iter().map(|location| (header::LOCATION, location)).collect();
        Self { status, fields, body: text.into() }
    }

    /// A page may use the route.
    pub(super) fn preflight() -> Self {
        let fields = vec![(header::CONTENT_LENGTH, HeaderValue::from_static("0"))];
        Self { status: StatusCode::NO_CONTENT, fields, body: Bytes::new() }
    }

    /// The client is refused.
    pub(super) fn denial(denial: Denial) -> Self {
        let status = StatusCode::from_u16(denial.status()).unwrap_or(StatusCode::FORBIDDEN);
        Self::saying(status, &denial.sentence())
    }

    /// Says why.
    pub(super) fn saying(status: StatusCode, why: &dyn Display) -> Self {
        Self { status, fields: Vec::new(), body: sentence(status, why).into() }
    }
}

/// One sentence that says what is wrong.
pub(super) fn sentence(status: StatusCode, why: &dyn Display) -> String {
    format!("{} {}: {why}\n", status.as_str(), status.canonical_reason().unwrap_or_default())
}
