//! Objects by an address: a directory, S3, Google Cloud Storage or Azure.
//!
//! ```text
//! objects    put, read and listed by their names
//!   address    what an address stands for
//!   client     HTTP, by the stack that all of Weir has
//! name       where an object is
//! ```
//! Invariants: an object is there whole or not at all; a file of any size takes one part of memory; nothing waits for a store for ever.
#![doc = include_str!("../DESIGN.md")]

mod address;
mod client;
mod name;
mod objects;

pub use address::OpenError;
pub use name::Name;
pub use objects::{ObjectError, Objects};
