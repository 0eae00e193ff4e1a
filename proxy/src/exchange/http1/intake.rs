//! Reading the head of a request.

use std::future::poll_fn;
use std::task::Poll;

use weir_http1::Refused;

use super::Client;
use crate::client::{Preface, preface};
use crate::exchange::work::{self, Work};

/// What a client has sent.
pub(super) enum Intake {
    /// A head of so many bytes.
    Head(usize),
    /// What is no head.
    Refused(Refused),
    /// A head that does not come to its end.
    Slow,
    /// Nothing yet.
    Idle,
    /// Its end, or a failure of the connection.
    Ended,
    /// The preface of HTTP/2.
    Http2,
}

/// What one read brought.
enum Came {
    Bytes,
    Nothing,
    TooSlow,
    End,
}

/// Reads until a head is there.
pub(super) async fn read(client: &mut Client, work: &mut Work) -> Intake {
    let link = &client.link;
    let limits = work::limits(&link.worker.config.limits);
    let mut seen = 0;
    loop {
        let filled = work.from_client.filled();
        if filled.len() > seen {
            match work.request.read(filled, seen, &limits) {
                Ok(Some(len)) => return Intake::Head(len),
                Ok(None) => {}
                // Only what is no head of HTTP/1.1 is compared with the other protocol's beginning.
                Err(refused @ (Refused::Version | Refused::StartLine)) if client.may_be_http2 => {
                    match preface(filled) {
                        Preface::Whole => return Intake::Http2,
                        Preface::Begun => {}
                        Preface::Other => return Intake::Refused(refused),
                    }
                }
                Err(refused) => return Intake::Refused(refused),
            }
            if seen == 0 {
                link.arm(link.worker.config.timeouts.header_timeout);
            }
            seen = filled.len();
        }
        if !work.from_client.make_room(limits.bytes) {
            return Intake::Refused(Refused::TooLong);
        }
        let came = poll_fn(|cx| match work.from_client.poll_fill(cx, &mut client.stream) {
            Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Came::End),
            Poll::Ready(Ok(_)) => Poll::Ready(Came::Bytes),
            Poll::Pending if seen == 0 => Poll::Ready(Came::Nothing),
            Poll::Pending => client.link.poll_expired(cx).map(|()| Came::TooSlow),
        });
        match came.await {
            Came::Bytes => {}
            Came::Nothing => return Intake::Idle,
            Came::TooSlow => return Intake::Slow,
            Came::End => return Intake::Ended,
        }
    }
}
