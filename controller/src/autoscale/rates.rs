//! Reports of the proxies to requests per second by Service and track. Pure.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use weir_api::{Timestamp, Track};
use weir_telemetry::wire::Report;

/// What an autoscaler sees is a mean over so long: shorter ones follow every gust, longer ones come late.
pub(super) const WINDOW: Duration = Duration::from_secs(30);
/// Two reports that are closer to each other say nothing of a rate.
const CLOSEST: Duration = Duration::from_millis(500);

/// One track of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// `namespace/name`.
    pub(super) service: String,
    pub(super) track: String,
}

/// What one track gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    /// Requests that ended, per second.
    pub(super) per_second: f64,
    /// Requests that have begun and not ended.
    pub(super) in_flight: u64,
}

/// Rates at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(super) at: Timestamp,
    /// Over how long they are means.
    pub(super) window: Duration,
    pub(super) by_place: BTreeMap<Place, Rate>,
}

/// What every proxy had counted at one moment.
#[derive(Debug)]
struct Sample {
    at: Timestamp,
    /// By process: its counts begin anew with it.
    counts: BTreeMap<String, Counts>,
}

/// What one process had counted.
#[derive(Debug)]
struct Counts {
    started_at: Timestamp,
    by_place: BTreeMap<Place, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    ended: u64,
    in_flight: u64,
}

/// Reports of the last half minute.
#[derive(Debug, Default)]
pub(super) struct Samples(VecDeque<Sample>);

impl Samples {
    /// Adds what the proxies said.
    pub(super) fn add<'r>(&mut self, at: Timestamp, reports: impl IntoIterator<Item = &'r Report>) {
        let of = |report: &Report| Counts {
            started_at: Timestamp::from_unix_micros(report.started_at_unix_micros),
            by_place: count(report),
        };
        let counts = reports.into_iter().map(|report| (report.instance.clone(), of(report))).collect();
        self.0.push_back(Sample { at, counts });
        // The one just outside the window is its other end.
        while self.0.get(1).is_some_and(|second| at.since(second.at) >= WINDOW) {
            self.0.pop_front();
        }
    }

    /// Forgets everything: after a pause the mean would reach back too far.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// When the last report came.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.0.back().map(|sample| sample.at)
    }

    /// Rates over the window, as far as it is filled; `None`: there are no two reports yet.
    pub(super) fn rates(&self) -> Option<Rates> {
        let (first, last) = (self.0.front()?, self.0.back()?);
        let window = last.at.since(first.at);
        if window < CLOSEST {
            return None;
        }
        let mut by_place: BTreeMap<Place, Rate> = BTreeMap::new();
        for (instance, counts) in &last.counts {
            for (place, now) in &counts.by_place {
                let rate = by_place.entry(place.clone()).or_default();
                rate.in_flight = rate.in_flight.saturating_add(now.in_flight);
                rate.per_second += self.per_second(instance, place);
            }
        }
        Some(Rates { at: last.at, window, by_place })
    }

    /// What one process ends in a second, from its first report in the window to its last. One that did not answer at first is measured over less.
    fn per_second(&self, instance: &str, place: &Place) -> f64 {
        let mut seen = self.0.iter().filter_map(|sample| Some((sample.at, sample.counts.get(instance)?)));
        let (Some(first), Some(begun)) = (seen.next(), self.0.front()) else { return 0.0 };
        let last = seen.next_back().unwrap_or(first);
        let ended = |counts: &Counts| counts.by_place.get(place).map_or(0, |count| count.ended);
        // A process that is younger than the window has counted from nothing.
        let is_new = first.1.started_at > begun.at;
        let (since, before) = if is_new { (begun.at, 0) } else { (first.0, ended(first.1)) };
        let length = last.0.since(since);
        if length < CLOSEST {
            return 0.0;
        }
        let requests = ended(last.1).saturating_sub(before);
        #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rates are approximate")]
        let requests = requests as f64;
        requests / length.as_secs_f64()
    }
}

