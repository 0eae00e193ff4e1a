//! Header and cookie that force a track, whatever the weights are.

use weir_api::Track;
use weir_api::service::Force;

use crate::cookie;
use crate::decide::Because;
use crate::head::Headers;

/// The track that the request forces, the header before the cookie. Any other value decides nothing, so the next rule does.
pub(crate) fn forced(force: &Force, headers: &dyn Headers) -> Option<(Track, Because)> {
    let by_header = force.header.as_deref().and_then(|name| {
        let value = headers.get(name)?;
        match &force.header_value {
            Some(canary) => (value == canary.as_bytes()).then_some(Track::Canary),
            None => track_named(value),
        }
    });
    if let Some(track) = by_header {
        return Some((track, Because::Header));
    }
    let value = cookie::find(headers, force.cookie.as_deref()?)?;
    track_named(value).map(|track| (track, Because::Cookie))
}

fn track_named(value: &[u8]) -> Option<Track> {
    match value {
        b"always" | b"canary" => Some(Track::Canary),
        b"baseline" => Some(Track::Baseline),
        b"never" | b"stable" => Some(Track::Stable),
        _ => None,
    }
}
