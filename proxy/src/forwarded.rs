//! What the upstream is told about the client. Pure, and the same for every codec.
//!
//! By default the proxy is the edge: whatever a client says about itself is overwritten. Clients in trusted networks are proxies themselves;
//! their `X-Forwarded-For` is appended to, and what they say about host, scheme, port and request id is kept.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::ops::ControlFlow;

use weir_routing::head::Headers;

use crate::scheme::Scheme;

/// What every upstream is told about one client: `x-forwarded-for`, `x-real-ip`, `x-forwarded-proto` and `x-forwarded-port`, written once for a
/// connection in the form in which HTTP/1.1 sends them.
#[derive(Debug)]
pub(crate) struct Introduction {
    lines: Box<[u8]>,
    client_len: usize,
    port_len: usize,
}

impl Introduction {
    /// Of a client at this address that came to this port.
    pub(crate) fn new(client: IpAddr, scheme: Scheme, port: u16) -> Self {
        let (client, port) = (client.to_string(), port.to_string());
        let scheme = scheme.as_str();
        let lines = format!(
            "x-forwarded-for: {client}\r\nx-real-ip: {client}\r\nx-forwarded-proto: {scheme}\r\nx-forwarded-port: {port}\r\n"
        );
        Self { lines: lines.into_bytes().into(), client_len: client.len(), port_len: port.len() }
    }

    /// All of it.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// The client's address.
    pub(crate) fn client(&self) -> &[u8] {
        let start = "x-forwarded-for: ".len();
        self.lines.get(start..start + self.client_len).unwrap_or_default()
    }

    /// The port that the client came to.
    pub(crate) fn port(&self) -> &[u8] {
        let end = self.lines.len().saturating_sub("\r\n".len());
        self.lines.get(end.saturating_sub(self.port_len)..end).unwrap_or_default()
    }
}

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
    let words = [high >> 32, high & 0xffff_ffff, low >> 32, low & 0xffff_ffff];
    for (place, word) in digits.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *place = hex(word);
    }
    digits
}

/// Eight digits of the lower 32 bits, all at once: the nibbles are spread over the bytes of a word.
fn hex(word: u64) -> [u8; 8] {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let spread = (word & 0xffff_0000) << 16 | word & 0xffff;
    let spread = (spread << 8 | spread) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (spread << 4 | spread) & (LOW * 0x0f);
    let letters = ((nibbles + LOW * 6) >> 4) & LOW;
    (nibbles + LOW * 0x30 + letters * 0x27).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Introduction, IpAddr, Scheme, appended, client_behind, hex, is_request_id, request_id};

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
    fn an_introduction_is_written_once_and_read_in_parts() {
        for (client, port) in [("203.0.113.9", 8080), ("2001:db8::1", 9)] {
            let introduction = Introduction::new(client.parse().unwrap(), Scheme::Https, port);
            let lines = format!(
                "x-forwarded-for: {client}\r\nx-real-ip: {client}\r\nx-forwarded-proto: https\r\nx-forwarded-port: {port}\r\n"
            );
            assert_eq!(introduction.lines(), lines.as_bytes());
            assert_eq!(introduction.client(), client.as_bytes());
            assert_eq!(introduction.port(), port.to_string().as_bytes());
        }
    }

    #[test]
    fn request_ids_are_plain() {
        for word in [0, 1, 0xffff_ffff, 0x0123_4567, 0x89ab_cdef, 0xa5a5_5a5a] {
            assert_eq!(hex(word).as_slice(), format!("{word:08x}").as_bytes());
        }
        assert_eq!(request_id(0x0123_4567_89ab_cdef, 0xff).as_slice(), b"0123456789abcdef00000000000000ff");
        assert!(is_request_id(b"4bf92f35-77b3"));
        for bad in [&b""[..], b"a b", b"a\"", &[b'a'; 129]] {
            assert!(!is_request_id(bad));
        }
    }
}
