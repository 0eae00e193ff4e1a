//! How long requests took.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time told apart, in microseconds: one hour.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// Times in microseconds. Takes no memory before the first one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Option<Histogram<u64>>);

impl Times {
    /// One more.
    pub(crate) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(LONGEST_MICROS);
        if self.0.is_none() {
            // Fails only for more than 5 digits. It grows as needed, which a value below the longest never prevents.
            self.0 = Histogram::new(3).ok();
        }
        let recorded = self.0.as_mut().map(|histogram| histogram.record(micros));
        debug_assert_eq!(recorded, Some(Ok(())), "{micros} us");
    }

    /// All of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, None) => {}
            (none @ None, Some(other)) => *none = Some(other.clone()),
            (Some(own), Some(other)) => {
                let added = own.add(other);
                debug_assert_eq!(added, Ok(()), "a histogram that grows takes every other");
            }
        }
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn filled(&self) -> Option<&Histogram<u64>> {
        self.0.as_ref().filter(|histogram| !histogram.is_empty())
    }

    /// The time in microseconds that a share `q` of all did not exceed: the value at rank ceil(q n), to 3 digits, never below it.
    pub(crate) fn quantile(&self, q: f64) -> Option<u64> {
        self.filled().map(|histogram| histogram.value_at_quantile(q).min(histogram.max()))
    }

    /// Mean in microseconds.
    pub(crate) fn mean(&self) -> Option<f64> {
        self.filled().map(Histogram::mean)
    }

    /// Longest, in microseconds and to 3 digits.
    pub(crate) fn max(&self) -> Option<u64> {
        self.filled().map(Histogram::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_value_at_its_rank_to_three_digits() {
        let mut times = Times::default();
        assert_eq!(times.quantile(0.5), None);
        (1..=1000).for_each(|micros| times.record(Duration::from_micros(micros)));
        assert_eq!(
            [0.0, 0.5, 0.99, 1.0].map(|q| times.quantile(q)),
            [Some(1), Some(500), Some(990), Some(1000)]
        );
        times.record(Duration::from_hours(50));
        let max = times.max().unwrap();
        assert!(
            max.abs_diff(LONGEST_MICROS) < LONGEST_MICROS / 1000,
            "{max}: longer than the longest counts as the longest"
        );
    }
}
