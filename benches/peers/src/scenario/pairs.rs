//! Measurements without and with changes, in pairs of the same round. Pure.

use crate::lane::Sample;
use crate::ratio::{float, median, same_round};

/// Every pair.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    without: Vec<Sample>,
    with: Vec<Sample>,
}

impl Pairs {
    /// One more round.
    pub(super) fn push(&mut self, without: Sample, with: Sample) {
        self.without.push(without);
        self.with.push(with);
    }

    /// Requests that failed without changes, and with them.
    pub(super) fn failed(&self) -> [u64; 2] {
        [&self.without, &self.with].map(|samples| samples.iter().map(|sample| sample.found.failed).sum())
    }

    /// Requests while there were changes.
    pub(super) fn requests(&self) -> f64 {
        let requests = |sample: &Sample| sample.found.succeeded + sample.found.failed;
        float(self.with.iter().map(requests).sum())
    }

    /// Median of a figure without changes, and with them.
    pub(super) fn medians(&self, of: fn(&Sample) -> Option<f64>) -> [Option<f64>; 2] {
        [&self.without, &self.with].map(|samples| median(&samples.iter().filter_map(of).collect::<Vec<_>>()))
    }

    /// Median of how many times as large a figure is with changes.
    pub(super) fn ratio(&self, of: fn(&Sample) -> Option<f64>) -> Option<f64> {
        let all = |samples: &[Sample]| samples.iter().map(of).collect::<Vec<_>>();
        same_round(&all(&self.with), &all(&self.without))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pairs, Sample};
    use crate::load::Found;

    fn sample(failed: u64, p99: Option<f64>) -> Sample {
        let found = Found { succeeded: 10, failed, p99, ..Found::default() };
        Sample { found, cpu: None, steal: 0.0, load: 0.0 }
    }

    #[test]
    fn both_sides_are_added_up_and_compared_within_a_round() {
        let mut pairs = Pairs::default();
        pairs.push(sample(1, Some(10.0)), sample(3, Some(20.0)));
        pairs.push(sample(0, Some(30.0)), sample(1, Some(30.0)));
        pairs.push(sample(0, None), sample(0, Some(40.0)));
        assert_eq!(pairs.failed(), [1, 4]);
        let p99 = |sample: &Sample| sample.found.p99;
        assert_eq!(pairs.medians(p99), [Some(20.0), Some(30.0)]);
        assert_eq!(pairs.ratio(p99), Some(1.5), "of 2 and 1");
        assert!(pairs.requests() > 33.9 && pairs.requests() < 34.1);
    }
}
