//! The engine from outside: definitions as text, runs as a controller would drive them.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test is made of fails where the test would"
)]

mod calls;
mod composites;
mod cost;
mod failures;
mod fixture;
mod flow;
mod freezes;
mod judgments;
mod people;
mod properties;
mod restarts;
mod retries;
mod runs;
mod table;
mod times;
mod validation;
mod wire;
