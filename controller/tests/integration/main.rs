//! The controller from outside: its loop over ends in memory, local pods as real processes, and the whole program in this process.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "all of it is a test")]

mod blue_green;
mod clock;
mod leaving;
mod memory;
mod metrics;
mod notified;
mod processes;
mod program;
mod ratio;
mod reconcile;
mod restart;
mod world;
