//! Tags of bodies (RFC 9110, 8.8.3 and 13.1.2).

use std::fmt;

use http::HeaderValue;
use siphasher::sip128::SipHasher13;

/// The tag of a body: the same in every process, so that replicas agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(String);

impl Tag {
    /// As a header has it, in quotes.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_string()).ok()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

pub(super) fn of(body: &[u8]) -> Tag {
    Tag(format!("{:032x}", SipHasher13::new_with_keys(0, 0).hash(body).as_u128()))
}

/// Whether an `If-None-Match` names the tag. Weak ones count, as the header says; so do those that lost their quotes, as in the protocol's own example.
pub(super) fn is_known(tag: &Tag, known: &[u8]) -> bool {
    known.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).any(|one| {
        let one = one.strip_prefix(b"W/").unwrap_or(one);
        let bare = one.strip_prefix(b"\"").and_then(|one| one.strip_suffix(b"\"")).unwrap_or(one);
        one == b"*" || bare == tag.0.as_bytes()
    })
}
