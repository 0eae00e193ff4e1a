//! A connection in memory, of which one sees when nothing more can happen. No clock and no runtime: what a peer does follows from its bytes.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};

/// One end of a connection; a clone is the same one.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<State>>);

struct State {
    /// What can be read.
    input: Vec<u8>,
    /// What can be read after one more request was written.
    answers: Vec<Vec<u8>>,
    written: Vec<u8>,
    is_closed: bool,
    reader: Option<Waker>,
}

impl Wire {
    /// `bytes` are there, and the connection stays open.
    pub(crate) fn open(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec(), Vec::new())
    }

    /// Each request gets the next of `answers`.
    pub(crate) fn answering(answers: [&[u8]; 2]) -> Self {
        Self::new(Vec::new(), answers.map(<[u8]>::to_vec).into_iter().rev().collect())
    }

    fn new(input: Vec<u8>, answers: Vec<Vec<u8>>) -> Self {
        let state = State { input, answers, written: Vec::new(), is_closed: false, reader: None };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Ends the connection after what can be read.
    pub(crate) fn close(&self) {
        let mut state = self.0.lock().unwrap();
        state.is_closed = true;
        state.wake();
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Read for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.lock().unwrap();
        if state.input.is_empty() && !state.is_closed {
            state.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let here = state.input.len().min(into.remaining());
        into.put_slice(&state.input[..here]);
        state.input.drain(..here);
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock().unwrap();
        state.written.extend_from_slice(bytes);
        if state.written.ends_with(b"\r\n\r\n")
            && let Some(answer) = state.answers.pop()
        {
            state.input.extend(answer);
            state.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Polls until it is ready, or until nothing has woken it, so that it waits for bytes.
pub(crate) fn settle<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    loop {
        if let Poll::Ready(done) = poll(&mut Context::from_waker(&waker)) {
            return Some(done);
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            return None;
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
