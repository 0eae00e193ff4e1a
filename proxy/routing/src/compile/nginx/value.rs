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

/// `on` or `off`, as nginx writes them.
pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{value:?} is neither on nor off")),
    }
}

/// Whether it is the second of two words; the annotation is left out, and `kept` stays, where it is neither.
pub(super) fn second_of(value: &str, [first, second]: [&str; 2], kept: &'static str) -> Result<bool, Fault> {
    match value {
        _ if value == first => Ok(false),
        _ if value == second => Ok(true),
        _ => Err(Fault::Ignored { message: format!("{value:?} is neither {first} nor {second}"), kept }),
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
