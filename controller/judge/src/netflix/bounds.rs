//! By how much one sample is shifted against another: an estimate, and an interval at a level of confidence.

use statrs::distribution::{ContinuousCDF, Normal};

use super::root::root;
use super::shift::{Shift, Tied};

/// Absolute, in the unit of the metric, as upstream has it: what differs by less is not told apart.
const TOLERANCE: f64 = 1e-4;

/// Where the shift lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The estimate.
    pub estimate: f64,
}

/// The quantile of the standard normal distribution that a two-sided interval of this confidence (0 to 1) takes: 2.326 for 0.98.
#[must_use]
pub fn quantile(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - (1.0 - confidence) / 2.0)
}

/// The interval of Mann and Whitney as upstream finds it: by a search that ends within 1e-4 of the step.
///
/// # Errors
/// All observations are tied at some shift that was tried.
pub fn searched(shift: &Shift, confidence: f64) -> Result<Bounds, Tied> {
    let (lower, upper) = shift.range();
    let z = quantile(confidence);
    let end = |level: f64| -> Result<f64, Tied> {
        if shift.statistic(lower)? - level <= 0.0 {
            Ok(lower)
        } else if shift.statistic(upper)? - level >= 0.0 {
            Ok(upper)
        } else {
            crossing(shift, level)
        }
    };
    Ok(Bounds { low: end(z)?, high: end(-z)?, estimate: crossing(shift, 0.0)? })
}

/// Where the statistic crosses `level`, within the tolerance.
///
/// # Errors
/// All observations are tied at some shift that was tried.
pub fn crossing(shift: &Shift, level: f64) -> Result<f64, Tied> {
    let (lower, upper) = shift.range();
    let mut tied = Ok(());
    let at = root(
        |d| match shift.statistic(d) {
            Ok(statistic) => statistic - level,
            Err(error) => {
                tied = Err(error);
                // Ends the search.
                0.0
            }
        },
        lower,
        upper,
        TOLERANCE,
    );
    tied.map(|()| at)
}
