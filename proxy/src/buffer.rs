//! A buffer that bytes are read into and taken from, used again and again.
//!
//! ```text
//! | kept | taken | filled | room |
//! 0     base   start     end    capacity
//! ```
//! What lies before `base` stays in place: a request's head, which is needed until an upstream has answered.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of a new buffer: a whole TLS record, and most heads and bodies.
pub(crate) const BUFFER_BYTES: usize = 16 * 1024;

/// Bytes of a buffer that a large body goes through.
const WIDE_BYTES: usize = 256 * 1024;
/// Wide buffers that a worker keeps for the next large body.
const MOST_WIDE: usize = 16;

thread_local! {
    /// Wide buffers that nobody uses now: making one anew costs as much as half of a megabyte's way through the proxy.
    static WIDE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that were read and not yet taken.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    kept_from: usize,
    base: usize,
    start: usize,
    end: usize,
}

impl Buffer {
    /// An empty buffer of the usual size.
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; BUFFER_BYTES], kept_from: 0, base: 0, start: 0, end: 0 }
    }

    /// What was read and not yet taken.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether nothing is left to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// These bytes of what is kept or filled, counted from the beginning of the buffer.
    pub(crate) fn slice(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Position of the first byte that was not taken, for [`Self::slice`].
    pub(crate) fn position(&self) -> usize {
        self.start
    }

    /// `bytes` are done with.
    pub(crate) fn take(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (self.base, self.base);
        }
    }

    /// `bytes` are done with, but stay where they are until [`Self::release`].
    pub(crate) fn keep(&mut self, bytes: usize) {
        self.kept_from = self.start;
        self.start = self.start.saturating_add(bytes).min(self.end);
        self.base = self.start;
    }

    /// What was kept last, and nothing before it.
    pub(crate) fn kept(&self) -> &[u8] {
        self.bytes.get(self.kept_from..self.base).unwrap_or_default()
    }

    /// What was kept is not needed any more.
    pub(crate) fn release(&mut self) {
        (self.kept_from, self.base) = (0, 0);
        self.take(0);
    }

    /// Forgets everything, and gives back what is more than the usual room.
    pub(crate) fn clear(&mut self) {
        (self.kept_from, self.base, self.start, self.end) = (0, 0, 0, 0);
        if self.bytes.len() > BUFFER_BYTES {
            let large = std::mem::replace(&mut self.bytes, vec![0; BUFFER_BYTES]);
            WIDE.with_borrow_mut(|spare| {
                if large.len() == WIDE_BYTES && spare.len() < MOST_WIDE {
                    spare.push(large);
                }
            });
        }
    }

    /// Whether more bytes can be read.
    pub(crate) fn has_room(&self) -> bool {
        self.end < self.bytes.len()
    }

    /// Makes room for at least one more byte, by moving what is filled and then by growing up to `most` bytes. `false`: there is none.
    pub(crate) fn make_room(&mut self, most: usize) -> bool {
        if self.has_room() {
            return true;
        }
        if self.start > self.base {
            self.bytes.copy_within(self.start..self.end, self.base);
            (self.start, self.end) = (self.base, self.end - (self.start - self.base));
        } else if self.bytes.len() < most {
            self.bytes.resize(self.bytes.len().saturating_mul(2).min(most), 0);
        }
        self.has_room()
    }

    /// Makes an empty buffer a wide one, for a body that has turned out to be large: fewer and larger reads and writes.
    pub(crate) fn widen(&mut self) {
        if self.is_empty() && self.base == 0 && self.bytes.len() < WIDE_BYTES {
            self.bytes = WIDE.with_borrow_mut(Vec::pop).unwrap_or_else(|| vec![0; WIDE_BYTES]);
        }
    }

    /// Reads once. 0 bytes: the other side has ended, or there is no room.
    pub(crate) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
    ) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(self.bytes.get_mut(self.end..).unwrap_or_default());
        match Pin::new(source).poll_read(cx, &mut room) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                let read = room.filled().len();
                self.end += read;
                Poll::Ready(Ok(read))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUFFER_BYTES, Buffer};

    impl Buffer {
        fn fill(&mut self, bytes: &[u8]) {
            self.clear();
            self.bytes[..bytes.len()].copy_from_slice(bytes);
            self.end = bytes.len();
        }
    }

    #[test]
    fn what_is_kept_stays_while_the_rest_is_taken_and_moved() {
        let mut buffer = Buffer::new();
        buffer.fill(b"head|body|next");
        buffer.keep(5);
        assert_eq!(buffer.filled(), b"body|next");
        buffer.take(5);
        assert_eq!((buffer.filled(), buffer.slice(0..5)), (&b"next"[..], &b"head|"[..]));
        buffer.take(4);
        assert!(buffer.is_empty() && buffer.position() == 5, "the room after the head is whole again");
        buffer.release();
        assert_eq!(buffer.position(), 0);
    }

    #[test]
    fn a_full_buffer_moves_before_it_grows_and_shrinks_when_cleared() {
        let mut buffer = Buffer::new();
        buffer.fill(&[b'x'; BUFFER_BYTES]);
        assert!(!buffer.has_room() && !buffer.make_room(BUFFER_BYTES));
        buffer.take(10);
        assert!(buffer.make_room(BUFFER_BYTES) && buffer.filled().len() == BUFFER_BYTES - 10);
        buffer.fill(&[b'x'; BUFFER_BYTES]);
        assert!(buffer.make_room(3 * BUFFER_BYTES) && buffer.filled().len() == BUFFER_BYTES);
        buffer.clear();
        assert_eq!(buffer.bytes.len(), BUFFER_BYTES);
    }
}
