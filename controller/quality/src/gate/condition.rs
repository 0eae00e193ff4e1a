//! One condition: as it is written, and when it makes sense.

use serde::{Deserialize, Serialize};

use crate::metric::{Metric, UnknownMetric, Value};

/// A condition as people write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrittenCondition {
    /// A metric's key: `coverage`, `test_failures`.
    pub metric: String,
    /// On which side of its thresholds it fails.
    pub op: Operator,
    /// The value beyond which it fails: percent of a share, else a count; none: it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// The value beyond which it warns; none: it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<f64>,
}

/// A condition that makes sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// What is asked about.
    pub metric: Metric,
    /// When it fails.
    pub op: Operator,
    /// The value beyond which it fails.
    pub error: Option<f64>,
    /// The value beyond which it warns.
    pub warning: Option<f64>,
}

/// On which side of its threshold a value fails. Equal is on neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operator {
    /// Below; Sonar's `LT`.
    LessThan,
    /// Above; Sonar's `GT`.
    GreaterThan,
}

/// What is wrong with a condition: `conditions[1].metric: ...`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}: {mend}")]
pub struct Problem {
    /// The field.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

/// The largest count that a threshold may be: a number in JSON is exact up to here, and 32 bits compare without loss.
const MOST: f64 = 4_294_967_295.0;

impl Condition {
    /// Checks the condition with this index, from 0.
    pub(super) fn parse(written: &WrittenCondition, index: usize) -> Result<Self, Problem> {
        let WrittenCondition { metric, op, error, warning } = written;
        let problem = |field: &str, what: String, mend: String| Problem {
            path: format!("conditions[{index}]{field}"),
            what,
            mend,
        };
        let metric: Metric =
            metric.parse().map_err(|UnknownMetric { what, mend }| problem(".metric", what, mend))?;
        if error.or(*warning).is_none() {
            let (what, mend) = ("it has no threshold", "give `error` or `warning`");
            return Err(problem("", what.to_owned(), mend.to_owned()));
        }
        for (field, threshold) in [(".error", error), (".warning", warning)] {
            if let Some((what, mend)) = threshold.and_then(|threshold| senseless(metric, threshold)) {
                return Err(problem(field, what, mend.to_owned()));
            }
        }
        if let (Some(error), Some(warning)) = (error, warning) {
            let (is_hidden, side, other) = match op {
                Operator::LessThan => (warning <= error, "below", "above"),
                Operator::GreaterThan => (warning >= error, "above", "below"),
            };
            if is_hidden {
                let what =
                    format!("{side} {warning} it is never a warning, since {side} {error} it is an error");
                return Err(problem(".warning", what, format!("write a number {other} {error}")));
            }
        }
        Ok(Self { metric, op: *op, error: *error, warning: *warning })
    }
}

/// Why a threshold makes no sense, and what does.
fn senseless(metric: Metric, threshold: f64) -> Option<(String, &'static str)> {
    if metric.is_share() {
        let fits = (0.0..=100.0).contains(&threshold);
        return (!fits).then(|| (format!("{threshold} is no share"), "write percent, from 0 to 100"));
    }
    let is_count = (0.0..=MOST).contains(&threshold) && threshold.fract().abs() < f64::EPSILON;
    (!is_count).then(|| (format!("{threshold} is no count"), "write a whole number from 0"))
}

impl Operator {
    /// Whether a value is beyond a threshold.
    pub(super) fn is_reached(self, value: Value, threshold: f64) -> bool {
        let value = match value {
            // More than fits is more than any threshold.
            Value::Count(count) => u32::try_from(count).map_or(f64::INFINITY, f64::from),
            // The nearest number to the decimal that is shown, as a threshold in text becomes.
            Value::Share(tenths) => f64::from(tenths) / 10.0,
        };
        match self {
            Self::LessThan => value < threshold,
            Self::GreaterThan => value > threshold,
        }
    }
}
