//! What heads of requests and responses have in common: finding their end, strict line ends, reading the lines.

use std::mem::MaybeUninit;

use crate::fields::Fields;
use crate::refused::Refused;

/// HTTP version of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no chunked bodies, no upgrade; connections end unless asked otherwise.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

impl Version {
    pub(crate) fn of(minor: Option<u8>) -> Result<Self, Refused> {
        match minor {
            Some(0) => Ok(Self::Http10),
            Some(1) => Ok(Self::Http11),
            Some(_) | None => Err(Refused::Version),
        }
    }
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

/// Room for the lines of one head on the stack; more fields are never read.
pub const MOST_FIELDS: usize = 256;

/// The lines of one head, before they are read; never initialised.
pub(crate) type Lines<'b> = [MaybeUninit<httparse::Header<'b>>; MOST_FIELDS];

/// Room for the lines of one head.
pub(crate) fn room<'b>() -> Lines<'b> {
    [const { MaybeUninit::uninit() }; MOST_FIELDS]
}

/// As much of it as `limits` allow, so that one field too many is refused before the head is whole.
pub(crate) fn allowed<'r, 'b>(
    lines: &'r mut Lines<'b>,
    limits: &Limits,
) -> &'r mut [MaybeUninit<httparse::Header<'b>>] {
    let (allowed, _) = lines.split_at_mut(limits.fields.min(MOST_FIELDS));
    allowed
}

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

/// Refuses more than one empty line before the first one, and one that ends with LF alone. httparse skips any number of them, and would
/// not tell before the head is whole.
pub(crate) fn check_start(bytes: &[u8]) -> Result<(), Refused> {
    match bytes {
        [b'\n', ..] | [b'\r', b'\n', b'\n', ..] => Err(Refused::LineEnd),
        [b'\r', b'\n', b'\r', b'\n', ..] => Err(Refused::StartLine),
        _ => Ok(()),
    }
}

/// Refuses line ends that are not CRLF. httparse has refused a CR without LF.
pub(crate) fn check_line_ends(head: &[u8]) -> Result<(), Refused> {
    let bare = |at: usize| at.checked_sub(1).and_then(|before| head.get(before)) != Some(&b'\r');
    if memchr::memchr_iter(b'\n', head).any(bare) { Err(Refused::LineEnd) } else { Ok(()) }
}

/// What httparse says, in our words. `Ok`: not whole yet.
pub(crate) fn refused(error: httparse::Error) -> Refused {
    match error {
        httparse::Error::HeaderName => Refused::FieldName,
        httparse::Error::HeaderValue => Refused::FieldValue,
        httparse::Error::NewLine => Refused::LineEnd,
        httparse::Error::TooManyHeaders => Refused::TooManyFields,
        httparse::Error::Version => Refused::Version,
        httparse::Error::Status | httparse::Error::Token => Refused::StartLine,
    }
}

/// What a head that is not whole yet means: more bytes, or too many already.
pub(crate) fn partial(bytes: &[u8], limits: &Limits) -> Result<Option<usize>, Refused> {
    if bytes.len() >= limits.bytes { Err(Refused::TooLong) } else { Ok(None) }
}

/// Keeps the lines that were read.
pub(crate) fn keep(
    fields: &mut Fields,
    head: &[u8],
    lines: &[httparse::Header<'_>],
    limits: &Limits,
) -> Result<(), Refused> {
    if head.len() > limits.bytes {
        return Err(Refused::TooLong);
    }
    fields.clear();
    lines.iter().try_for_each(|line| fields.push(head, line.name, line.value))?;
    fields.end_lines(head)
}
