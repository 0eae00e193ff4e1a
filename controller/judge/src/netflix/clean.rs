//! What is taken out of a series before it is compared.

use super::percentile::{percentile, sorted};
use super::summary::mean;

/// What becomes of samples that are not a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NanStrategy {
    /// They are left out.
    #[default]
    Remove,
    /// They count as 0.
    Replace,
}

impl NanStrategy {
    /// The series without them. Infinities stay.
    #[must_use]
    pub fn apply(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Remove => values.iter().copied().filter(|value| !value.is_nan()).collect(),
            Self::Replace => values.iter().map(|&value| if value.is_nan() { 0.0 } else { value }).collect(),
        }
    }
}

/// How outliers are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detector {
    /// Beyond the quartiles by more than `factor` times their distance.
    Quartiles {
        /// At least this many distances of the quartiles.
        factor: f64,
        /// The fences are never inside the first and the 99th percentile.
        keeps_percentiles: bool,
    },
    /// Farther from the mean than so many standard deviations (of the population).
    Deviations(f64),
}

impl Detector {
    /// The least and the greatest value that is no outlier; `None` of an empty series.
    #[must_use]
    pub fn fences(self, values: &[f64]) -> Option<(f64, f64)> {
        match self {
            Self::Quartiles { factor, keeps_percentiles } => {
                let sorted = sorted(values);
                let (first, third) = (percentile(&sorted, 25.0)?, percentile(&sorted, 75.0)?);
                let reach = factor * (third - first);
                let (low, high) = (first - reach, third + reach);
                if !keeps_percentiles {
                    return Some((low, high));
                }
                Some((low.min(percentile(&sorted, 1.0)?), high.max(percentile(&sorted, 99.0)?)))
            }
            Self::Deviations(times) => {
                let mean = (!values.is_empty()).then(|| mean(values))?;
                let squares: Vec<f64> = values.iter().map(|value| (value - mean).powi(2)).collect();
                let variance = self::mean(&squares);
                let reach = times * variance.sqrt();
                Some((mean - reach, mean + reach))
            }
        }
    }

    /// Whether each value is an outlier.
    #[must_use]
    pub fn mask(self, values: &[f64]) -> Vec<bool> {
        let Some((low, high)) = self.fences(values) else { return Vec::new() };
        values.iter().map(|&value| value < low || value > high).collect()
    }

    /// The series without outliers.
    #[must_use]
    pub fn remove(self, values: &[f64]) -> Vec<f64> {
        let mask = self.mask(values);
        values.iter().zip(mask).filter(|(_, is_outlier)| !is_outlier).map(|(&value, _)| value).collect()
    }
}
