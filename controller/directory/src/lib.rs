//! The two ends of the standalone mode: objects from a watched directory, status to a state directory.
//!
//! ```text
//! directory   roots -> Snapshot of objects and problems, and again after every change
//!   scan      what is in force
//!   walk      which files there are
//!   file      one of them, and whether it has to be read again
//!   keep      what stays in force of a file that broke
//!   turns     others go first, now and then
//!   watch     the thread that waits for changes
//! state       values -> files, each written whole or not at all
//! sync        puts them on the disk, and nobody waits for it
//! ```
#![doc = include_str!("../DESIGN.md")]

mod directory;
mod state;
mod sync;

pub use directory::{Directory, DirectoryError, Root, Snapshot, Timing};
pub use state::{StateDirectory, StateError, Written, fnv1a, object_path, object_path_in};
