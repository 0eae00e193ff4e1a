//! Metrics that programs push, kept for a while, and series made of them. Pure: bytes and the time go in.
//!
//! ```text
//! statsd  a datagram                ─┐
//! json    a document of samples      ├─> sample   what was counted or measured, and where
//! otlp    OTLP, protobuf or JSON    ─┘     │
//! store   series by name and labels  <─────┘  within limits
//!   series  one of them: what is counted for ever becomes what was counted meanwhile
//!   bucket  a second of it
//! query   name, labels, window, step -> a value a step
//! ```
#![doc = include_str!("../DESIGN.md")]

mod bucket;
mod series;

pub mod json;
pub mod otlp;
pub mod query;
pub mod sample;
pub mod statsd;
pub mod store;

pub use query::{Aggregate, Query};
pub use sample::{Labels, Refusal, Sample, Value};
pub use store::{Limits, Store};
