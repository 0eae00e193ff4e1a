//! Samples with their times to a series. Pure.

use std::collections::BTreeMap;

use weir_judge::kayenta::response::Series;

/// Most samples of a series: what a year of half-minutes has.
const MOST: i64 = 1 << 20;

/// A sample: when, in milliseconds since 1970, and what; `None` is a missing one.
pub(super) type Sample = (i64, Option<f64>);

/// An instant in whole milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::as_conversions,
    reason = "saturates, and no time is that far away"
)]
pub(super) fn millis(instant: f64) -> i64 {
    instant.round() as i64
}

/// Samples that are none of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum GridError {
    /// No two samples can be told apart by it.
    #[error("its step is {0} ms")]
    Step(i64),
    /// They are not in the order of time, or closer than the step.
    #[error("the sample at {later} ms comes less than a step of {step} ms after the one at {earlier} ms")]
    Close {
        /// The one before.
        earlier: i64,
        /// The one after.
        later: i64,
        /// The step.
        step: i64,
    },
    /// They would take more memory than they are worth.
    #[error("from {first} to {last} ms there is room for more than {MOST} samples")]
    Room {
        /// The first sample.
        first: i64,
        /// The last one.
        last: i64,
    },
}

/// The series of these tags, samples and steps in milliseconds; those without a sample are left out.
pub(super) fn all(
    given: impl IntoIterator<Item = (BTreeMap<String, String>, Vec<Sample>, i64)>,
) -> Result<Vec<Series>, GridError> {
    let each = given.into_iter().map(|(tags, samples, step)| series(tags, &samples, step));
    each.filter_map(Result::transpose).collect()
}

/// The series with a sample for each step from the first one to the last: what is missing is not a number. No samples at all are no series.
fn series(
    tags: BTreeMap<String, String>,
    samples: &[Sample],
    step_millis: i64,
) -> Result<Option<Series>, GridError> {
    let (Some((first, _)), Some((last, _))) = (samples.first(), samples.last()) else { return Ok(None) };
    if step_millis < 1 {
        return Err(GridError::Step(step_millis));
    }
    // The nearest step: a store may be some milliseconds late.
    let slot = |at: i64| {
        let twice = at.saturating_sub(*first).saturating_mul(2).saturating_add(step_millis);
        twice.div_euclid(step_millis.saturating_mul(2))
    };
    if !(0..MOST).contains(&slot(*last)) {
        return Err(GridError::Room { first: *first, last: *last });
    }
    let mut values: Vec<f64> = Vec::new();
    let mut earlier = *first;
    for (at, value) in samples {
        let slot = usize::try_from(slot(*at)).unwrap_or_default();
        if slot < values.len() {
            return Err(GridError::Close { earlier, later: *at, step: step_millis });
        }
        values.resize(slot, f64::NAN);
        values.push(value.unwrap_or(f64::NAN));
        earlier = *at;
    }
    Ok(Some(Series { tags, start_millis: *first, step_seconds: step_millis.div_euclid(1000), values }))
}

/// The time between the first two samples, as upstream takes it for the step; that of a minute where there are not as many.
pub(super) fn first_step(samples: &[Sample]) -> i64 {
    match samples {
        [(first, _), (second, _), ..] => second.saturating_sub(*first),
        [] | [_] => 60_000,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{GridError, MOST, Sample, series};

    fn values(samples: &[Sample]) -> Result<String, GridError> {
        let found = series(BTreeMap::new(), samples, 10_000)?;
        Ok(found.map_or("none".to_owned(), |series| format!("{} {:?}", series.step_seconds, series.values)))
    }

    #[test]
    fn what_is_missing_is_not_a_number() {
        let samples = [(5_000, Some(1.0)), (15_004, None), (44_998, Some(5.0))];
        assert_eq!(values(&samples).unwrap(), "10 [1.0, NaN, NaN, NaN, 5.0]");
        assert_eq!(values(&[]).unwrap(), "none");
        assert_eq!(values(&samples[..1]).unwrap(), "10 [1.0]");
    }

    #[test]
    fn samples_out_of_order_or_out_of_reach_are_no_series() {
        let two = |later| values(&[(0, Some(1.0)), (20_000, None), (later, Some(1.0))]);
        assert_eq!(two(24_000), Err(GridError::Close { earlier: 20_000, later: 24_000, step: 10_000 }));
        assert_eq!(two(10_000), Err(GridError::Close { earlier: 20_000, later: 10_000, step: 10_000 }));
        assert_eq!(two(-1), Err(GridError::Close { earlier: 20_000, later: -1, step: 10_000 }));
        assert_eq!(two(MOST * 10_000), Err(GridError::Room { first: 0, last: MOST * 10_000 }));
        assert_eq!(two(i64::MAX), Err(GridError::Room { first: 0, last: i64::MAX }));
        assert_eq!(series(BTreeMap::new(), &[(0, None)], 0), Err(GridError::Step(0)));
    }
}
