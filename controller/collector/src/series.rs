//! One series: what came in each second.

use std::collections::VecDeque;

use crate::bucket::Bucket;
use crate::sample::{Measured, Total, Value};

/// What came for one metric with the same labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// By second since 1970, in order; only those in which something came.
    seconds: VecDeque<(i64, Bucket)>,
    /// The total that came last.
    total: Option<Total>,
    /// The gauge's last value.
    gauge: Option<f64>,
    /// The latest second of which something came, although there may be nothing to keep: of a first total there is only the base of the next one.
    latest: i64,
}

impl Series {
    /// Takes a value in that is of this second; how many buckets it has more. `began_millis`: since when anybody listens.
    pub(crate) fn take(&mut self, second: i64, value: Value, began_millis: i64) -> usize {
        self.latest = self.latest.max(second);
        let measured = match value {
            Value::Increment(value) => Some(Measured::one(value)),
            Value::Gauge(value) => {
                self.gauge = Some(value);
                Some(Measured::one(value))
            }
            Value::GaugeBy(by) => {
                let value = self.gauge.unwrap_or_default() + by;
                self.gauge = Some(value);
                Some(Measured::one(value))
            }
            Value::Measured(measured) => Some(measured),
            Value::Total(total) => self.increment(total, began_millis),
        };
        match measured {
            Some(measured) if measured.count > 0 => self.add(second, Bucket::of(measured)),
            _ => 0,
        }
    }

    /// What was counted since the last total.
    fn increment(&mut self, total: Total, began_millis: i64) -> Option<Measured> {
        let Total { sum, count, since_millis } = total;
        let before = self.total.replace(total);
        let is_new = since_millis.is_some_and(|since| since >= began_millis);
        let base = match before {
            // Counted anew, from zero: the start says so, or what was counted is less than before.
            Some(before) if before.since_millis != since_millis || total.is_less(&before) => Some((0.0, 0)),
            Some(before) => Some((before.sum, before.count.unwrap_or_default())),
            None if is_new => Some((0.0, 0)),
            None => None,
        };
        let (sum_before, count_before) = base?;
        Some(match count {
            Some(count) => Measured {
                count: count.saturating_sub(count_before),
                sum: sum - sum_before,
                least: None,
                greatest: None,
            },
            None => Measured::one(sum - sum_before),
        })
    }

    fn add(&mut self, second: i64, bucket: Bucket) -> usize {
        // Nearly always the last one, or after it.
        let place = self.seconds.iter().rposition(|(at, _)| *at <= second);
        match place.and_then(|place| self.seconds.get_mut(place)) {
            Some((at, there)) if *at == second => {
                *there = there.and(bucket);
                return 0;
            }
            _ => self.seconds.insert(place.map_or(0, |place| place + 1), (second, bucket)),
        }
        1
    }

    /// Forgets what came before this second; how many buckets that were.
    pub(crate) fn forget(&mut self, second: i64) -> usize {
        let old = self.seconds.partition_point(|(at, _)| *at < second);
        self.seconds.drain(..old).len()
    }

    /// Whether nothing came from this second on, so that nothing is left.
    pub(crate) fn is_over(&self, second: i64) -> bool {
        self.seconds.is_empty() && self.latest < second
    }

    /// The first second in which something came.
    pub(crate) fn first(&self) -> Option<i64> {
        self.seconds.front().map(|(at, _)| *at)
    }

    /// The last one.
    pub(crate) fn last(&self) -> Option<i64> {
        self.seconds.back().map(|(at, _)| *at)
    }

    /// What came from one second to before another one.
    pub(crate) fn between(&self, from: i64, until: i64) -> impl Iterator<Item = &(i64, Bucket)> {
        let (first, last) = (self.place(from), self.place(until));
        self.seconds.range(first..last.max(first))
    }

    fn place(&self, second: i64) -> usize {
        self.seconds.partition_point(|(at, _)| *at < second)
    }
}

impl Total {
    fn is_less(&self, before: &Self) -> bool {
        match (self.count, before.count) {
            (Some(now), Some(before)) => now < before,
            _ => self.sum < before.sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Series;
    use crate::sample::{Total, Value};

    /// Second and sum of each bucket after these totals, one a second.
    fn sums(totals: &[(f64, Option<i64>)], began_millis: i64) -> Vec<(i64, f64)> {
        let mut series = Series::default();
        for (second, (sum, since_millis)) in (100..).zip(totals) {
            let total = Total { sum: *sum, count: None, since_millis: *since_millis };
            series.take(second, Value::Total(total), began_millis);
        }
        series.between(0, 1_000).map(|(at, bucket)| (*at, bucket.sum)).collect()
    }

    #[test]
    fn a_total_becomes_what_was_counted_since_the_one_before() {
        let unknown = None;
        assert_eq!(sums(&[(50.0, unknown), (53.0, unknown)], 0), [(101, 3.0)], "50 were before");
        assert_eq!(sums(&[(5.0, Some(7)), (6.0, Some(7))], 7), [(100, 5.0), (101, 1.0)], "a new program");
        assert_eq!(sums(&[(5.0, Some(6)), (6.0, Some(6))], 7), [(101, 1.0)], "an old program");
        assert_eq!(sums(&[(5.0, Some(1)), (2.0, Some(9))], 7), [(101, 2.0)], "started anew");
        assert_eq!(sums(&[(5.0, unknown), (2.0, unknown)], 7), [(101, 2.0)], "less than before");
    }

    #[test]
    fn seconds_stay_in_order_whatever_order_they_come_in() {
        let mut series = Series::default();
        let mut take = |second, value| series.take(second, Value::Increment(value), 0);
        assert_eq!([take(5, 1.0), take(3, 2.0), take(5, 3.0), take(4, 4.0), take(9, 5.0)], [1, 1, 0, 1, 1]);
        let found: Vec<_> =
            series.between(3, 9).map(|(at, bucket)| (*at, bucket.sum, bucket.count)).collect();
        assert_eq!(found, [(3, 2.0, 1), (4, 4.0, 1), (5, 4.0, 2)]);
        assert_eq!((series.forget(5), series.first()), (2, Some(5)));
    }
}
