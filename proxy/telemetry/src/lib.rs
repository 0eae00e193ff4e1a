//! Pure: outcomes, histograms, windows, and the wire form of a report.
//!
//! ```text
//! outcome     how one request ended, and whose fault it was
//! burst       whether a canary fails in a burst that its control does not share
//! histogram   counts of durations in log-linear buckets
//! recorder    counting while requests are served: one writer, no lock      proxy
//! wire        the cumulative counts of one proxy as JSON, version 1        proxy -> controller
//! window      cumulative counts -> measurements between two reports        controller
//! ```
//! No I/O, no clock: the caller measures, sends and keeps time.
#![doc = include_str!("../DESIGN.md")]
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numeric code: bucket numbers fit 16 bits, and shares of counts are approximate by nature"
)]

pub mod burst;
pub mod histogram;
pub mod outcome;
pub mod recorder;
pub mod window;
pub mod wire;
