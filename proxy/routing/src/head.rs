//! The part of a request that routing looks at, borrowed from whichever codec read it.

use std::net::IpAddr;
use std::ops::ControlFlow;

/// Method, host, path and headers of one request.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Method as it was sent, such as `GET`.
    pub method: &'a str,
    /// Host as [`crate::target::host`] returns it; empty where an HTTP/1.0 request has none.
    pub host: &'a str,
    /// Path as [`crate::target::normalise`] returns it.
    pub path: &'a str,
    /// Query without the question mark.
    pub query: Option<&'a str>,
    /// Request headers.
    pub headers: &'a dyn Headers,
    /// Address of the client, after any trusted forwarding header was applied.
    pub client: IpAddr,
}

/// Request headers of any codec.
pub trait Headers {
    /// Shows every value of the header `name` (lower case), in the order in which they came, until `visit` breaks.
    fn values<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8]) -> ControlFlow<()>);

    /// The first value of the header `name` (lower case).
    fn get(&self, name: &str) -> Option<&[u8]> {
        let mut first = None;
        self.values(name, &mut |value| {
            first = Some(value);
            ControlFlow::Break(())
        });
        first
    }
}

/// No header at all.
impl Headers for () {
    fn values<'h>(&'h self, _: &str, _: &mut dyn FnMut(&'h [u8]) -> ControlFlow<()>) {}
}

/// A plain list of names and values, as command lines and tests have it. Names compare without case.
impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn values<'h>(&'h self, name: &str, visit: &mut dyn FnMut(&'h [u8]) -> ControlFlow<()>) {
        for (known, value) in self {
            if known.as_ref().eq_ignore_ascii_case(name) && visit(value.as_ref()).is_break() {
                return;
            }
        }
    }
}
