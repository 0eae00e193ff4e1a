//! What is left of a request's body while its answer is on its way, whoever the client is.

use std::task::{Context, Poll};

use tokio::io::AsyncRead;

use super::body_watch::BodyWatch;
use super::pipe::Broken;
use super::upstream_io::UpstreamIo;
use super::work::Work;
use crate::client::link::Link;

/// The rest of the body.
pub(super) struct Remainder {
    pub(super) watch: Option<BodyWatch>,
    /// The upstream takes nothing more of it, which its answer may outlive.
    is_refused: bool,
}

/// The client's body failed, or came too slowly.
pub(super) struct Failed;

impl Remainder {
    pub(super) fn new(watch: Option<BodyWatch>) -> Self {
        Self { watch, is_refused: false }
    }

    /// Sends what there is of it.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        work: &mut Work,
        source: &mut (impl AsyncRead + Unpin),
        upstream: &mut impl UpstreamIo,
    ) -> Result<(), Failed> {
        let Work { upload, from_client, trailers, .. } = work;
        if self.is_refused || upload.is_done() {
            return Ok(());
        }
        match upload.poll(cx, source, from_client, upstream, trailers) {
            Poll::Ready(Ok(())) => upstream.body_sent(),
            Poll::Ready(Err(Broken::Sink)) => self.is_refused = true,
            Poll::Ready(Err(Broken::Source | Broken::Invalid | Broken::TooLarge)) => return Err(Failed),
            Poll::Pending => {
                let late = self.watch.as_mut().map(|watch| watch.poll(cx, link, upload));
                if late.is_some_and(|late| late.is_ready()) {
                    return Err(Failed);
                }
            }
        }
        Ok(())
    }
}
