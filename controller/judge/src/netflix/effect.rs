//! How large a difference is.

use super::shift::Shift;
use super::summary::{Summary, mean};

/// What an effect is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// The mean of the experiment over that of the control; 1 is no effect.
    #[default]
    MeanRatio,
    /// The share of pairs in which the experiment's value is the greater one; 0.5 is no effect.
    Cles,
}

impl Measure {
    /// The effect; not a number where it has none.
    #[must_use]
    pub fn of(self, experiment: &[f64], control: &[f64]) -> f64 {
        match self {
            Self::MeanRatio => mean_ratio(experiment, control),
            Self::Cles => Shift::new(experiment, control).map_or(f64::NAN, |shift| shift.superiority()),
        }
    }

    /// No effect at all, which is also what is allowed where nothing is said.
    #[must_use]
    pub const fn none(self) -> f64 {
        match self {
            Self::MeanRatio => 1.0,
            Self::Cles => 0.5,
        }
    }
}

/// Mean of the experiment over that of the control; not a number where one of them is 0.
#[must_use]
pub fn mean_ratio(experiment: &[f64], control: &[f64]) -> f64 {
    let (experiment, control) = (mean(experiment), mean(control));
    if experiment == 0.0 || control == 0.0 { f64::NAN } else { experiment / control }
}

/// Difference of the means in pooled standard deviations: d of Cohen (1988).
#[must_use]
pub fn cohen_d(experiment: &[f64], control: &[f64]) -> f64 {
    let (experiment, control) = (Summary::of(experiment), Summary::of(control));
    let weighed = |summary: Summary| (summary.count as f64 - 1.0) * summary.std.powi(2);
    let freedom = experiment.count as f64 + control.count as f64 - 2.0;
    (experiment.mean - control.mean) / ((weighed(experiment) + weighed(control)) / freedom).sqrt()
}
