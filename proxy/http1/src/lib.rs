//! Pure: a strict HTTP/1.1 codec, bytes to heads and bodies and back.
//!
//! ```text
//! bytes -> request::Head, response::Head      lines found and checked in one pass, kept as spans: nothing is copied or allocated
//!          scan · fields · name               known fields are recognised once, while the head is read
//!          length                             how long the body is: one answer, or a refusal
//! bytes -> body::Decoder -> pieces of a body  content-length, chunked, until the end; trailers
//! write                                       heads, chunks
//! ```
//! No sockets, no clocks. A caller reads bytes into one buffer and asks again until a head is whole.
#![doc = include_str!("../DESIGN.md")]

pub mod body;
mod chunk;
pub mod fields;
mod head;
pub mod length;
pub mod name;
pub mod refused;
pub mod request;
pub mod response;
mod scan;
pub mod write;

pub use body::Decoder;
pub use fields::{Field, Fields};
pub use head::{Limits, MOST_FIELDS, Version};
pub use length::Length;
pub use name::Name;
pub use refused::Refused;
