//! What annotations read their values with.

use super::{Fault, WITHOUT};

/// True or false, as ingress-nginx reads it (Go's `strconv.ParseBool`).
pub(super) fn flag(value: &str) -> Result<bool, Fault> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(ignored(format!("{value:?} is neither true nor false"))),
    }
}

/// A fault for which the annotation is left out.
pub(super) fn ignored(message: impl Into<String>) -> Fault {
    Fault::Ignored { message: message.into(), kept: WITHOUT }
}

/// Whether a text can stand in a header field as it is.
pub(super) fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_graphic())
}

/// A name of a header or cookie (RFC 9110 section 5.6.2 `token`).
pub(super) fn is_token(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
