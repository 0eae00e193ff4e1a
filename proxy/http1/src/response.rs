//! The head of a response.

use std::ops::Range;

use crate::fields::Fields;
use crate::head::{self, Limits, Version};
use crate::length::{self, ResponseLength};
use crate::refused::Refused;

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
        head::check_start(bytes)?;
        let mut lines = head::room();
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let parsed = config
            .parse_response_with_uninit_headers(&mut response, bytes, head::allowed(&mut lines, limits))
            .map_err(head::refused)?;
        let httparse::Status::Complete(len) = parsed else { return head::partial(bytes, limits) };
        let head = bytes.get(..len).unwrap_or_default();
        self.version = Version::of(response.version)?;
        self.status = response.code.filter(|code| *code >= 100).ok_or(Refused::StartLine)?;
        let reason = response.reason.unwrap_or_default();
        let start = reason.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
        // httparse gives a reason of its own where a byte is not ASCII.
        self.reason =
            if head.get(start..).is_some() { start..start.saturating_add(reason.len()) } else { 0..0 };
        head::keep(&mut self.fields, head, response.headers, limits)?;
        self.length = length::response(head, &self.fields, self.version, self.status, to_head)?;
        Ok(Some(len))
    }

    /// The reason phrase, perhaps empty; `head` must be the bytes that were read.
    #[must_use]
    pub fn reason<'b>(&self, head: &'b [u8]) -> &'b [u8] {
        head.get(self.reason.clone()).unwrap_or_default()
    }
}
