//! What surrounds the judge in Kayenta: when it judges, what it asks Prometheus, which series it compares, and what its scores decide.
//!
//! ```text
//! plan      delay, interval, lookback and lifetime -> windows of time
//! template  a filter with ${variables} -> text
//! query     a metric's query -> `PromQL`
//! response  what Prometheus answers -> series
//! pairing   series of both sides -> pairs for the judge
//! decision  scores -> passed or not
//! ```
//! All of it is pure: who asks and waits is the caller.

pub mod decision;
pub mod pairing;
pub mod plan;
pub mod query;
pub mod response;
pub mod template;
