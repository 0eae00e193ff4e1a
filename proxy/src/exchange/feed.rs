//! A request body that is written here and read by hyper's HTTP/2 client, on the same thread.
//!
//! What was written and not yet read is limited, so that a slow upstream holds its client back. A feed that is dropped before its end breaks the
//! body, which resets the stream: the upstream never takes half a body for a whole one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Frame;

use crate::error::UploadError;

/// Bytes that may wait to be read.
const MOST_WAITING: usize = 64 * 1024;

/// The end that is written to.
pub(super) struct Feed(Rc<Shared>);

/// The end that is read.
pub(super) struct Fed(Rc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: RefCell<VecDeque<Bytes>>,
    bytes: Cell<usize>,
    state: Cell<State>,
    reader: Cell<Option<Waker>>,
    writer: Cell<Option<Waker>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Ended,
    Broken,
    /// Nobody reads any more.
    Unread,
}

/// A body, and where it is written to.
pub(super) fn feed() -> (Feed, Fed) {
    let shared = Rc::<Shared>::default();
    (Feed(Rc::clone(&shared)), Fed(shared))
}

impl Feed {
    pub(super) fn poll_write(&self, cx: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let shared = &self.0;
        if shared.state.get() == State::Unread {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = MOST_WAITING.saturating_sub(shared.bytes.get());
        let taken = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        if taken.is_empty() {
            shared.writer.set(Some(cx.waker().clone()));
            return Poll::Pending;
        }
        shared.waiting.borrow_mut().push_back(Bytes::copy_from_slice(taken));
        shared.bytes.set(shared.bytes.get() + taken.len());
        wake(&shared.reader);
        Poll::Ready(Ok(taken.len()))
    }

    /// The body is whole.
    pub(super) fn end(self) {
        self.0.state.set(State::Ended);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if self.0.state.get() == State::Open {
            self.0.state.set(State::Broken);
        }
        wake(&self.0.reader);
    }
}

impl Fed {
    pub(super) fn poll_frame(&self, cx: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let shared = &self.0;
        if let Some(bytes) = shared.waiting.borrow_mut().pop_front() {
            shared.bytes.set(shared.bytes.get().saturating_sub(bytes.len()));
            wake(&shared.writer);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match shared.state.get() {
            State::Open => {
                shared.reader.set(Some(cx.waker().clone()));
                Poll::Pending
            }
            State::Ended | State::Unread => Poll::Ready(None),
            State::Broken => Poll::Ready(Some(Err(UploadError::Broken))),
        }
    }

    /// Whether nothing will come any more.
    pub(super) fn is_end(&self) -> bool {
        self.0.state.get() == State::Ended && self.0.bytes.get() == 0
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        self.0.state.set(State::Unread);
        wake(&self.0.writer);
    }
}

fn wake(waker: &Cell<Option<Waker>>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
