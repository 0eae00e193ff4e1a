//! Open-loop load generator and sample upstream.

pub mod cli;
pub mod latency;
pub mod serve;
pub mod units;
