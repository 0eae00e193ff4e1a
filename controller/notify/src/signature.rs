//! Who sent an event: Standard Webhooks 1.0, HMAC-SHA256 over its id, the time and the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// Before a key that is written in base64.
const PREFIX: &str = "whsec_";

/// The value of `webhook-signature` for a body that is sent now. `key` is `whsec_` with base64, or any other text as it is.
#[must_use]
pub fn of(key: &str, id: &str, now: Timestamp, body: &[u8]) -> String {
    let decoded = key.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let key = decoded.unwrap_or_else(|| key.as_bytes().to_vec());
    // HMAC takes keys of every length (RFC 2104, 2).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{}.", now.as_second()).as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
