//! Where a message ends: one meaning, or the message is refused.
//!
//! Two parties that disagree about it let a request hide in another's body (request smuggling). So the proxy understands one form of each
//! and writes the framing anew on the other side.
//!
//! What Content-Length and the status say is decided by what our own codec decides with ([`weir_http1::length`]); only the fields are found in another way.

use std::ops::ControlFlow;

use weir_http1::length;
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
    let declared = declared(headers)?;
    if length::is_doubtful(status, coding == Coding::Chunked, declared) {
        return Ok(Framing::Doubtful);
    }
    Ok(Framing::Sound { length: declared })
}

/// The one number that all Content-Length fields agree on.
fn declared(headers: &dyn Headers) -> Result<Option<u64>, Unframed> {
    let mut declared = Ok(None);
    headers.values("content-length", &mut |value| {
        let known = declared.and_then(|before| length::agreed(before, value).ok_or(Unframed));
        declared = known.map(Some);
        ControlFlow::Continue(())
    });
    declared
}
