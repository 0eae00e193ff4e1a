//! One request, from its head to the last byte of the answer, whichever codec reads it.
//!
//! ```text
//! http1     our own codec: client and upstream driven by one task     hyper     HTTP/2, and HTTP/1.1 where a listener asks for it
//!
//! choose    host, path -> route -> track                  one load of the table, no name looked up
//! beside    the same for a route whose release asks for more than weights
//! facts     scheme and host as trusted proxies say, and what variables are read from
//! gate      a route whose policy answers: redirects, refusals
//! admit     a route that wants to know first who asks: found out before anything is chosen; external: by asking another server
//! imposed   fields that its answers get
//! terms     what a route asks for while a request is served
//! stick     a client that stays with an endpoint
//! told      what of it the upstream is told, and which fields of the client's that hides
//! outbound  the head for the upstream: forwarded, hop by hop; sink: written or gathered
//! attempt   endpoint, connection, send; again elsewhere; rescue
//! pace      answers that may not go out too fast
//! mirror    copies of requests for another server, and for a release
//! shadow    the latter, and how they are measured
//! pages     another Service's page in place of an answer
//! leg       one attempt: the head out, the body after it, until the answer's head is there
//! remainder what is left of the body then
//! ```
//! What the legs are made of: `work` (buffers and heads), `pipe` (one message on its way), `upstream_io` (an upstream's connection; `h2c` and `feed`:
//! one that speaks HTTP/2), `frames` (a body of hyper's as bytes), `body_watch` (limits of a request's body), `view` (a head of our codec as
//! the rules see it), `respond` (what the proxy says itself).
//! Checks, routing and recording see borrowed views ([`weir_routing::Head`]) and plain values, never either codec's types.

mod admit;
mod attempt;
mod beside;
mod body_watch;
mod certificate;
mod choose;
mod external;
mod facts;
mod feed;
mod frames;
mod gate;
mod h2c;
pub(crate) mod http1;
pub(crate) mod hyper;
mod imposed;
mod leg;
mod mirror;
mod outbound;
mod pace;
mod pages;
mod pipe;
mod remainder;
mod respond;
mod shadow;
mod sink;
mod stick;
mod terms;
mod told;
mod upstream_io;
mod view;
mod work;

pub(crate) use self::external::Memory;
pub(crate) use self::hyper::Upload;
pub(crate) use self::mirror::Copies;
