//! Calls of Gitea and Forgejo: GitHub's bodies, headers of their own.
//!
//! <https://docs.gitea.com/usage/repository/webhooks>. A signature is the bare HMAC in `X-Gitea-Signature` (Forgejo: `X-Forgejo-Signature`), and as
//! GitHub has it in `X-Hub-Signature-256`. The first of them that is there is the one that counts: a second one saves nothing.

use super::headers::{once, required};
use super::key::Key;
use super::refusal::Refusal;
use super::signature::{self, Keys};
use super::{Call, Said, Secret, github};

const SIGNATURES: [(&str, &str); 3] =
    [("x-forgejo-signature", ""), ("x-gitea-signature", ""), ("x-hub-signature-256", "sha256=")];

pub(super) fn verify(call: &Call<'_>, secrets: &[Secret]) -> Result<Vec<String>, Refusal> {
    for (header, prefix) in SIGNATURES {
        if let Some(given) = signature::hex_header(call.headers, header, prefix)? {
            return signature::signers(call, secrets, Keys::Plain, &[call.body], &[given]);
        }
    }
    Err(Refusal::Unsigned { header: "X-Gitea-Signature" })
}

pub(super) fn identify(call: &Call<'_>) -> Result<(String, Vec<Key>), Refusal> {
    let is_forgejo = once(call.headers, "x-forgejo-delivery").is_some();
    github::by_name_and_body(call, if is_forgejo { "x-forgejo-delivery" } else { "x-gitea-delivery" })
}

pub(super) fn read(call: &Call<'_>) -> Result<Said, Refusal> {
    let event =
        once(call.headers, "x-forgejo-event").map_or_else(|| required(call.headers, "x-gitea-event"), Ok)?;
    match event {
        "push" => github::push(call),
        "pull_request" | "pull_request_sync" => github::pull_request(call),
        // Both come beside a push, which says the same.
        "create" | "delete" => {
            Ok(Said::Nothing(format!("event {event:?} says nothing that the push does not")))
        }
        other => {
            Ok(Said::Nothing(format!("event {other:?} starts nothing: pushes, tags and pull requests do")))
        }
    }
}
