//! The two ends of the standalone mode: objects from a watched directory, status to a state directory.
//!
//! ```text
//! directory   roots -> Snapshot of objects and problems, and again after every change
//!   scan      which files there are, and which of them have to be read again
//!   keep      what stays in force of a file that broke
//!   watch     the thread that waits for changes
//! state       values -> files, each written whole or not at all
//! ```
#![doc = include_str!("../DESIGN.md")]

mod directory;
mod state;

pub use directory::{Directory, DirectoryError, Root, Snapshot, Timing};
pub use state::{StateDirectory, StateError, Written, object_path};
