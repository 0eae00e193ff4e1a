//! Open-loop load generator and sample upstream.
//!
//! ```text
//! weir-load run     cli -> plan -> drive -> measure -> report -> gate -> exit code
//! weir-load serve   cli -> serve (latency, settings, stats)
//! ```
//!
//! Tests and the demo use the library: [`drive::run`] takes a [`plan::Plan`] and gives a [`report::Report`];
//! [`serve::Server::start`] gives a running upstream with its address.

#![doc = include_str!("../DESIGN.md")]

pub mod arrivals;
pub mod cli;
pub mod drive;
mod gate;
pub mod latency;
mod measure;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod serve;
pub mod units;
