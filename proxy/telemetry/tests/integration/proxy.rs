//! A proxy without sockets: workers that record, and reports of what they counted.

use std::collections::BTreeMap;

use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::{Series, SeriesSnapshot};
use weir_telemetry::wire::{Report, SeriesKey, SeriesReport, VERSION};

/// One request as the proxy sees it at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) outcome: Outcome,
    pub(crate) total_micros: u64,
    pub(crate) first_byte_micros: Option<u64>,
    pub(crate) warmup: bool,
}

/// One process: its series by key and worker. Its clock is a count of reports.
pub(crate) struct Proxy {
    instance: String,
    started_at: i64,
    now: i64,
    series: BTreeMap<(SeriesKey, usize), Series>,
}

impl Proxy {
    pub(crate) fn start(instance: &str, at_unix_micros: i64) -> Self {
        let series = BTreeMap::new();
        Self { instance: instance.to_owned(), started_at: at_unix_micros, now: at_unix_micros, series }
    }

    pub(crate) fn series(&mut self, track: &str, worker: usize) -> &Series {
        self.series.entry((key(track), worker)).or_default()
    }

    pub(crate) fn serve(&mut self, track: &str, worker: usize, request: Request) {
        let Request { outcome, total_micros, first_byte_micros, warmup } = request;
        self.series(track, worker).record(outcome, total_micros, first_byte_micros, warmup);
    }

    /// The route is gone, and its series with it.
    pub(crate) fn drop_series(&mut self, track: &str) {
        self.series.retain(|(key, _), _| key.track != track);
    }

    pub(crate) fn report(&mut self) -> Report {
        self.now += 1_000_000;
        let mut merged = BTreeMap::<SeriesKey, SeriesSnapshot>::new();
        for ((key, _), series) in &self.series {
            merged.entry(key.clone()).or_default().merge(&series.snapshot());
        }
        Report {
            version: VERSION,
            instance: self.instance.clone(),
            started_at_unix_micros: self.started_at,
            generated_at_unix_micros: self.now,
            epochs: BTreeMap::from([("shop/api".to_owned(), 7)]),
            trips: BTreeMap::new(),
            series: merged.into_iter().map(|(key, counts)| SeriesReport { key, counts }).collect(),
        }
    }
}

pub(crate) fn key(track: &str) -> SeriesKey {
    SeriesKey {
        route: "shop/web/*/api".to_owned(),
        service: "shop/api".to_owned(),
        track: track.to_owned(),
        revision: format!("{track}-7d9f"),
        group: String::new(),
    }
}
