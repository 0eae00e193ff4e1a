//! What the proxy says itself, whichever codec says it.

use std::fmt::Display;

use http::StatusCode;
use weir_routing::policy::Redirect;

/// Methods that a 405 names (RFC 9110 section 15.5.6 wants a list).
pub(super) const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// Type of a sentence.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// The status of a redirect.
pub(super) fn status_of(redirect: &Redirect) -> StatusCode {
    StatusCode::from_u16(redirect.status).unwrap_or(StatusCode::FOUND)
}

/// Where a redirect leads, for people.
pub(super) struct Moved<'r>(pub(super) &'r str);

impl Display for Moved<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "go to {}", self.0)
    }
}

/// One sentence that says what is wrong.
pub(super) fn sentence(status: StatusCode, why: &dyn Display) -> String {
    format!("{} {}: {why}\n", status.as_str(), status.canonical_reason().unwrap_or_default())
}
