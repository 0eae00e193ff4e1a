//! Series by name and labels, within limits.

use std::collections::BTreeMap;

use crate::query::{Answer, Query};
use crate::sample::{Labels, Refusal, Sample};
use crate::series::Series;

/// How far the clock of who pushes may be ahead, milliseconds.
const AHEAD_MILLIS: i64 = 60_000;

/// The label that says which version of a service a pod runs.
const TRACK: &str = "track";
/// The one that serves its users while none is released.
const STABLE: &str = "stable";

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For how long, milliseconds.
    pub keep_millis: i64,
    /// Most series.
    pub series: usize,
    /// Most seconds of all series together; each takes 48 bytes.
    pub buckets: usize,
}

impl Default for Limits {
    /// Six hours, and some hundred megabytes at most.
    fn default() -> Self {
        Self { keep_millis: 6 * 3_600_000, series: 10_000, buckets: 2_000_000 }
    }
}

/// What was pushed.
#[derive(Clone, Debug)]
pub struct Store {
    limits: Limits,
    began_millis: i64,
    metrics: BTreeMap<String, BTreeMap<Labels, Series>>,
    series: usize,
    buckets: usize,
}

impl Store {
    /// An empty one.
    #[must_use]
    pub fn new(limits: Limits, now_millis: i64) -> Self {
        Self { limits, began_millis: now_millis, metrics: BTreeMap::new(), series: 0, buckets: 0 }
    }

    /// Keeps a sample.
    ///
    /// # Errors
    /// It is not such as can be kept.
    pub fn take(&mut self, sample: Sample, now_millis: i64) -> Result<(), Refusal> {
        sample.check()?;
        let Sample { metric, mut labels, at_millis, value } = sample;
        // Pods of stable are its user's own, and have no label that would say so.
        if let Some(track) = labels.get_mut(TRACK).filter(|track| track.is_empty()) {
            STABLE.clone_into(track);
        }
        let at_millis = at_millis.unwrap_or(now_millis);
        self.check_time(at_millis, now_millis)?;
        let is_known = self.metrics.get(&metric).is_some_and(|all| all.contains_key(&labels));
        if !is_known && self.series >= self.limits.series {
            self.age(now_millis);
            if self.series >= self.limits.series {
                return Err(Refusal::Series(self.series));
            }
        }
        self.series += usize::from(!is_known);
        let series = self.metrics.entry(metric).or_default().entry(labels).or_default();
        self.buckets += series.take(at_millis.div_euclid(1_000), value, self.began_millis);
        if self.buckets > self.limits.buckets {
            self.shrink();
        }
        Ok(())
    }

    fn check_time(&self, at_millis: i64, now_millis: i64) -> Result<(), Refusal> {
        let age = now_millis.saturating_sub(at_millis);
        if (-AHEAD_MILLIS..=self.limits.keep_millis).contains(&age) {
            return Ok(());
        }
        Err(Refusal::Time {
            seconds: age.saturating_abs() / 1_000,
            side: if age > 0 { "before" } else { "after" },
            before: self.limits.keep_millis / 1_000,
            after: AHEAD_MILLIS / 1_000,
        })
    }

    /// Forgets what is older than is kept. To be called now and then.
    pub fn age(&mut self, now_millis: i64) {
        self.forget(now_millis.saturating_sub(self.limits.keep_millis).div_euclid(1_000));
    }

    /// Too much: the oldest quarter of the time that is kept goes, at least a second of it.
    fn shrink(&mut self) {
        let all = || self.metrics.values().flat_map(BTreeMap::values);
        let (Some(oldest), Some(newest)) =
            (all().filter_map(Series::first).min(), all().filter_map(Series::last).max())
        else {
            return;
        };
        let quarter = newest.saturating_sub(oldest) / 4;
        self.forget(oldest.saturating_add(quarter.max(1)));
    }

    /// What came before this second. A series in which nothing is left is gone with the total that came last: what is counted next is no increment of anything that is known.
    fn forget(&mut self, before: i64) {
        for all in self.metrics.values_mut() {
            all.retain(|_, series| {
                self.buckets -= series.forget(before);
                let stays = !series.is_over(before);
                self.series -= usize::from(!stays);
                stays
            });
        }
        self.metrics.retain(|_, all| !all.is_empty());
    }

