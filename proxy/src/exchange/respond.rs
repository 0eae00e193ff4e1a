//! What the proxy says itself, whichever codec says it.

use std::fmt::Display;

use http::StatusCode;

/// Methods that a 405 names (RFC 9110 section 15.5.6 wants a list).
pub(super) const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
/// Type of a sentence.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// One sentence that says what is wrong.
pub(super) fn sentence(status: StatusCode, why: &dyn Display) -> String {
    format!("{} {}: {why}\n", status.as_str(), status.canonical_reason().unwrap_or_default())
}
