//! What was counted or measured: the one form that every protocol becomes.

use std::collections::BTreeMap;

/// Labels of a series, by name.
pub type Labels = BTreeMap<String, String>;

/// Most labels of a sample.
const MOST_LABELS: usize = 64;
/// Longest name of a metric or label, and longest value of a label, bytes.
const LONGEST: usize = 256;

/// Something that was counted or measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Name of the metric, as it was pushed.
    pub metric: String,
    /// What it is about: `track`, `service` ...
    pub labels: Labels,
    /// When, milliseconds since 1970; `None`: when it arrived.
    pub at_millis: Option<i64>,
    /// What.
    pub value: Value,
}

/// What was counted or measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// So much more.
    Increment(f64),
    /// So much since a start: the series has the increments.
    Total(Total),
    /// A value of something that goes up and down.
    Gauge(f64),
    /// So much above the gauge's last value, or below.
    GaugeBy(f64),
    /// Values that were measured, summed up.
    Measured(Measured),
}

/// What was counted since a start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// Their sum.
    pub sum: f64,
    /// How many there were, where that is something else than their sum.
    pub count: Option<u64>,
    /// The start, milliseconds since 1970, where it is known.
    pub since_millis: Option<i64>,
}

/// Measured values, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The least; `None`: it is not known.
    pub least: Option<f64>,
    /// The greatest.
    pub greatest: Option<f64>,
}

impl Measured {
    /// One value.
    #[must_use]
    pub const fn one(value: f64) -> Self {
        Self { count: 1, sum: value, least: Some(value), greatest: Some(value) }
    }
}

/// Why a sample is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// It can, and nothing is made of it.
    #[error("{0}")]
    Unsupported(String),
    /// It is too long, or has too many labels.
    #[error("{0}")]
    TooLarge(String),
    /// It is no number that can be added up.
    #[error("{0:?} is not a finite number")]
    NotFinite(String),
    /// It is older than what is kept, or later than it can be.
    #[error("its time is {seconds} s {side} now, and from {before} s before to {after} s after is kept")]
    Time {
        /// How far.
        seconds: i64,
        /// `before` or `after`.
        side: &'static str,
        /// How long samples are kept.
        before: i64,
        /// How far clocks may differ.
        after: i64,
    },
    /// There are too many series.
    #[error("there are {0} series already, which is all that are kept")]
    Series(usize),
}

impl Refusal {
    /// One word for it, for metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Unsupported(_) => "unsupported",
            Self::TooLarge(_) => "too_large",
            Self::NotFinite(_) => "not_finite",
            Self::Time { .. } => "time",
            Self::Series(_) => "series",
        }
    }
}

impl Sample {
    /// Whether it may be kept, as far as can be said without the others.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let Self { metric, labels, at_millis: _, value } = self;
        let is_long = |text: &String| text.len() > LONGEST;
        if metric.is_empty() {
            return Err(Refusal::Malformed("the metric has no name".to_owned()));
        }
        if is_long(metric) || labels.iter().any(|(name, value)| is_long(name) || is_long(value)) {
            return Err(Refusal::TooLarge(format!("names and labels have at most {LONGEST} bytes")));
        }
        if labels.len() > MOST_LABELS {
            return Err(Refusal::TooLarge(format!("{} labels, and {MOST_LABELS} are allowed", labels.len())));
        }
        let number = match value {
            Value::Increment(value) | Value::Gauge(value) | Value::GaugeBy(value) => *value,
            Value::Total(total) => total.sum,
            Value::Measured(Measured { count: _, sum, least, greatest }) => {
                sum + least.unwrap_or_default() + greatest.unwrap_or_default()
            }
        };
        if number.is_finite() { Ok(()) } else { Err(Refusal::NotFinite(number.to_string())) }
    }
}
