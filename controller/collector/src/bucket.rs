//! What came in a second.

use crate::sample::Measured;

/// Values that came in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    /// Not a number while it is not known.
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    /// The one that came last.
    pub(crate) last: f64,
}

impl Bucket {
    pub(crate) fn of(measured: Measured) -> Self {
        let Measured { count, sum, least, greatest } = measured;
        #[expect(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a mean of more than 2^53 values is as good"
        )]
        let mean = sum / count as f64;
        Self {
            count,
            sum,
            least: least.unwrap_or(f64::NAN),
            greatest: greatest.unwrap_or(f64::NAN),
            last: mean,
        }
    }

    /// With what came after it. `f64::min` and `max` take the other one where one is not a number.
    pub(crate) fn and(self, later: Self) -> Self {
        Self {
            count: self.count.saturating_add(later.count),
            sum: self.sum + later.sum,
            least: self.least.min(later.least),
            greatest: self.greatest.max(later.greatest),
            last: later.last,
        }
    }
}
