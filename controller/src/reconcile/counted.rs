//! What proxies have counted since the last look, and what stable served, which is the past of releases to come. Pure.

use std::collections::BTreeMap;

use weir_api::Timestamp;
use weir_telemetry::wire::{Report, SeriesKey};

use super::Controller;
use crate::ends::{Store, Workloads};
use crate::sample::{Interval, Tracks};
use crate::scrape::Scraped;

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Takes in every report, and who gave none.
    pub(super) fn hear(&mut self, scraped: &[Scraped], now: Timestamp) -> Vec<Interval> {
        let reports = scraped.iter().filter_map(|scraped| scraped.report.as_ref().ok());
        let interval = |report: &Report| Interval {
            instance: report.instance.clone(),
            epochs: report.epochs.clone(),
            windows: self.windows.feed(report),
            open: open(report),
        };
        let intervals: Vec<Interval> = reports.map(interval).collect();
        self.heard.forget_gone(&mut self.windows, &intervals, now);
        self.silence.note(scraped, now);
        intervals
    }

    /// What stable served becomes the past, from which the next release's thresholds are taken.
    pub(super) fn remember(&mut self, intervals: &[Interval], now: Timestamp) {
        let mut stable: BTreeMap<&str, Tracks> = BTreeMap::new();
        for interval in intervals {
            for key in interval.windows.keys() {
                stable.entry(key.service.as_str()).or_default();
            }
        }
        for (service, tracks) in &mut stable {
            for interval in intervals {
                tracks.add(service, "", &interval.windows);
            }
        }
        for (service, tracks) in stable {
            self.recent.entry(service.to_owned()).or_default().add(&tracks.stable, now);
        }
    }
}

/// Requests that have not ended, where there are any.
fn open(report: &Report) -> BTreeMap<SeriesKey, u64> {
    let mut open = BTreeMap::new();
    for series in report.series.iter().filter(|series| series.counts.in_flight > 0) {
        let sum: &mut u64 = open.entry(series.key.clone()).or_default();
        *sum = sum.saturating_add(series.counts.in_flight);
    }
    open
}
