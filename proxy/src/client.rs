//! The side of the clients: from an accepted socket to one request at a time.
//!
//! ```text
//! accept      socket -> connection, with back-off and a cap
//! proxied     who the client is, where a load balancer says it first
//! handshake   of TLS
//! connection  which protocol is spoken; a connection that waits for its next request
//! hyper       hyper's server; deadlines and drain
//! wire        the byte stream, seen by link
//! link        what one connection is doing, and until when it may
//! flood       budget of bytes that HTTP/2 control frames may cost
//! tunnel      after 101: bytes both ways
//! ```

pub(crate) mod accept;
mod connection;
mod flood;
mod handshake;
mod hyper;
pub(crate) mod link;
mod proxied;
mod tunnel;
mod wire;

pub(crate) use self::connection::{Preface, preface};
pub(crate) use self::tunnel::Tunnel;
