//! Where a message ends: one meaning, or the message is refused.
//!
//! Two parties that disagree about it let a request hide in another's body (request smuggling). So the proxy understands one form of each
//! and writes the framing anew on the other side.

use std::ops::ControlFlow;

use weir_routing::head::Headers;

use super::Version;
use crate::error::Refusal;

/// Checks the framing of a request. The codec has parsed Content-Length already.
pub(super) fn request(version: Version, headers: &dyn Headers) -> Result<(), Refusal> {
    match coding(headers) {
        Coding::None => Ok(()),
        // HTTP/2 has frames; a coding on top of them is a trap for the HTTP/1.1 side.
        Coding::Chunked if version == Version::Http11 => Ok(()),
        Coding::Chunked | Coding::Other => Err(Refusal::TransferEncoding),
    }
}

/// Transfer-Encoding of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    None,
    /// One field, and it says `chunked`.
    Chunked,
    Other,
}

fn coding(headers: &dyn Headers) -> Coding {
    let mut coding = Coding::None;
    headers.values("transfer-encoding", &mut |value| {
        let chunked = value.trim_ascii().eq_ignore_ascii_case(b"chunked");
        coding = if coding == Coding::None && chunked { Coding::Chunked } else { Coding::Other };
        ControlFlow::Continue(())
    });
    coding
}

/// How a response's framing goes on to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Sound.
    Sound {
        /// The one Content-Length, if there is one.
        length: Option<u64>,
    },
    /// It says two things, of which HTTP prefers one: usable, but the connection must not be used again.
    Doubtful,
}

/// A response whose end cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unframed;

/// Checks the framing of a response with this status.
pub(crate) fn response(status: u16, headers: &dyn Headers) -> Result<Framing, Unframed> {
    let coding = coding(headers);
    if coding == Coding::Other {
        return Err(Unframed);
    }
    let length = length(headers)?;
    let bodiless = matches!(status, 100..=199 | 204);
    match (coding, length) {
        (Coding::Chunked, Some(_)) => Ok(Framing::Doubtful),
        _ if bodiless && (length.is_some() || coding != Coding::None) => Ok(Framing::Doubtful),
        _ => Ok(Framing::Sound { length }),
    }
}

/// The one number that all Content-Length fields agree on.
fn length(headers: &dyn Headers) -> Result<Option<u64>, Unframed> {
    let mut length = Ok(None);
    headers.values("content-length", &mut |value| {
        for item in value.split(|b| *b == b',') {
            length = match (length, number(item.trim_ascii())) {
                (Ok(None), Some(n)) => Ok(Some(n)),
                (Ok(Some(before)), Some(n)) if before == n => Ok(Some(n)),
                _ => Err(Unframed),
            };
        }
        ControlFlow::Continue(())
    });
    length
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
