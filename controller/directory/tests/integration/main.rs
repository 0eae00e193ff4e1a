//! Both ends of the standalone mode on real directories.
//!
//! No test sleeps: each waits for the change that it made, and fails where that does not come.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod directory;
mod faults;
mod state;
mod support;
mod timing;
