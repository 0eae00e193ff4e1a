//! What GitHub tells of a push, signed as GitHub signs it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// A push.
#[derive(Clone, Copy, Debug)]
pub struct Push<'p> {
    /// Owner and name.
    pub repository: &'p str,
    /// Where it is fetched from.
    pub clone_url: &'p str,
    /// What was pushed to.
    pub branch: &'p str,
    /// Its new last commit.
    pub commit: &'p str,
}

impl Push<'_> {
    /// The request that tells of it.
    #[must_use]
    pub fn request(&self, delivery: &str, secret: &str) -> String {
        let Self { repository, clone_url, branch, commit } = self;
        let body = json!({
            "ref": format!("refs/heads/{branch}"), "before": "1".repeat(40), "after": commit, "created": false, "deleted": false,
            "repository": {"full_name": repository, "clone_url": clone_url, "ssh_url": clone_url},
            "pusher": {"name": "ann"}, "sender": {"login": "ann"}, "commits": [],
            "head_commit": {"id": commit, "message": "A change", "author": {"name": "Ann", "username": "ann"}},
        })
        .to_string();
        let signature = sign(secret, &body);
        format!(
            "POST /hooks/github HTTP/1.1\r\nhost: hooks\r\ncontent-type: application/json\r\nx-github-event: push\r\nx-github-delivery: {delivery}\r\nx-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

fn sign(secret: &str, body: &str) -> String {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or_default();
    mac.finalize().into_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}
