//! `custom-headers`: fields that answers of an Ingress's upstreams get.

use serde::Serialize;

/// Fields that answers get, in the order of their names. Both parts can stand in a head as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Added(pub Box<[(Box<str>, Box<str>)]>);

/// Fields that say how a message is framed, or hold for one connection only.
const RESERVED: [&str; 10] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
];

impl Added {
    /// Whether a field of this name may be added, and has a value that can be sent; else why not.
    pub(crate) fn check(name: &str, value: &str) -> Result<(), String> {
        if !weir_api::names::is_token(name) {
            return Err(format!("{name:?} is not the name of a header field"));
        }
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(format!("{name} says how messages are sent, which is the proxy's to say"));
        }
        if value.bytes().any(|b| b != b'\t' && (b < b' ' || b == 0x7f)) {
            return Err(format!("the value of {name} has control characters"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Added;

    #[test]
    fn what_would_break_a_message_is_not_added() {
        for (name, value, fine) in [
            ("X-Frame-Options", "DENY", true),
            ("Cache-Control", "no-store, max-age=0", true),
            ("Content-Length", "3", false),
            ("transfer-encoding", "chunked", false),
            ("X Y", "z", false),
            ("", "z", false),
            ("X-Y", "a\r\nX-Z: b", false),
        ] {
            assert_eq!(Added::check(name, value).is_ok(), fine, "{name}: {value:?}");
        }
    }
}
