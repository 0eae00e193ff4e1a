//! Trailer fields that may pass. Anything else could be merged into a head behind the proxy's back.

/// Fields that exist to be sent at the end.
const KNOWN: [&str; 8] = [
    "content-digest",
    "repr-digest",
    "digest",
    "content-md5",
    "etag",
    "server-timing",
    "signature",
    "signature-input",
];

/// Prefixes that are the application's own, without those that a proxy sets.
const PROXY_OWNED: [&str; 3] = ["x-forwarded-", "x-real-ip", "x-original-"];

/// Whether a trailer field of this name (lower case) may pass.
pub(crate) fn is_allowed(name: &str) -> bool {
    let application = name.starts_with("grpc-") || name.starts_with("x-");
    let proxys = PROXY_OWNED.iter().any(|prefix| name.starts_with(prefix));
    (application && !proxys && !name.contains('_')) || KNOWN.contains(&name)
}
