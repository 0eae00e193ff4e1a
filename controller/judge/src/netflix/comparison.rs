//! One metric's two sides, and how they are compared.

use serde::{Deserialize, Serialize};

use super::options::Options;
use super::quirks::Quirks;

/// Share of the estimate that the interval must be away from 0 by.
pub const TOLERANCE: f64 = 0.25;
/// Confidence of the interval.
pub const CONFIDENCE: f64 = 0.98;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// No difference that counts.
    Pass,
    /// The experiment is greater.
    High,
    /// The experiment is smaller.
    Low,
    /// There is nothing to compare, or too little to say anything.
    Nodata,
    /// There is nothing to compare, and that fails it.
    NodataFailMetric,
    /// It could not be compared.
    Error,
}

/// How strict the comparison is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Share of the estimate that the interval must be away from 0 by.
    pub tolerance: f64,
    /// Confidence of the interval, 0 to 1.
    pub confidence: f64,
    /// What of upstream is kept.
    pub quirks: Quirks,
}

impl Level {
    /// Upstream's constants.
    #[must_use]
    pub const fn with(quirks: Quirks) -> Self {
        Self { tolerance: TOLERANCE, confidence: CONFIDENCE, quirks }
    }
}

/// One comparison: a metric's name, both sides without missing samples and outliers, and how they are compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'c> {
    /// The metric.
    pub name: &'c str,
    /// What production measured.
    pub control: &'c [f64],
    /// What the canary measured.
    pub experiment: &'c [f64],
    /// What the config says.
    pub options: &'c Options,
    /// How strict it is.
    pub level: Level,
}