    /// What there is for a query.
    #[must_use]
    pub fn answer(&self, query: &Query) -> Vec<Answer> {
        let all = self.metrics.get(&query.metric).into_iter().flatten();
        query.answer(all)
    }

    /// Every metric with the labels of its series.
    pub fn metrics(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &Labels>)> {
        self.metrics.iter().map(|(name, all)| (name.as_str(), all.keys()))
    }

    /// How many series there are.
    #[must_use]
    pub const fn series(&self) -> usize {
        self.series
    }

    /// How many seconds they have together.
    #[must_use]
    pub const fn buckets(&self) -> usize {
        self.buckets
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Store};
    use crate::query::{Aggregate, Query};
    use crate::sample::{Labels, Refusal, Sample, Total, Value};

    fn sample(metric: &str, at_millis: i64) -> Sample {
        Sample {
            metric: metric.to_owned(),
            labels: Labels::new(),
            at_millis: Some(at_millis),
            value: Value::Increment(1.0),
        }
    }

    fn store(series: usize, buckets: usize) -> Store {
        Store::new(Limits { keep_millis: 100_000, series, buckets }, 0)
    }

    #[test]
    fn what_is_too_old_or_not_yet_is_refused_with_how_far() {
        let mut store = store(10, 10);
        let error = store.take(sample("a", 0), 200_000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "its time is 200 s before now, and from 100 s before to 60 s after is kept"
        );
        let error = store.take(sample("a", 300_000), 200_000).unwrap_err();
        assert!(error.to_string().starts_with("its time is 100 s after now"), "{error}");
        assert_eq!((store.series(), store.buckets()), (0, 0));
    }

    #[test]
    fn a_pod_that_has_no_track_is_stable() {
        let mut store = store(10, 10);
        for (name, value) in [("track", ""), ("track", "canary"), ("zone", "")] {
            let labels = Labels::from([(name.to_owned(), value.to_owned())]);
            store.take(Sample { labels, ..sample("a", 0) }, 0).unwrap();
        }
        let labels: Vec<_> = store.metrics().flat_map(|(_, all)| all.flat_map(Labels::iter)).collect();
        let labels: Vec<String> = labels.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(labels, ["track=canary", "track=stable", "zone="]);
    }

    #[test]
    fn a_total_that_comes_seldom_is_the_base_of_the_next_one() {
        let mut store = store(10, 10);
        for (at_millis, sum) in [(0, 50.0), (60_000, 53.0)] {
            let value = Value::Total(Total { sum, count: None, since_millis: None });
            store.take(Sample { value, ..sample("a", at_millis) }, at_millis).unwrap();
            store.age(at_millis + 30_000);
        }
        assert_eq!((store.series(), store.buckets()), (1, 1), "3 more in a minute");
        store.age(1_000_000);
        assert_eq!((store.series(), store.buckets()), (0, 0));
    }

    #[test]
    fn a_series_too_many_is_refused_until_an_old_one_is_gone() {
        let mut store = store(2, 100);
        store.take(sample("a", 0), 0).unwrap();
        store.take(sample("b", 50_000), 50_000).unwrap();
        assert_eq!(store.take(sample("c", 60_000), 60_000), Err(Refusal::Series(2)));
        store.take(sample("b", 60_000), 60_000).unwrap();
        store.take(sample("c", 120_000), 120_000).unwrap();
        let names: Vec<&str> = store.metrics().map(|(name, _)| name).collect();
        assert_eq!((names, store.series(), store.buckets()), (vec!["b", "c"], 2, 3));
    }

    #[test]
    fn too_many_seconds_cost_the_oldest_ones() {
        let mut store = store(10, 40);
        for second in 0..=40 {
            store.take(sample("a", second * 1_000), second * 1_000).unwrap();
        }
        assert_eq!(store.buckets(), 31, "40 s were kept, and 30 s are");
        let query = Query {
            metric: "a".to_owned(),
            labels: Labels::new(),
            by: Vec::new(),
            aggregate: Aggregate::Sum,
            start_millis: 41_000,
            end_millis: 41_000,
            step_seconds: 41,
        };
        assert_eq!(store.answer(&query)[0].values, [Some(31.0)]);
        store.age(1_000_000);
        assert_eq!((store.series(), store.buckets()), (0, 0));
    }
}
