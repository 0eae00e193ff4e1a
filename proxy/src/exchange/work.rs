//! What one exchange works with: buffers and heads, used for one request after the other. Nothing here is allocated for a request.

use weir_http1::{Fields, Limits, request, response};

use super::pipe::Pipe;
use crate::buffer::Buffer;
use crate::config;

/// Buffers and heads of one exchange at a time.
pub(crate) struct Work {
    /// What the client sent. The head of the current request is kept in front until an upstream has answered.
    pub(super) from_client: Buffer,
    pub(super) request: request::Head,
    /// The request on its way to the upstream.
    pub(super) upload: Pipe,
    /// What the upstream sent.
    pub(super) from_upstream: Buffer,
    pub(super) response: response::Head,
    /// The response on its way to the client.
    pub(super) download: Pipe,
    /// Trailer fields of whichever body ends.
    pub(super) trailers: Fields,
}

impl Work {
    pub(super) fn new() -> Self {
        Self {
            from_client: Buffer::new(),
            request: request::Head::default(),
            upload: Pipe::new(),
            from_upstream: Buffer::new(),
            response: response::Head::default(),
            download: Pipe::new(),
            trailers: Fields::default(),
        }
    }

    /// Drops the answer whose head is kept; whether all of it was here, so that the connection may serve another request.
    pub(super) fn drain_answer(&mut self) -> bool {
        let Self { upload, from_upstream, response, download, trailers, .. } = self;
        download.begin(response.length.body, false);
        let is_whole = !response.length.doubtful && download.discard(from_upstream, trailers);
        let is_clean = is_whole && upload.is_done() && from_upstream.is_empty();
        from_upstream.clear();
        is_clean
    }

    /// Makes it ready for another connection.
    pub(super) fn clear(&mut self) {
        self.from_client.clear();
        self.from_upstream.clear();
        self.upload.tee(None);
    }
}

/// The limits of a head.
pub(super) fn limits(limits: &config::Limits) -> Limits {
    Limits {
        fields: limits.max_headers,
        bytes: usize::try_from(limits.max_header_bytes).unwrap_or(usize::MAX),
    }
}
