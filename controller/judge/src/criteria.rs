//! What counts as worse, and how sure the judge has to be.

use serde::{Deserialize, Serialize};

use crate::Margin;

/// When a release fails and when it passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Criteria {
    /// Chance that a canary no worse than its control by the margins is ever failed, and that one with more errors than
    /// tolerated ever passes (five times as much for latency). A fraction, 0.01 is usual.
    pub alpha: f64,
    /// No pass before the canary has served this many requests.
    pub min_requests: u64,
    /// Requests that ended in an upstream error; `None` does not ask.
    pub errors: Option<Criterion>,
    /// Requests slower than each threshold; `None` does not ask.
    pub latency: Option<Criterion>,
}

/// How much worse the canary may be in one question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Criterion {
    /// Fails once shown to be worse than this.
    pub margin: Margin,
    /// Passes once shown to be no worse than this.
    pub tolerance: Margin,
}

impl Default for Criteria {
    /// The defaults of a Canary's `analysis`.
    fn default() -> Self {
        let tolerance = Margin { relative: 0.5, absolute: 0.01 };
        Self {
            alpha: 0.01,
            min_requests: 50,
            errors: Some(Criterion { margin: Margin { relative: 0.0, absolute: 0.001 }, tolerance }),
            latency: Some(Criterion { margin: Margin { relative: 0.2, absolute: 0.001 }, tolerance }),
        }
    }
}

impl Criteria {
    /// The same with what no test can use put right: alpha between 1e-9 and 0.5, margins finite and not negative.
    #[must_use]
    pub fn sane(self) -> Self {
        let criterion =
            |given: Criterion| Criterion { margin: given.margin.sane(), tolerance: given.tolerance.sane() };
        Self {
            alpha: if self.alpha.is_nan() { 0.01 } else { self.alpha.clamp(1e-9, 0.5) },
            min_requests: self.min_requests,
            errors: self.errors.map(criterion),
            latency: self.latency.map(criterion),
        }
    }

    /// The e-value at which a null is rejected: `1 / alpha`.
    #[must_use]
    pub fn limit(&self) -> f64 {
        1.0 / self.alpha
    }
}

/// One latency that requests are counted against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Threshold {
    /// The control's quantile that it was taken from, such as 0.99.
    pub quantile: f64,
    /// The latency in microseconds, on an edge of the histogram's buckets so that counts above it are exact.
    pub micros: u64,
}

impl Threshold {
    /// Quantiles at which thresholds are taken from the control.
    pub const QUANTILES: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

    /// Say of this threshold in the evidence of harm: the tail counts more, a hundredth and beyond most.
    #[must_use]
    pub fn weight(self) -> f64 {
        let rarity = -self.expected_share().log10();
        rarity.clamp(0.1, 2.0)
    }

    /// Share of the control's requests that should be slower.
    #[must_use]
    pub fn expected_share(self) -> f64 {
        if self.quantile.is_nan() { 0.5 } else { (1.0 - self.quantile).clamp(1e-4, 0.9999) }
    }
}
