//! What the upstream is told about the client. Pure, and the same for every codec.
//!
//! By default the proxy is the edge: whatever a client says about itself is overwritten. Clients in trusted networks are proxies themselves;
//! their `X-Forwarded-For` is appended to, and what they say about host, scheme, port and request id is kept.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::ops::ControlFlow;

use weir_routing::head::Headers;

/// Fields that only the proxy sets. What an untrusted client sent of them is removed first.
pub(crate) const FIELDS: [&str; 11] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-original-forwarded-for",
    "x-real-ip",
    "x-scheme",
    "forwarded",
    "proxy",
];

/// Longest request id that is taken over from a client, in bytes.
const MAX_REQUEST_ID: usize = 128;

/// The value of `X-Forwarded-For` for a trusted client: what it sent, and its own address at the end.
pub(crate) fn appended(headers: &dyn Headers, client: &str) -> String {
    let mut chain = String::with_capacity(64);
    headers.values("x-forwarded-for", &mut |value| {
        if let Ok(text) = std::str::from_utf8(value.trim_ascii())
            && !text.is_empty()
        {
            let _ = write!(chain, "{text}, ");
        }
        ControlFlow::Continue(())
    });
    chain.push_str(client);
    chain
}

/// The client behind trusted proxies: read from the right, the first address in `X-Forwarded-For` that nobody vouches for; the leftmost one
/// where all are trusted.
pub(crate) fn client_behind(headers: &dyn Headers, trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut client = None;
    headers.values("x-forwarded-for", &mut |value| {
        for item in value.split(|b| *b == b',') {
            let Some(address) =
                std::str::from_utf8(item.trim_ascii()).ok().and_then(|text| text.parse().ok())
            else {
                continue;
            };
            // Read from the left, the last one that is not trusted is the first one from the right.
            if client.is_none() || !trusted(address) {
                client = Some(address);
            }
        }
        ControlFlow::Continue(())
    });
    client
}

/// Whether a client's `X-Request-ID` is taken over: it is only used to find things again, so it is kept from anybody, but not any bytes.
pub(crate) fn is_request_id(value: &[u8]) -> bool {
    (1..=MAX_REQUEST_ID).contains(&value.len())
        && value.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.+/=:".contains(b))
}

/// A new request id: 32 hexadecimal digits, as nginx writes it.
pub(crate) fn request_id(high: u64, low: u64) -> [u8; 32] {
    let mut digits = [b'0'; 32];
    for (place, shift) in digits.iter_mut().zip((0..32_u32).rev()) {
        let word = if shift >= 16 { high } else { low };
        let nibble = u8::try_from((word >> ((shift % 16) * 4)) & 0xf).unwrap_or_default();
        *place = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::{IpAddr, appended, client_behind, is_request_id, request_id};

    #[test]
    fn the_chain_grows_at_its_end() {
        let headers = vec![("x-forwarded-for", " 203.0.113.1"), ("x-forwarded-for", "10.0.0.2, 10.0.0.3 ")];
        assert_eq!(appended(&headers, "10.0.0.4"), "203.0.113.1, 10.0.0.2, 10.0.0.3, 10.0.0.4");
        assert_eq!(appended(&(), "10.0.0.4"), "10.0.0.4");
    }

    #[test]
    fn the_client_is_the_last_that_nobody_vouches_for() {
        let trusted = |address: IpAddr| address.to_string().starts_with("10.");
        for (chain, client) in [
            ("203.0.113.1, 10.0.0.2", Some("203.0.113.1")),
            ("198.51.100.7, 203.0.113.1, 10.0.0.2", Some("203.0.113.1")),
            ("10.0.0.1, 10.0.0.2", Some("10.0.0.1")),
            ("", None),
            ("unknown", None),
        ] {
            let headers = vec![("x-forwarded-for", chain)];
            assert_eq!(client_behind(&headers, trusted), client.map(|c| c.parse().unwrap()), "{chain}");
        }
    }

    #[test]
    fn request_ids_are_plain() {
        assert_eq!(request_id(0x0123_4567_89ab_cdef, 0xff).as_slice(), b"0123456789abcdef00000000000000ff");
        assert!(is_request_id(b"4bf92f35-77b3"));
        for bad in [&b""[..], b"a b", b"a\"", &[b'a'; 129]] {
            assert!(!is_request_id(bad));
        }
    }
}
