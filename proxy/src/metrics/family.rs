//! One family of Prometheus metrics, put together sample by sample.
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "Prometheus counts in f64, which is exact up to 2^53 requests"
)]

use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};
use weir_telemetry::histogram;

/// One family.
pub(super) struct Family {
    inner: MetricFamily,
    kind: MetricType,
}

impl Family {
    fn new(name: &str, help: &str, kind: MetricType) -> Self {
        let mut inner = MetricFamily::default();
        inner.set_name(name.to_owned());
        inner.set_help(help.to_owned());
        inner.set_field_type(kind);
        Self { inner, kind }
    }

    pub(super) fn counter(name: &str, help: &str) -> Self {
        Self::new(name, help, MetricType::COUNTER)
    }

    pub(super) fn gauge(name: &str, help: &str) -> Self {
        Self::new(name, help, MetricType::GAUGE)
    }

    pub(super) fn histogram(name: &str, help: &str) -> Self {
        Self::new(name, help, MetricType::HISTOGRAM)
    }

    /// One more sample of a whole number.
    pub(super) fn with(mut self, labels: &[(&str, &str)], value: u64) -> Self {
        self.add(labels, value as f64);
        self
    }

    /// One more sample.
    pub(super) fn add(&mut self, labels: &[(&str, &str)], value: f64) {
        let mut metric = Metric::from_label(pairs(labels));
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        self.inner.mut_metric().push(metric);
    }

    /// One more histogram, with bucket bounds in microseconds; `per_unit` microseconds make one of the family's unit.
    pub(super) fn add_histogram(
        &mut self,
        labels: &[(&str, &str)],
        times: &histogram::Histogram,
        bounds: &[u64],
        per_unit: f64,
    ) {
        let buckets = bounds.iter().zip(times.cumulative(bounds)).map(|(bound, count)| {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*bound as f64 / per_unit);
            bucket.set_cumulative_count(count);
            bucket
        });
        let mut inner = Histogram::default();
        inner.set_bucket(buckets.collect());
        inner.set_sample_count(times.count());
        inner.set_sample_sum(times.sum_micros() as f64 / per_unit);
        let mut metric = Metric::from_label(pairs(labels));
        metric.set_histogram(inner);
        self.inner.mut_metric().push(metric);
    }
}

impl From<Family> for MetricFamily {
    fn from(family: Family) -> Self {
        family.inner
    }
}

fn pairs(labels: &[(&str, &str)]) -> Vec<LabelPair> {
    let pair = |(name, value): &(&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    labels.iter().map(pair).collect()
}
