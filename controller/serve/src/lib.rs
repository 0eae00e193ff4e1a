//! HTTP/1.1 of the control plane, whoever listens: so many connections, so long a head, so large a body.
//!
//! ```text
//! listen   connections, by TCP or by a socket file, with or without TLS
//! body     the bytes of a request                  budget   the same of many that are sent at once
//! respond  answers
//! ```
//! The proxy's own listeners are another thing: these serve a few requests a second, and are never in the way of a user's.
#![doc = include_str!("../DESIGN.md")]

pub mod body;
pub mod budget;
pub mod listen;
pub mod respond;

pub use budget::Budget;
pub use listen::{Listener, Peer, Tls, listen, listen_to_many};
