//! Headers of a call. One that stands there twice could mean either, so it counts as not there.

use http::HeaderMap;

use super::refusal::Refusal;

/// The header's text if it is there exactly once and is text.
pub(super) fn once<'h>(headers: &'h HeaderMap, name: &'static str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() || value.is_empty() { None } else { Some(value) }
}

pub(super) fn required<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Refusal> {
    once(headers, name).ok_or(Refusal::Header(name))
}
