//! Whether the means differ: what ranks cannot see, because a few large values move the middle by nothing.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::summary::Summary;

/// Welch's test (1947) of the means of two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Mean of the experiment less that of the control.
    pub difference: f64,
    /// The difference in standard errors.
    pub t: f64,
    /// Probability of so large a rise, or more, where the means are equal; that of a fall is 1 less this.
    pub p_rise: f64,
}

/// Compares the means; `None` with less than two values on a side, or none that differ.
#[must_use]
pub fn compare(experiment: Summary, control: Summary) -> Option<Means> {
    let of_mean = |summary: Summary| summary.std.powi(2) / summary.count as f64;
    let (own, other) = (of_mean(experiment), of_mean(control));
    let variance = own + other;
    if experiment.count < 2 || control.count < 2 || variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let part = |variance: f64, count: usize| variance.powi(2) / (count as f64 - 1.0);
    let freedom = variance.powi(2) / (part(own, experiment.count) + part(other, control.count));
    let difference = experiment.mean - control.mean;
    let t = difference / variance.sqrt();
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(Means { difference, t, p_rise: distribution.sf(t) })
}
