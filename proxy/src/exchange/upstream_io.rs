//! An upstream's connection as an exchange uses it: bytes of the body out, the head of the answer and then its body in.

use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use weir_http1::{Limits, response};

use crate::buffer::Buffer;
use crate::error::Failure;
use crate::stream::Stream;

/// Interim answers of one upstream to one request; more are noise.
const MOST_INTERIM: u32 = 32;

/// The head of an answer while it is read.
pub(super) struct Answering<'w> {
    pub(super) buffer: &'w mut Buffer,
    pub(super) head: &'w mut response::Head,
    pub(super) progress: &'w mut Progress,
    pub(super) limits: Limits,
    pub(super) to_head: bool,
}

/// How far the head has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    seen: usize,
    interim: u32,
}

/// An upstream's connection.
pub(super) trait UpstreamIo: AsyncRead + AsyncWrite + Unpin {
    /// Whether a request can still be sent on it, asked before anything is written to a connection that was kept.
    fn poll_is_dead(&mut self, cx: &mut Context<'_>, buffer: &mut Buffer) -> bool;

    /// Ready when the final head of the answer is there; its status.
    fn poll_answer(&mut self, cx: &mut Context<'_>, answering: Answering<'_>) -> Poll<Result<u16, Failure>>;

    /// The request's body has been written to its end.
    fn body_sent(&mut self);
}

impl UpstreamIo for Stream {
    fn poll_is_dead(&mut self, cx: &mut Context<'_>, buffer: &mut Buffer) -> bool {
        // Whatever has come, most likely the end, was not asked for. Above a socket of TLS something may wait that the socket does not know of.
        (self.is_tls() || self.socket().poll_read_ready(cx).is_ready())
            && buffer.poll_fill(cx, self).is_ready()
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>, answering: Answering<'_>) -> Poll<Result<u16, Failure>> {
        let Answering { buffer, head, progress, limits, to_head } = answering;
        loop {
            if buffer.filled().len() > progress.seen {
                let read = head.read(buffer.filled(), progress.seen, &limits, to_head);
                match read.map_err(|refused| {
                    tracing::debug!(%refused, "the upstream's answer is not HTTP");
                    Failure::Garbage
                })? {
                    // A 101 is final: HTTP ends with it.
                    Some(len) if matches!(head.status, 100 | 102..=199) => {
                        buffer.take(len);
                        (progress.seen, progress.interim) = (0, progress.interim + 1);
                        if progress.interim > MOST_INTERIM {
                            return Poll::Ready(Err(Failure::Garbage));
                        }
                        continue;
                    }
                    Some(len) => {
                        buffer.keep(len);
                        return Poll::Ready(Ok(head.status));
                    }
                    None => progress.seen = buffer.filled().len(),
                }
            }
            if !buffer.make_room(limits.bytes) {
                return Poll::Ready(Err(Failure::Garbage));
            }
            match ready!(buffer.poll_fill(cx, self)) {
                Ok(0) | Err(_) => return Poll::Ready(Err(Failure::Reset)),
                Ok(_) => {}
            }
        }
    }

    fn body_sent(&mut self) {}
}
