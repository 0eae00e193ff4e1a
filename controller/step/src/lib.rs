//! One step of a pipeline as a process.
//!
//! ```text
//! order    what is to be run: by pipe, because it holds secrets
//! start    a keeper for it, which lives on where its starter is killed
//! keeper   the program `weir-step`: starts the command, carries its output, ends it and all that it started
//!   mask     secrets in what it prints                      pure
//!   log      what it printed, bounded
//!   kin      the processes that it left behind              Linux
//! folder   what lies on the disk about it: who keeps it, its log, how it ended
//! look     how it stands, for whoever finds the folder
//! stop     asks its keeper to end it
//! ```
//! Invariants: one folder is one start, whoever asks how often; a step whose end is on the disk left no process behind; no secret is on the disk.
#![doc = include_str!("../DESIGN.md")]

pub mod end;
pub mod folder;
pub mod keeper;
mod kin;
mod log;
pub mod look;
pub mod mask;
pub mod order;
pub mod start;
pub mod stop;

pub use end::End;
pub use folder::Folder;
pub use look::{Standing, look};
pub use order::Order;
pub use start::{StartError, start};
pub use stop::stop;
