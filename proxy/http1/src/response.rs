//! The head of a response.

use std::ops::Range;

use crate::fields::Fields;
use crate::head::{self, Limits, MOST_FIELDS, Version};
use crate::length::{self, ResponseLength};
use crate::refused::Refused;
use crate::scan::{self, Stop};

/// The head of one response, as spans of the buffer that it was read from. Use it again: its room is kept.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// HTTP version.
    pub version: Version,
    /// Status code, from 100 to 999.
    pub status: u16,
    /// Its fields.
    pub fields: Fields,
    /// How long the body is.
    pub length: ResponseLength,
    reason: Range<usize>,
}

impl Head {
    /// Reads a head from the beginning of `bytes`, of which `seen` were there at the last try, in vain; gives the number of its bytes, or `None`
    /// where it is not whole yet. `to_head`: it answers a HEAD request, so no body follows.
    pub fn read(
        &mut self,
        bytes: &[u8],
        seen: usize,
        limits: &Limits,
        to_head: bool,
    ) -> Result<Option<usize>, Refused> {
        if !head::may_end(bytes, seen) {
            return head::partial(bytes, limits);
        }
        self.fields.clear();
        head::finish(self.parse(bytes, limits, to_head), bytes, limits)
    }

    fn parse(&mut self, bytes: &[u8], limits: &Limits, to_head: bool) -> Result<usize, Stop> {
        let start = head::start(bytes)?;
        self.version = head::version(bytes, start)?;
        self.status = status(bytes, start + 8)?;
        let reason = start + 12;
        let reason_end = scan::text_end(bytes, reason);
        let fields = scan::line_end(bytes, reason_end)?;
        self.reason = (reason + 1).min(reason_end)..reason_end;
        let most = limits.fields.min(MOST_FIELDS);
        let end = scan::fields(bytes, fields, most, &mut self.fields)?;
        let head = bytes.get(..end).unwrap_or_default();
        self.length = length::response(head, &self.fields, self.version, self.status, to_head)?;
        Ok(end)
    }

    /// The first line with its CRLF, where it is one of HTTP/1.1 and can be passed on as it is.
    #[must_use]
    pub fn plain_line<'b>(&self, head: &'b [u8]) -> Option<&'b [u8]> {
        let is_plain = self.version == Version::Http11 && self.reason.start == FIRST_REASON;
        if is_plain { head.get(..self.reason.end + 2) } else { None }
    }

    /// The reason phrase, perhaps empty; `head` must be the bytes that were read.
    #[must_use]
    pub fn reason<'b>(&self, head: &'b [u8]) -> &'b [u8] {
        head.get(self.reason.clone()).unwrap_or_default()
    }
}

/// Where a reason begins: behind `HTTP/1.1 200 `.
const FIRST_REASON: usize = 13;

/// A space, three digits from 100 on, and a space or the end of the line.
fn status(bytes: &[u8], at: usize) -> Result<u16, Stop> {
    let word = bytes.get(at..).unwrap_or_default();
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    match word {
        [b' ', a, b, c, b' ' | b'\r' | b'\n', ..] | [b' ', a, b, c] => {
            match (digit(*a), digit(*b), digit(*c)) {
                (Some(a), Some(b), Some(c)) if a > 0 => Ok(a * 100 + b * 10 + c),
                _ => Err(Refused::StartLine.into()),
            }
        }
        [] | [b' '] => Err(Stop::More),
        [b' ', digits @ ..] if digits.len() < 3 && digits.iter().all(u8::is_ascii_digit) => Err(Stop::More),
        _ => Err(Refused::StartLine.into()),
    }
}