fn count(report: &Report) -> BTreeMap<Place, Count> {
    let mut counts: BTreeMap<Place, Count> = BTreeMap::new();
    // Copies of requests are nobody's: they come and go with a release, and a Deployment is not sized by them.
    let of_users = report.series.iter().filter(|series| series.key.track != Track::Shadow.as_str());
    for series in of_users {
        let place = Place { service: series.key.service.clone(), track: series.key.track.clone() };
        let count = counts.entry(place).or_default();
        count.ended = count.ended.saturating_add(series.counts.outcomes.total());
        count.in_flight = count.in_flight.saturating_add(series.counts.in_flight);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{Place, Samples};
    use serde_json::json;
    use weir_api::Timestamp;
    use weir_telemetry::outcome::Outcome;
    use weir_telemetry::recorder::SeriesSnapshot;
    use weir_telemetry::wire::{Report, SeriesKey, SeriesReport};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    /// What a proxy has counted so far, by track.
    fn report(instance: &str, tracks: &[(&str, u64)]) -> Report {
        let mut report: Report = serde_json::from_value(json!({
            "version": 1, "instance": instance, "startedAtUnixMicros": 0, "generatedAtUnixMicros": 0,
        }))
        .unwrap();
        report.series = tracks
            .iter()
            .map(|(track, requests)| {
                let mut counts = SeriesSnapshot { in_flight: 2, ..SeriesSnapshot::default() };
                counts.outcomes.add_many(Outcome::Success, *requests);
                let text = |text: &str| text.to_owned();
                let key = SeriesKey {
                    route: text("shop/shop/*-/"),
                    service: text("shop/shop"),
                    track: text(track),
                    revision: text("1"),
                    group: String::new(),
                };
                SeriesReport { key, counts }
            })
            .collect();
        report
    }

    fn per_second(samples: &Samples, track: &str) -> f64 {
        let place = Place { service: "shop/shop".to_owned(), track: track.to_owned() };
        samples.rates().unwrap().by_place.get(&place).unwrap().per_second
    }

    #[test]
    fn a_rate_is_the_sum_over_proxies_and_the_mean_over_half_a_minute() {
        let mut samples = Samples::default();
        samples.add(at(0), [&report("a", &[("stable", 1_000)]), &report("b", &[("stable", 5_000)])]);
        assert!(samples.rates().is_none());
        samples.add(at(10), [&report("a", &[("stable", 1_100)]), &report("b", &[("stable", 5_200)])]);
        assert!((per_second(&samples, "stable") - 30.0).abs() < 1e-9);
        for ten in 2..9_u64 {
            let second = i64::try_from(ten * 10).unwrap();
            samples.add(at(second), [&report("a", &[("stable", 1_100 + ten * 50), ("canary", ten * 10)])]);
        }
        let rates = samples.rates().unwrap();
        assert_eq!(rates.window.as_secs(), 30);
        assert!((per_second(&samples, "stable") - 5.0).abs() < 1e-9, "b is gone");
        assert!((per_second(&samples, "canary") - 1.0).abs() < 1e-9);
        assert!(rates.by_place.values().all(|rate| rate.in_flight == 2));
    }

    #[test]
    fn a_proxy_that_is_new_counts_from_nothing_and_one_that_began_again_never_below() {
        let mut samples = Samples::default();
        let new =
            |requests| Report { started_at_unix_micros: 5_000_000, ..report("c", &[("stable", requests)]) };
        samples.add(at(0), [&report("a", &[("stable", 100)])]);
        samples.add(at(10), [&report("a", &[("stable", 100)]), &new(200)]);
        assert!((per_second(&samples, "stable") - 20.0).abs() < 1e-9);
        samples.add(at(20), [&report("a", &[("stable", 0)]), &new(200)]);
        assert!((per_second(&samples, "stable") - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_proxy_that_did_not_answer_at_first_is_no_new_one() {
        let mut samples = Samples::default();
        samples.add(at(0), [&report("a", &[("stable", 100)])]);
        samples.add(at(10), [&report("a", &[("stable", 200)]), &report("b", &[("stable", 70_000)])]);
        assert!((per_second(&samples, "stable") - 10.0).abs() < 1e-9, "of b nothing is known yet");
        samples.add(at(20), [&report("a", &[("stable", 300)]), &report("b", &[("stable", 70_100)])]);
        assert!((per_second(&samples, "stable") - 20.0).abs() < 1e-9);
    }
}
