//! Drives the load generator and the sample upstream from outside: against each other, against scripted servers, and as programs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what surprises a test ends it"
)]

mod alone;
mod counts;
mod open_loop;
mod outcomes;
mod program;
mod programs;
mod scripted;
mod serve;
mod tls;
