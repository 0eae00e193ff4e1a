//! The head of a request.

use std::ops::Range;

use crate::fields::Fields;
use crate::head::{self, Limits, Version};
use crate::length::{self, Length};
use crate::refused::Refused;

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

/// httparse takes whatever follows the second space for a version: it is one only if it looks like one.
fn version_or_line(bytes: &[u8], refused: Refused) -> Refused {
    let line = bytes.trim_ascii_start().split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let is_version = line
        .split(|b| *b == b' ')
        .nth(2)
        .is_some_and(|word| b"HTTP/".starts_with(word.get(..5).unwrap_or(word)));
    if refused == Refused::Version && !is_version { Refused::StartLine } else { refused }
}

impl Head {
    /// Reads a head from the beginning of `bytes`, of which `seen` were there at the last try, in vain; gives the number of its bytes, or `None`
    /// where it is not whole yet. An empty line before the head is skipped (RFC 9112 section 2.2) and belongs to its bytes.
    pub fn read(&mut self, bytes: &[u8], seen: usize, limits: &Limits) -> Result<Option<usize>, Refused> {
        if !head::may_end(bytes, seen) {
            return head::partial(bytes, limits);
        }
        head::check_start(bytes)?;
        let mut lines = head::room();
        let mut request = httparse::Request::new(&mut []);
        let parsed = request
            .parse_with_uninit_headers(bytes, head::allowed(&mut lines, limits))
            .map_err(|error| version_or_line(bytes, head::refused(error)))?;
        let httparse::Status::Complete(len) = parsed else { return head::partial(bytes, limits) };
        let head = bytes.get(..len).unwrap_or_default();
        self.version = Version::of(request.version)?;
        let span = |part: Option<&str>| {
            let part = part.unwrap_or_default();
            let start = part.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
            start..start.saturating_add(part.len())
        };
        self.method = span(request.method);
        self.target = span(request.path);
        head::keep(&mut self.fields, head, request.headers, limits)?;
        self.length = length::request(head, &self.fields, self.version)?;
        Ok(Some(len))
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
