//! Pipelines from a file to their end, through the crate's front door: real processes, a real disk.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::format_collect,
    clippy::unnecessary_wraps,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on says so, and is written to be read"
)]

mod after;
mod analysis;
mod archive;
mod archive_s3;
mod bound;
mod cluster;
mod expected;
mod fixture;
mod flow;
mod folder;
mod forge;
mod freezes;
mod hooks;
mod https;
mod image;
mod images;
mod jenkins;
mod job;
mod judgments;
mod late;
mod load;
mod mail;
mod notices;
mod other_pipeline;
mod promoted;
mod pushed;
mod registry;
mod remotes;
mod schedules;
mod sent;
mod server;
mod socket;
mod sonar;
mod storm;
mod told;
mod triggered;
mod unwanted;
mod webhook;
mod woken;
