//! The head of a request.

use std::ops::Range;

use crate::fields::Fields;
use crate::head::{self, Limits, MOST_FIELDS, Version};
use crate::length::{self, Length};
use crate::refused::Refused;
use crate::scan::{self, Stop};

/// The head of one request, as spans of the buffer that it was read from. Use it again: its room is kept.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// HTTP version.
    pub version: Version,
    /// Its fields.
    pub fields: Fields,
    /// How long the body is.
    pub length: Length,
    method: Range<usize>,
    target: Range<usize>,
}

impl Head {
    /// Reads a head from the beginning of `bytes`, of which `seen` were there at the last try, in vain; gives the number of its bytes, or `None`
    /// where it is not whole yet. An empty line before the head is skipped (RFC 9112 section 2.2) and belongs to its bytes.
    pub fn read(&mut self, bytes: &[u8], seen: usize, limits: &Limits) -> Result<Option<usize>, Refused> {
        if !head::may_end(bytes, seen) {
            return head::partial(bytes, limits);
        }
        self.fields.clear();
        head::finish(self.parse(bytes, limits), bytes, limits)
    }

    fn parse(&mut self, bytes: &[u8], limits: &Limits) -> Result<usize, Stop> {
        let start = head::start(bytes)?;
        let method = scan::token_end(bytes, start);
        separator(bytes, method, start)?;
        let target = target_end(bytes, method + 1);
        separator(bytes, target, method + 1)?;
        if !is_text(bytes.get(method + 1..target).unwrap_or_default()) {
            return Err(Refused::StartLine.into());
        }
        self.version = head::version(bytes, target + 1)?;
        let fields = scan::line_end(bytes, target + 9)?;
        (self.method, self.target) = (start..method, method + 1..target);
        let most = limits.fields.min(MOST_FIELDS);
        let end = scan::fields(bytes, fields, most, &mut self.fields)?;
        let head = bytes.get(..end).unwrap_or_default();
        self.length = length::request(head, &self.fields, self.version)?;
        Ok(end)
    }

    /// The method; `head` must be the bytes that were read.
    #[must_use]
    pub fn method<'b>(&self, head: &'b [u8]) -> &'b [u8] {
        head.get(self.method.clone()).unwrap_or_default()
    }

    /// The request target as it was sent.
    #[must_use]
    pub fn target<'b>(&self, head: &'b [u8]) -> &'b [u8] {
        head.get(self.target.clone()).unwrap_or_default()
    }
}

/// The one space after a part of the request line that began at `start` and is not empty.
fn separator(bytes: &[u8], at: usize, start: usize) -> Result<(), Stop> {
    match bytes.get(at) {
        Some(b' ') if at > start => Ok(()),
        Some(_) => Err(Refused::StartLine.into()),
        None => Err(Stop::More),
    }
}

/// Whether bytes above 127, if there are any, are UTF-8.
fn is_text(target: &[u8]) -> bool {
    target.is_ascii() || std::str::from_utf8(target).is_ok()
}

/// Where the request target that begins at `at` ends: at the first space or control byte. What it may consist of beyond that is for whoever routes
/// it to say.
fn target_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| *b <= b' ' || *b == 0x7f).unwrap_or(rest.len())
}
