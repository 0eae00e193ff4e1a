//! What the judge says: overall, and about every metric.

use serde::{Deserialize, Serialize};

use crate::Counts;

/// A verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// Shown to be no worse than its control by the tolerance.
    Pass,
    /// Shown to be worse than its control by more than the margin.
    Fail,
    /// Neither is shown yet.
    Insufficient,
    /// The canary or its control has had no requests at all.
    NoData,
}

/// The judge's answer after a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The answer.
    pub decision: Decision,
    /// Combined evidence of harm: the weighted mean over metrics; at most [`crate::MAX_E`].
    pub e_value: f64,
    /// Combined evidence at which a release fails, `1 / alpha`.
    pub limit: f64,
    /// Every question that was asked: errors first, then latency from p50 up.
    pub metrics: Vec<MetricVerdict>,
    /// One sentence for people, with numbers and units.
    pub reason: String,
    /// Canary requests until a verdict is likely at the observed shares; 0 once there is one, `None`: cannot say.
    pub requests_needed: Option<u64>,
}

/// The judge's answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricVerdict {
    /// Such as `errors` or `latency above p99 (47 ms)`.
    pub name: String,
    /// The answer for this metric alone.
    pub decision: Decision,
    /// Whether a pass of the release needs this metric's pass.
    pub required: bool,
    /// Counts of the control.
    pub control: Counts,
    /// Counts of the canary.
    pub canary: Counts,
    /// Observed share of the canary less that of the control, a fraction.
    pub difference: f64,
    /// Anytime-valid 95 % interval for the true difference, fractions between -1 and 1.
    pub interval: (f64, f64),
    /// Evidence that the canary is worse than the margin.
    pub e_harm: f64,
    /// Evidence that the canary is no worse than the tolerance.
    pub e_pass: f64,
    /// Evidence that this metric needs for its pass.
    pub pass_limit: f64,
    /// How much bets are damped because requests came in bursts; 1: not at all.
    pub dispersion: f64,
    /// One sentence for people, with numbers and units.
    pub reason: String,
    /// Canary requests until this metric is likely decided; 0 once it is, `None`: cannot say.
    pub requests_needed: Option<u64>,
}
