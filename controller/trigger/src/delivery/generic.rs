//! Calls of anything that can sign a text.
//!
//! `X-Weir-Signature: sha256=<hex>` is the HMAC-SHA256 of `id.timestamp.body`, with the id of `X-Weir-Id` and the seconds since 1970 of
//! `X-Weir-Timestamp`. The headers of [Standard Webhooks](https://www.standardwebhooks.com) mean the same: `webhook-id`,
//! `webhook-timestamp`, `webhook-signature: v1,<base64>`. All that a call is recognised by is signed: nobody can send it again under another name.

use jiff::Timestamp;

use super::headers::{once, required};
use super::key::Key;
use super::refusal::Refusal;
use super::signature::{self, Keys};
use super::{Call, Limits, Secret};

pub(super) const STANDARD_SIGNATURE: &str = "webhook-signature";
const STANDARD_ID: &str = "webhook-id";
const SIGNATURE: &str = "x-weir-signature";
const ID: &str = "x-weir-id";

pub(super) fn verify(
    call: &Call<'_>,
    secrets: &[Secret],
    now: Timestamp,
    limits: &Limits,
) -> Result<Vec<String>, Refusal> {
    let Some(given) = signature::hex_header(call.headers, SIGNATURE, "sha256=")? else {
        if call.headers.contains_key(STANDARD_SIGNATURE) {
            return verify_standard(call, secrets, now, limits);
        }
        return Err(Refusal::Unsigned { header: "X-Weir-Signature" });
    };
    let id = once(call.headers, ID).ok_or(Refusal::Unsigned { header: "X-Weir-Id" })?;
    let at = signature::fresh(call.headers, "x-weir-timestamp", now, limits)?;
    let parts = [id.as_bytes(), b".", at.as_bytes(), b".", call.body];
    signature::signers(call, secrets, Keys::Plain, &parts, &[given])
}

/// As Standard Webhooks, and GitLab with a signing token, have it.
pub(super) fn verify_standard(
    call: &Call<'_>,
    secrets: &[Secret],
    now: Timestamp,
    limits: &Limits,
) -> Result<Vec<String>, Refusal> {
    let malformed = Refusal::Malformed { header: STANDARD_SIGNATURE, expected: "v1, and base64 of 32 bytes" };
    let given = once(call.headers, STANDARD_SIGNATURE).map(signature::standard).unwrap_or_default();
    if given.is_empty() {
        return Err(malformed);
    }
    let id = once(call.headers, STANDARD_ID).ok_or(Refusal::Unsigned { header: STANDARD_ID })?;
    let at = signature::fresh(call.headers, "webhook-timestamp", now, limits)?;
    let parts = [id.as_bytes(), b".", at.as_bytes(), b".", call.body];
    signature::signers(call, secrets, Keys::Standard, &parts, &given)
}

/// The same one that was signed.
pub(super) fn identify(call: &Call<'_>) -> Result<(String, Vec<Key>), Refusal> {
    let header = if call.headers.contains_key(SIGNATURE) { ID } else { STANDARD_ID };
    let id = required(call.headers, header)?;
    Ok((id.to_owned(), vec![Key::of_id(call.provider, call.source, id)]))
}
