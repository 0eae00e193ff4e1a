//! Pipelines from a file to their end, through the crate's front door: real processes, a real disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod fixture;
mod flow;
mod forge;
mod load;
mod other_pipeline;
mod server;
mod webhook;
