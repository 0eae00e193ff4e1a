//! Whether a call is genuine: HMAC-SHA256, compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::headers::once;
use super::refusal::Refusal;
use super::{Call, Limits, Secret};

/// Length of the signature in bytes.
const BYTES: usize = 32;

/// Names of the secrets that give this signature over the parts, in their order. Each one is tried, whichever fits: how long it takes says nothing.
pub(super) fn signers(
    call: &Call<'_>,
    secrets: &[Secret],
    keys: Keys,
    parts: &[&[u8]],
    signatures: &[[u8; BYTES]],
) -> Result<Vec<String>, Refusal> {
    let secrets = usable(call, secrets)?;
    let fits = |key: &[u8]| {
        Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mut mac| {
            for part in parts {
                mac.update(part);
            }
            let right =
                signatures.iter().filter(|signature| mac.clone().verify_slice(&signature[..]).is_ok());
            right.count() > 0
        })
    };
    named(secrets.into_iter().filter(|secret| fits(&keys.of(&secret.value))))
}

/// The secrets that equal this token. Both are hashed first, so that neither their length nor where they differ can be measured.
pub(super) fn owners(call: &Call<'_>, secrets: &[Secret], token: &str) -> Result<Vec<String>, Refusal> {
    let secrets = usable(call, secrets)?;
    let hashed = |text: &[u8]| Hmac::<Sha256>::new_from_slice(b"token").map(|mac| mac.chain_update(text));
    let given = hashed(token.as_bytes()).map(Mac::finalize);
    let is_it = |secret: &&Secret| match (&given, hashed(&secret.value)) {
        (Ok(given), Ok(mac)) => mac.verify(given.as_bytes()).is_ok(),
        (Err(_), _) | (_, Err(_)) => false,
    };
    named(secrets.into_iter().filter(is_it))
}

/// An empty secret would be everybody's.
fn usable<'s>(call: &Call<'_>, secrets: &'s [Secret]) -> Result<Vec<&'s Secret>, Refusal> {
    let usable: Vec<&Secret> = secrets.iter().filter(|secret| !secret.value.is_empty()).collect();
    if usable.is_empty() { Err(Refusal::NoSecret(call.provider)) } else { Ok(usable) }
}

fn named<'s>(secrets: impl Iterator<Item = &'s Secret>) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = secrets.map(|secret| secret.name.clone()).collect();
    names.dedup();
    if names.is_empty() { Err(Refusal::Forged) } else { Ok(names) }
}

/// How a secret is the key of a signature.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    /// Byte by byte.
    Plain,
    /// As in Standard Webhooks: `whsec_` and base64 of the key; any other text is the key itself.
    Standard,
}

impl Keys {
    fn of(self, secret: &[u8]) -> Vec<u8> {
        let encoded = match self {
            Self::Plain => None,
            Self::Standard => secret.strip_prefix(b"whsec_"),
        };
        encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).unwrap_or_else(|| secret.to_vec())
    }
}

/// The signature in a header such as `X-Hub-Signature-256: sha256=<hex>`; `None`: the header is not there.
pub(super) fn hex_header(
    headers: &HeaderMap,
    header: &'static str,
    prefix: &str,
) -> Result<Option<[u8; BYTES]>, Refusal> {
    if !headers.contains_key(header) {
        return Ok(None);
    }
    let expected =
        if prefix.is_empty() { "64 hexadecimal digits" } else { "sha256= and 64 hexadecimal digits" };
    let text = once(headers, header).and_then(|text| text.strip_prefix(prefix));
    text.and_then(unhex).map(Some).ok_or(Refusal::Malformed { header, expected })
}

fn unhex(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != BYTES || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}

/// Signatures as Standard Webhooks has them: `v1,<base64>`, several of them with blanks between while secrets change.
pub(super) fn standard(text: &str) -> Vec<[u8; BYTES]> {
    let versions = text.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    versions.filter_map(|encoded| STANDARD.decode(encoded).ok()?.try_into().ok()).take(8).collect()
}

/// Seconds since 1970 in a header, near enough to now.
pub(super) fn fresh<'h>(
    headers: &'h HeaderMap,
    header: &'static str,
    now: Timestamp,
    limits: &Limits,
) -> Result<&'h str, Refusal> {
    let expected = "seconds since 1970, such as 1767225600,";
    let malformed = Refusal::Malformed { header, expected };
    let text = once(headers, header).ok_or(Refusal::Unsigned { header })?;
    let seconds: i64 = text.parse().map_err(|_| malformed.clone())?;
    let signed_at = Timestamp::from_second(seconds).map_err(|_| malformed)?;
    let age: SignedDuration = now.duration_since(signed_at).abs();
    if age > limits.replay { Err(Refusal::Stale { age, window: limits.replay }) } else { Ok(text) }
}
