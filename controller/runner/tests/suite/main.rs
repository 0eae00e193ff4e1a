//! Pipelines from a file to their end, through the crate's front door: real processes, a real disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod after;
mod fixture;
mod flow;
mod folder;
mod forge;
mod hooks;
mod load;
mod other_pipeline;
mod remotes;
mod schedules;
mod sent;
mod server;
mod socket;
mod storm;
mod triggered;
mod webhook;
