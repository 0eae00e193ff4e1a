//! Calls as their senders make them, on connections of their own.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// The value of the secret `hooks`.
pub(crate) const KEY: &str = "between us";

/// The signature of a body, as GitHub writes it.
pub(crate) fn signature(key: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(body).finalize();
    let hex: String = mac.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// A commit of this number.
pub(crate) fn commit(number: usize) -> String {
    format!("{number:040x}")
}

/// A push as GitHub tells it.
pub(crate) fn push(branch: &str, number: usize) -> Value {
    json!({
        "ref": format!("refs/heads/{branch}"), "before": commit(number + 1_000_000), "after": commit(number),
        "created": false, "deleted": false, "forced": false,
        "repository": {
            "full_name": "acme/cart", "clone_url": "https://git.example/acme/cart.git", "ssh_url": "git@git.example:acme/cart.git",
        },
        "pusher": {"name": "ann"}, "sender": {"login": "ann"},
        "head_commit": {"id": commit(number), "message": "Count"},
        "commits": [{"id": commit(number), "message": "Count", "added": [], "removed": [], "modified": ["README.md"]}],
    })
}

/// A delivery of GitHub: its head with these further fields, and its body.
pub(crate) fn github(event: &str, id: &str, signed: Option<&str>, body: &[u8]) -> Vec<u8> {
    let signed = signed.map(|signature| format!("x-hub-signature-256: {signature}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "POST /hooks/github HTTP/1.1\r\nhost: weir\r\nx-github-event: {event}\r\nx-github-delivery: {id}\r\n{signed}content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A genuine one.
pub(crate) fn genuine(event: &str, id: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string().into_bytes();
    github(event, id, Some(&signature(KEY, &body)), &body)
}

/// An answer: its status, and its body as JSON or as text.
pub(crate) type Answered = (u16, Value);

/// Sends bytes, and reads one answer.
pub(crate) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    bytes: &[u8],
) -> Answered {
    stream.write_all(bytes).await.unwrap();
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        assert_ne!(
            stream.read_line(&mut line).await.unwrap(),
            0,
            "the connection was closed without an answer"
        );
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest.split(' ').next().and_then(|status| status.parse().ok());
        }
        if let Some(rest) = line.strip_prefix("content-length: ") {
            length = rest.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    (status.unwrap(), serde_json::from_slice(&body).unwrap_or(Value::String(text)))
}
