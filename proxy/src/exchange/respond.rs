//! What the proxy says itself, whichever codec says it.

use std::fmt::Display;

use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use weir_routing::policy::{Denial, Grant, Redirect};

/// Methods that a 405 names (RFC 9110 section 15.5.6 wants a list).
pub(super) const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// Type of a sentence.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// An answer of the proxy's own to a request whose route is known, in place of an upstream's.
pub(super) struct Instead {
    pub(super) status: StatusCode,
    pub(super) fields: Vec<(HeaderName, HeaderValue)>,
    /// A sentence; none: no body.
    pub(super) text: String,
}

impl Instead {
    /// The client is sent elsewhere.
    pub(super) fn redirect(redirect: &Redirect) -> Self {
        let status = StatusCode::from_u16(redirect.status).unwrap_or(StatusCode::FOUND);
        let text = sentence(status, &format_args!("go to {}", redirect.location));
        let location = HeaderValue::try_from(redirect.location.as_str());
        let fields = location.into_iter().map(|location| (header::LOCATION, location)).collect();
        Self { status, fields, text }
    }

    /// A page may use the route.
    pub(super) fn preflight() -> Self {
        let fields = vec![(header::CONTENT_LENGTH, HeaderValue::from_static("0"))];
        Self { status: StatusCode::NO_CONTENT, fields, text: String::new() }
    }

    /// The client is refused.
    pub(super) fn denial(denial: Denial) -> Self {
        let status = StatusCode::from_u16(denial.status()).unwrap_or(StatusCode::FORBIDDEN);
        Self { status, fields: Vec::new(), text: sentence(status, &denial.sentence()) }
    }
}

/// The fields of a grant.
pub(super) fn fields_of(grant: &Grant<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let mut fields = Vec::new();
    grant.fields(|name, value| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            fields.push((HeaderName::from_static(name), value));
        }
    });
    fields
}

/// One sentence that says what is wrong.
pub(super) fn sentence(status: StatusCode, why: &dyn Display) -> String {
    format!("{} {}: {why}\n", status.as_str(), status.canonical_reason().unwrap_or_default())
}
