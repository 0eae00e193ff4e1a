//! Families about requests, from the merged series; and about copies of requests for releases, apart: whoever adds requests up counts users.

use std::collections::BTreeMap;
use std::sync::Arc;

use prometheus::proto::MetricFamily;
use weir_api::Track;
use weir_telemetry::histogram::Histogram;
use weir_telemetry::recorder::SeriesSnapshot;
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

/// What every family about a series is labelled with.
pub(super) type Labels<'k> = [(&'static str, &'k str); 4];

/// The series without their groups: a dashboard's canary is every request that went there.
pub(super) fn joined(series: Vec<(SeriesReport, Arc<str>)>) -> Vec<(SeriesReport, Arc<str>)> {
    let mut joined: Vec<(SeriesReport, Arc<str>)> = Vec::with_capacity(series.len());
    // In the order of the keys, whose last part is the group.
    for (mut report, upstream) in series {
        report.key.group.clear();
        match joined.last_mut() {
            Some((last, _)) if last.key == report.key => last.counts.merge(&report.counts),
            Some(_) | None => joined.push((report, upstream)),
        }
    }
    joined
}

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
        (duration, requests) = ended((duration, requests), labels, counts);
        warmup = warmup.with(&labels, counts.warmup.count());
        in_flight = in_flight.with(&labels, counts.in_flight);
        retries = retries.with(&labels, counts.retries);
        rescued = rescued.with(&labels, counts.rescued);
    }
    let families = [duration, requests, warmup, in_flight, retries, rescued, by_pod(series)];
    families.into_iter().map(MetricFamily::from).collect()
}

/// Adds a series to the family of its times, warm-up included, and to that of its outcomes.
pub(super) fn ended(
    (mut duration, mut outcomes): (Family, Family),
    labels: Labels<'_>,
    counts: &SeriesSnapshot,
) -> (Family, Family) {
    let mut times = counts.duration.clone();
    times.merge(&counts.warmup);
    duration.add_histogram(&labels, &times, &BOUNDS, SECOND);
    for (outcome, n) in counts.outcomes.iter().filter(|(_, n)| *n > 0) {
        let [route, service, track, revision] = labels;
        outcomes = outcomes.with(&[route, service, track, revision, ("outcome", outcome.as_str())], n);
    }
    (duration, outcomes)
}

fn labels(key: &SeriesKey) -> Labels<'_> {
    [("route", &key.route), ("service", &key.service), ("track", &key.track), ("revision", &key.revision)]
}

/// The family of the seed's canary configuration. Routes that share a Service share a sample. A track that had no request has none, as a program that counts its own
/// requests has not: who compares it must see that there are no data, not the best of all times.
fn by_pod(series: &[(SeriesReport, Arc<str>)]) -> Family {
    let mut times: BTreeMap<&str, Histogram> = BTreeMap::new();
    for (report, upstream) in series.iter().filter(|(report, _)| !report.counts.duration.is_empty()) {
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

/// Series, each with the Service of its endpoints.
type Reports = Vec<(SeriesReport, Arc<str>)>;

/// The series of requests, and those of copies.
pub(super) fn apart(series: Reports) -> (Reports, Reports) {
    series.into_iter().partition(|(report, _)| report.key.track != Track::Shadow.as_str())
}

/// Every family about copies.
pub(super) fn of_copies(copies: &Reports) -> [MetricFamily; 2] {
    let mut duration = Family::histogram(
        "weir_copy_duration_seconds",
        "Total time of copies of requests for a release, by the track that got them.",
    );
    let mut outcomes =
        Family::counter("weir_copies_total", "Copies of requests for a release that ended, by outcome.");
    for (SeriesReport { key, counts }, _) in copies {
        (duration, outcomes) = ended((duration, outcomes), copy_labels(key), counts);
    }
    [duration.into(), outcomes.into()]
}

fn copy_labels(key: &SeriesKey) -> Labels<'_> {
    [("route", &key.route), ("service", &key.service), ("track", &key.group), ("revision", &key.revision)]
}
