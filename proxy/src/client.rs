//! The side of the clients: from an accepted socket to one request at a time.
//!
//! ```text
//! accept      socket -> connection, with back-off and a cap
//! handshake   of TLS
//! connection  which protocol is spoken; a connection that waits for its next request
//! preface     what HTTP/2 begins with
//! stream      the byte stream, plain or TLS
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
mod preface;
mod stream;
mod tunnel;
mod wire;

pub(crate) use self::preface::{Preface, preface};
pub(crate) use self::stream::Stream;
pub(crate) use self::tunnel::Tunnel;
