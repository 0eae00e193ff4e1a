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
        let known = Self::known(name);
        if known == Self::Other && has_underscore(name) { Self::Underscored } else { known }
    }

    /// What `name` is, but for underscores.
    pub(crate) fn known(name: &[u8]) -> Self {
        let first = name.first().map_or(0, |first| first | CASE);
        match (name.len(), first) {
            (2, b't') if is(name, b"te") => Self::Te,
            (4, b'h') if is(name, b"host") => Self::Host,
            (5, b'p') if is(name, b"proxy") => Self::Proxy,
            (6, b'c') if is(name, b"cookie") => Self::Cookie,
            (6, b'e') if is(name, b"expect") => Self::Expect,
            (7, b't') if is(name, b"trailer") => Self::Trailer,
            (7, b'u') if is(name, b"upgrade") => Self::Upgrade,
            (8, b'x') if is(name, b"x-scheme") => Self::XScheme,
            (9, b'f') if is(name, b"forwarded") => Self::Forwarded,
            (9, b'x') if is(name, b"x-real-ip") => Self::XRealIp,
            (10, b'c') if is(name, b"connection") => Self::Connection,
            (10, b'k') if is(name, b"keep-alive") => Self::KeepAlive,
            (11, b'g') if is(name, b"grpc-status") => Self::GrpcStatus,
            (12, b'x') if is(name, b"x-request-id") => Self::XRequestId,
            (14, b'c') if is(name, b"content-length") => Self::ContentLength,
            (14, b'h') if is(name, b"http2-settings") => Self::Http2Settings,
            (15, b'x') if is(name, b"x-forwarded-for") => Self::XForwardedFor,
            (16, b'p') if is(name, b"proxy-connection") => Self::ProxyConnection,
            (16, b'x') if is(name, b"x-forwarded-host") => Self::XForwardedHost,
            (16, b'x') if is(name, b"x-forwarded-port") => Self::XForwardedPort,
            (17, b't') if is(name, b"transfer-encoding") => Self::TransferEncoding,
            (17, b'x') if is(name, b"x-forwarded-proto") => Self::XForwardedProto,
            (18, b'p') if is(name, b"proxy-authenticate") => Self::ProxyAuthenticate,
            (18, b'x') if is(name, b"x-forwarded-scheme") => Self::XForwardedScheme,
            (18, b'x') if is(name, b"x-forwarded-server") => Self::XForwardedServer,
            (24, b'x') if is(name, b"x-original-forwarded-for") => Self::XOriginalForwardedFor,
            _ => Self::Other,
        }
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

/// The bit that tells a lower-case letter from its capital. Only a letter may be compared without it: a CR would become a hyphen.
const CASE: u8 = 0x20;

/// Whether a name is this one. The length is known while compiling, so that all bytes are compared at once.
fn is<const N: usize>(name: &[u8], lower: &[u8; N]) -> bool {
    let Ok(name) = <&[u8; N]>::try_from(name) else { return false };
    let case = |b: u8| if b.is_ascii_lowercase() { CASE } else { 0 };
    name.iter().zip(lower).fold(0, |differs, (a, b)| differs | ((a | case(*b)) ^ b)) == 0
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
            ("content\rlength", Name::Other),
            ("http\u{12}-settings", Name::Other),
            ("\u{8}ost", Name::Other),
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
