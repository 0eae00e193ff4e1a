//! What heads of requests and responses have in common: their versions, limits, beginning and end.

use crate::refused::Refused;
use crate::scan::Stop;

/// HTTP version of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no chunked bodies, no upgrade; connections end unless asked otherwise.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

/// What a head may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fields of one head, at most [`MOST_FIELDS`].
    pub fields: usize,
    /// Bytes of one head, its first line and the empty line included.
    pub bytes: usize,
}

impl Default for Limits {
    /// 100 fields, 32 KiB.
    fn default() -> Self {
        Self { fields: 100, bytes: 32 * 1024 }
    }
}

/// Fields of one head that are ever read.
pub const MOST_FIELDS: usize = 256;

/// Whether a head can end in `bytes`, of which `seen` were looked at before in vain.
///
/// Parsing begins anew each time, so that a head which comes byte by byte is parsed only when its end is there, and once at its first bytes,
/// where most faults show.
pub(crate) fn may_end(bytes: &[u8], seen: usize) -> bool {
    if seen == 0 {
        return true;
    }
    let tail = bytes.get(seen.saturating_sub(3)..).unwrap_or_default();
    memchr::memmem::find(tail, b"\n\r\n").is_some() || memchr::memmem::find(tail, b"\n\n").is_some()
}

/// Where the first line begins: after one empty line, which some clients send behind a body (RFC 9112 section 2.2).
pub(crate) fn start(bytes: &[u8]) -> Result<usize, Stop> {
    match bytes {
        [b'\n', ..] | [b'\r', b'\n', b'\n', ..] => Err(Refused::LineEnd.into()),
        [b'\r', b'\n', b'\r', ..] => Err(Refused::StartLine.into()),
        [b'\r'] => Err(Stop::More),
        [b'\r', b'\n', ..] => Ok(2),
        _ => Ok(0),
    }
}

/// Reads `HTTP/1.0` or `HTTP/1.1` at `at`.
pub(crate) fn version(bytes: &[u8], at: usize) -> Result<Version, Stop> {
    const ELSE: &[u8; 5] = b"HTTP/";
    let word = bytes.get(at..).unwrap_or_default();
    match word.split_at_checked(8) {
        Some((b"HTTP/1.1", _)) => Ok(Version::Http11),
        Some((b"HTTP/1.0", _)) => Ok(Version::Http10),
        // It is a version only if it looks like one.
        Some((word, _)) if word.starts_with(ELSE) => Err(Refused::Version.into()),
        None if ELSE.starts_with(word) || b"HTTP/1.".starts_with(word) => Err(Stop::More),
        None if word.starts_with(ELSE) => Err(Refused::Version.into()),
        Some(_) | None => Err(Refused::StartLine.into()),
    }
}

/// What an attempt to read a head comes to: its bytes, or `None` where it is not whole yet.
pub(crate) fn finish(
    read: Result<usize, Stop>,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Option<usize>, Refused> {
    match read {
        Ok(len) if len > limits.bytes => Err(Refused::TooLong),
        Ok(len) => Ok(Some(len)),
        Err(Stop::Refused(refused)) => Err(refused),
        Err(Stop::More) => partial(bytes, limits),
    }
}

/// What a head that is not whole yet means: more bytes, or too many already.
pub(crate) fn partial(bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Refused> {
    if bytes.len() >= limits.bytes { Err(Refused::TooLong) } else { Ok(None) }
}
