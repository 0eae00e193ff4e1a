//! The answer to an errand: its head, and a body that is read as far as anybody wants it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use super::Patience;
use super::pool::Lease;
use crate::clock::Deadline;
use crate::tasks::Tasks;

/// Bytes of a body that nobody wants which are read, so that its connection can be used again.
const DISCARDED: usize = 64 * 1024;
/// Time for a body that nobody wants.
const DISCARDING: Duration = Duration::from_secs(1);

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(super) rest: Rest,
    pub(super) tasks: Tasks,
}

/// What became of a body that was read for its own sake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// It has come to its end.
    Whole,
    /// It has more bytes than anybody wanted to read.
    Enough,
    /// The connection ended before it did.
    Broken,
    /// Nothing more of it came in time.
    Stalled,
}

/// A body on its way, and the connection that it comes on.
pub(super) struct Rest {
    pub(super) incoming: Incoming,
    pub(super) lease: Lease,
    pub(super) deadline: Deadline,
    pub(super) patience: Patience,
}

impl Answer {
    /// The body, if it is whole in time and has at most so many bytes.
    pub(crate) async fn body(self, most: usize) -> Option<Bytes> {
        let patience = self.rest.patience.total;
        self.rest.read(most, patience).await
    }

    /// Nobody wants the body, but whether it comes: at most so many bytes of it are read and thrown away, with this long between two pieces.
    pub(crate) async fn spent(self, most: usize, between: Duration) -> Spent {
        let Rest { mut incoming, lease, deadline, patience: Patience { idle, .. } } = self.rest;
        let mut read: usize = 0;
        loop {
            deadline.arm(between);
            let frame = tokio::select! {
                frame = incoming.frame() => frame,
                () = deadline.expired() => return Spent::Stalled,
            };
            match frame {
                None => break,
                Some(Err(_)) => return Spent::Broken,
                Some(Ok(frame)) => read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len)),
            }
            if read > most {
                return Spent::Enough;
            }
        }
        lease.give_back(idle);
        Spent::Whole
    }

    /// Nobody wants the body. It is read nevertheless, by a task of its own, if it is short.
    pub(crate) fn discard(self) {
        let Self { status: _, headers: _, rest, tasks } = self;
        if rest.incoming.is_end_stream() {
            rest.lease.give_back(rest.patience.idle);
        } else {
            tasks.spawn_upstream(async move { _ = rest.read(DISCARDED, DISCARDING).await });
        }
    }
}

impl Rest {
    async fn read(self, most: usize, patience: Duration) -> Option<Bytes> {
        let Self { mut incoming, lease, deadline, patience: Patience { idle, .. } } = self;
        deadline.arm(patience);
        let reading = async {
            let mut body = BytesMut::new();
            while let Some(frame) = incoming.frame().await {
                let Ok(data) = frame.ok()?.into_data() else { continue };
                if body.len() + data.len() > most {
                    return None;
                }
                body.extend_from_slice(&data);
            }
            Some(body.freeze())
        };
        let body = tokio::select! {
            body = reading => body,
            () = deadline.expired() => None,
        }?;
        lease.give_back(idle);
        Some(body)
    }
}
