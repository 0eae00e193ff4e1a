//! Reports of tests, coverage and lint, and the quality gate over them. Pure: bytes go in.
//!
//! ```text
//! source       a file and the limits            error: where, what, how to mend it
//! xml          elements, within limits          excerpt: text that can be shown
//! report       junit, tap             -> TestReport ─┐
//! coverage     lcov, cobertura, jacoco -> Coverage  ─┼─> metric   Measures: what was measured, and what was not
//! lint         eslint, checkstyle     -> LintReport ─┘     │
//! gate         conditions, (Measures) -> ProjectResult  <──┘    several projects -> GateResult
//! sonar        what SonarQube answers -> ProjectResult
//! show         all of it as some lines for people
//! ```
#![doc = include_str!("../DESIGN.md")]

mod error;
mod excerpt;
mod source;
mod xml;

pub mod coverage;
pub mod gate;
pub mod lint;
pub mod metric;
pub mod report;
pub mod show;
pub mod sonar;

pub use coverage::{Coverage, Root};
pub use error::{Error, Fault, Place};
pub use gate::{Gate, GateResult, ProjectResult, Verdict};
pub use lint::LintReport;
pub use metric::{Measures, Metric};
pub use report::TestReport;
pub use source::{Limits, Source};
