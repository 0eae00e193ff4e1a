//! What a report tells of a series.

use serde::Serialize;

/// Statistics of one series, after everything that was taken out. Of an empty one all are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation of the sample (n - 1); 0 of one value.
    pub std: f64,
    /// How many values.
    pub count: usize,
}

impl Summary {
    /// Of these values.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = values.len();
        let mean = mean(values);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let std = if count > 1 { (squares / (count as f64 - 1.0)).sqrt() } else { 0.0 };
        Self {
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean,
            std,
            count,
        }
    }
}

/// The arithmetic mean; not a number of no values.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
