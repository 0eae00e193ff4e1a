//! Reports as tools write them, and the gate over them.
#![expect(clippy::unwrap_used, clippy::as_conversions, reason = "a test that cannot go on says so")]

mod coverage;
mod gate;
mod junit;
mod lint;
mod show;
mod sonar;
mod tap;
