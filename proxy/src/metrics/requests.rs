//! Families about requests, from the merged series.

use std::collections::BTreeMap;
use std::sync::Arc;

use prometheus::proto::MetricFamily;
use weir_telemetry::histogram::Histogram;
use weir_telemetry::wire::{SeriesKey, SeriesReport};

use super::family::Family;

/// Bucket bounds in microseconds: 0.5 ms to 10 s.
const BOUNDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];
/// Microseconds in a second.
const SECOND: f64 = 1e6;
/// Microseconds in a millisecond.
const MILLISECOND: f64 = 1e3;

/// Every family about requests.
pub(super) fn families(series: &[(SeriesReport, Arc<str>)]) -> Vec<MetricFamily> {
    let mut duration =
        Family::histogram("weir_request_duration_seconds", "Total time of requests, until the last byte.");
    let mut requests = Family::counter("weir_requests_total", "Requests that ended, by outcome.");
    let mut warmup =
        Family::counter("weir_warmup_requests_total", "Requests to endpoints that had only just started.");
    let mut in_flight = Family::gauge("weir_requests_in_flight", "Requests that are being served now.");
    let mut retries = Family::counter("weir_retries_total", "Attempts beyond the first, on the same track.");
    let mut rescued =
        Family::counter("weir_rescued_total", "Requests that failed here and were sent to stable.");
    for (SeriesReport { key, counts }, _) in series {
        let labels = labels(key);
        let mut times = counts.duration.clone();
        times.merge(&counts.warmup);
        duration.add_histogram(&labels, &times, &BOUNDS, SECOND);
        for (outcome, n) in counts.outcomes.iter().filter(|(_, n)| *n > 0) {
            let [route, service, track, revision] = labels;
            requests = requests.with(&[route, service, track, revision, ("outcome", outcome.as_str())], n);
        }
        warmup = warmup.with(&labels, counts.warmup.count());
        in_flight = in_flight.with(&labels, counts.in_flight);
        retries = retries.with(&labels, counts.retries);
        rescued = rescued.with(&labels, counts.rescued);
    }
    let families = [duration, requests, warmup, in_flight, retries, rescued, by_pod(series)];
    families.into_iter().map(MetricFamily::from).collect()
}

fn labels(key: &SeriesKey) -> [(&'static str, &str); 4] {
    [("route", &key.route), ("service", &key.service), ("track", &key.track), ("revision", &key.revision)]
}

/// The family of the seed's canary configuration. Routes that share a Service share a sample.
fn by_pod(series: &[(SeriesReport, Arc<str>)]) -> Family {
    let mut times: BTreeMap<&str, Histogram> = BTreeMap::new();
    for (report, upstream) in series {
        times.entry(upstream).or_default().merge(&report.counts.duration);
    }
    let mut family = Family::histogram(
        "http_request_duration_ms",
        "Total time of steady requests, by Service of the track.",
    );
    for (upstream, times) in times {
        let (namespace, pod) = upstream.split_once('/').unwrap_or(("", upstream));
        family.add_histogram(&[("namespace", namespace), ("pod", pod)], &times, &BOUNDS, MILLISECOND);
    }
    family
}
