//! What runners tell, on the thread of the test that has them.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

thread_local! {
    /// What was told on this thread: a test's, with all that it runs.
    static TOLD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Told;

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        TOLD.with_borrow_mut(|told| told.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Heard by one subscriber for all threads, before there is anything that could be told: of what is told where nobody listens yet,
/// tracing remembers that nobody wants to hear it, for the threads that listen later too.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| Told).init());
}

/// Begins anew: a thread may have had another test before.
pub(crate) fn forget() {
    TOLD.take();
}

/// How often this was told.
pub(crate) fn times(words: &str) -> usize {
    TOLD.with_borrow(|told| String::from_utf8_lossy(told).matches(words).count())
}

/// All of it.
pub(crate) fn all() -> String {
    TOLD.with_borrow(|told| String::from_utf8_lossy(told).into_owned())
}
