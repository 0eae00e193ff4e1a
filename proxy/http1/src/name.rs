//! Names of fields that a proxy treats in a way of its own, recognised once, while a head is read.

/// A field's name, as far as it matters to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each variant is the field of the same name")]
pub enum Name {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    KeepAlive,
    ProxyConnection,
    ProxyAuthenticate,
    Te,
    Trailer,
    Upgrade,
    Http2Settings,
    Expect,
    Cookie,
    Proxy,
    Forwarded,
    XForwardedFor,
    XForwardedHost,
    XForwardedPort,
    XForwardedProto,
    XForwardedScheme,
    XForwardedServer,
    XOriginalForwardedFor,
    XRealIp,
    XRequestId,
    XScheme,
    GrpcStatus,
    /// Has an underscore, which CGI-like upstreams cannot tell from a hyphen.
    Underscored,
    /// Any other.
    Other,
}

impl Name {
    /// What `name` is. Names compare without case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let Some(first) = name.first() else { return Self::Other };
        let candidates: &[(&str, Self)] = match (first | 0x20, name.len()) {
            (b'h', 4) => &[("host", Self::Host)],
            (b'h', 14) => &[("http2-settings", Self::Http2Settings)],
            (b'c', 6) => &[("cookie", Self::Cookie)],
            (b'c', 10) => &[("connection", Self::Connection)],
            (b'c', 14) => &[("content-length", Self::ContentLength)],
            (b't', 2) => &[("te", Self::Te)],
            (b't', 7) => &[("trailer", Self::Trailer)],
            (b't', 17) => &[("transfer-encoding", Self::TransferEncoding)],
            (b'k', 10) => &[("keep-alive", Self::KeepAlive)],
            (b'p', 5) => &[("proxy", Self::Proxy)],
            (b'p', 16) => &[("proxy-connection", Self::ProxyConnection)],
            (b'p', 18) => &[("proxy-authenticate", Self::ProxyAuthenticate)],
            (b'u', 7) => &[("upgrade", Self::Upgrade)],
            (b'e', 6) => &[("expect", Self::Expect)],
            (b'f', 9) => &[("forwarded", Self::Forwarded)],
            (b'g', 11) => &[("grpc-status", Self::GrpcStatus)],
            (b'x', 8) => &[("x-scheme", Self::XScheme)],
            (b'x', 9) => &[("x-real-ip", Self::XRealIp)],
            (b'x', 12) => &[("x-request-id", Self::XRequestId)],
            (b'x', 15) => &[("x-forwarded-for", Self::XForwardedFor)],
            (b'x', 16) => {
                &[("x-forwarded-host", Self::XForwardedHost), ("x-forwarded-port", Self::XForwardedPort)]
            }
            (b'x', 17) => &[("x-forwarded-proto", Self::XForwardedProto)],
            (b'x', 18) => &[
                ("x-forwarded-scheme", Self::XForwardedScheme),
                ("x-forwarded-server", Self::XForwardedServer),
            ],
            (b'x', 24) => &[("x-original-forwarded-for", Self::XOriginalForwardedFor)],
            _ => &[],
        };
        candidates
            .iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))
            .map_or_else(|| if has_underscore(name) { Self::Underscored } else { Self::Other }, |(_, is)| *is)
    }

    /// This name's bit in a set.
    #[must_use]
    pub fn bit(self) -> u32 {
        1 << u8::from(self)
    }
}

impl From<Name> for u8 {
    #[expect(
        clippy::as_conversions,
        reason = "the number of a variant, which is a byte by its representation"
    )]
    fn from(name: Name) -> Self {
        name as Self
    }
}

/// Whether any byte is `_`: eight at a time, because every name of every head is asked.
fn has_underscore(name: &[u8]) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (eights, rest) = name.as_chunks::<8>();
    let in_eight = |eight: &[u8; 8]| {
        let zeroed = u64::from_le_bytes(*eight) ^ (LOW * 0x5f);
        zeroed.wrapping_sub(LOW) & !zeroed & HIGH != 0
    };
    eights.iter().any(in_eight) || rest.contains(&b'_')
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_compare_without_case_and_as_a_whole() {
        for (name, is) in [
            ("Host", Name::Host),
            ("HOST", Name::Host),
            ("hosts", Name::Other),
            ("Content-Length", Name::ContentLength),
            ("content_length", Name::Underscored),
            ("x-forwarded-port", Name::XForwardedPort),
            ("X-Forwarded-Host", Name::XForwardedHost),
            ("accept-encoding", Name::Other),
            ("a_", Name::Underscored),
            ("abcdefgh_", Name::Underscored),
            ("_bcdefgh", Name::Underscored),
            ("abcdefghijk", Name::Other),
            ("", Name::Other),
        ] {
            assert_eq!(Name::of(name.as_bytes()), is, "{name}");
        }
    }
}
