//! placeholder
mod error;
mod excerpt;
pub mod report;
mod source;
mod xml;
pub use error::{Error, Fault, Place};
pub use source::{Limits, Source};
