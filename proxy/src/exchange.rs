//! One request, from its head to the last byte of the answer, whichever codec reads it.
//!
//! ```text
//! http1     our own codec: client and upstream driven by one task     hyper     HTTP/2, and HTTP/1.1 where a listener asks for it
//!
//! choose    host, path -> route -> track                  one load of the table, no name looked up
//! gate      a route whose policy answers: redirects, refusals
//! terms     what a route asks for while a request is served
//! stick     a client that stays with an endpoint
//! outbound  the head for the upstream: forwarded, hop by hop
//! attempt   endpoint, connection, send; again elsewhere; rescue
//! leg       one attempt: the head out, the body after it, until the answer's head is there
//! ```
//! What the legs are made of: `work` (buffers and heads), `pipe` (one message on its way), `upstream_io` (an upstream's connection; `h2c` and `feed`:
//! one that speaks HTTP/2), `frames` (a body of hyper's as bytes), `body_watch` (limits of a request's body), `view` (a head of our codec as
//! the rules see it), `respond` (what the proxy says itself).
//! Checks, routing and recording see borrowed views ([`weir_routing::Head`]) and plain values, never either codec's types.

mod attempt;
mod body_watch;
mod choose;
mod feed;
mod frames;
mod gate;
mod h2c;
pub(crate) mod http1;
pub(crate) mod hyper;
mod leg;
mod outbound;
mod pipe;
mod respond;
mod stick;
mod terms;
mod upstream_io;
mod view;
mod work;

pub(crate) use self::hyper::Upload;
