//! From cumulative reports to the measurements between two of them.
//!
//! [`Windows`] remembers the last report of every instance; feeding the next one gives what was counted in between. Rules, by which
//! the sum of all windows is exactly what was recorded:
//! - a missed report loses nothing: the next window is longer;
//! - an instance that began after the watch did counts from zero, so also a restarted proxy, which is another instance;
//! - an instance that is older gives no window for its first report: what it counted before belongs to nobody here;
//! - a series whose counts went down, or which was gone for a report, began anew: its window is everything since.
//!
//! [`Windows`] can be saved and restored (serde), and then goes on where it stopped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;
use crate::outcome::Outcomes;
use crate::recorder::SeriesSnapshot;
use crate::wire::{Report, SeriesKey, SeriesReport};

/// The measurements of one series, or of several merged, between two instants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Window {
    /// Requests by outcome, warm-up included.
    pub outcomes: Outcomes,
    /// Total time of steady requests.
    pub duration: Histogram,
    /// Time to the first byte of the response, of steady requests that got one.
    pub first_byte: Histogram,
    /// Requests answered by pods that had only just started; their times are in no histogram here.
    pub warmup_requests: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Requests that failed here and were answered by stable instead.
    pub rescued: u64,
}

impl Window {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another window: of another proxy, of another series, or the next in time.
    pub fn merge(&mut self, other: &Self) {
        let Self { outcomes, duration, first_byte, warmup_requests, retries, rescued } = other;
        self.outcomes.merge(outcomes);
        self.duration.merge(duration);
        self.first_byte.merge(first_byte);
        self.warmup_requests = self.warmup_requests.saturating_add(*warmup_requests);
        self.retries = self.retries.saturating_add(*retries);
        self.rescued = self.rescued.saturating_add(*rescued);
    }

    /// What was counted from `earlier` to `later`.
    fn between(earlier: &SeriesSnapshot, later: &SeriesSnapshot) -> Self {
        Self {
            outcomes: later.outcomes.since(&earlier.outcomes),
            duration: later.duration.since(&earlier.duration),
            first_byte: later.first_byte.since(&earlier.first_byte),
            warmup_requests: later.warmup.count().saturating_sub(earlier.warmup.count()),
            retries: later.retries.saturating_sub(earlier.retries),
            rescued: later.rescued.saturating_sub(earlier.rescued),
        }
    }
}

/// What the last report of one instance said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cumulative {
    started_at_unix_micros: i64,
    generated_at_unix_micros: i64,
    #[serde(with = "listed")]
    series: BTreeMap<SeriesKey, SeriesSnapshot>,
}

impl Cumulative {
    /// What `report` says, series with the same key merged.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        Self {
            started_at_unix_micros: report.started_at_unix_micros,
            generated_at_unix_micros: report.generated_at_unix_micros,
            series: listed::collect(report.series.iter().cloned()),
        }
    }

    /// The windows from `earlier`, or from zero, to this; those in which nothing happened are left out.
    pub(crate) fn since(&self, earlier: Option<&Self>) -> BTreeMap<SeriesKey, Window> {
        let zero = SeriesSnapshot::default();
        let same_life =
            earlier.filter(|earlier| earlier.started_at_unix_micros == self.started_at_unix_micros);
        let window = |(key, later): (&SeriesKey, &SeriesSnapshot)| {
            let known = same_life.and_then(|earlier| earlier.series.get(key));
            let window =
                Window::between(known.filter(|earlier| later.continues(earlier)).unwrap_or(&zero), later);
            (!window.is_empty()).then(|| (key.clone(), window))
        };
        self.series.iter().filter_map(window).collect()
    }
}

/// No report is on its way for longer than this, in microseconds.
const LATE_MICROS: i64 = 10_000_000;

/// The merger of the reports of many instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Windows {
    watching_since_unix_micros: i64,
    instances: BTreeMap<String, Cumulative>,
}

impl Windows {
    /// A watch that begins at `unix_micros` (microseconds since 1970): instances that started earlier count from their first report on,
    /// later ones from zero.
    #[must_use]
    pub fn watching_since(unix_micros: i64) -> Self {
        Self { watching_since_unix_micros: unix_micros, instances: BTreeMap::new() }
    }

    /// A watch from the beginning of every instance.
    #[must_use]
    pub fn from_zero() -> Self {
        Self::watching_since(i64::MIN)
    }

    /// What was counted since the last report of the same instance, by series; series in which nothing happened are left out.
    /// A report that is a little older than the last one of the same process comes late and is ignored; one that is much older is from a clock that was set back.
    pub fn feed(&mut self, report: &Report) -> BTreeMap<SeriesKey, Window> {
        let last = self.instances.get(&report.instance);
        if last.is_some_and(|last| {
            last.started_at_unix_micros == report.started_at_unix_micros
                && (1..=LATE_MICROS)
                    .contains(&last.generated_at_unix_micros.saturating_sub(report.generated_at_unix_micros))
        }) {
            return BTreeMap::new();
        }
        let now = Cumulative::of(report);
        let from_before_the_watch = report.started_at_unix_micros < self.watching_since_unix_micros;
        let windows = if last.is_none() && from_before_the_watch { BTreeMap::new() } else { now.since(last) };
        self.instances.insert(report.instance.clone(), now);
        windows
    }

    /// Forgets an instance that is gone. Should it report again, it is taken for older than the watch, which begins at `unix_micros` (microseconds since
    /// 1970) from now on: some of its counts are lost, none come twice.
    pub fn forget(&mut self, instance: &str, unix_micros: i64) {
        if self.instances.remove(instance).is_some() {
            self.watching_since_unix_micros = self.watching_since_unix_micros.max(unix_micros);
        }
    }

    /// The instances whose reports are remembered.
    pub fn instances(&self) -> impl Iterator<Item = &str> {
        self.instances.keys().map(String::as_str)
    }
}

/// A map of series as the list that a report has: a JSON object has no structs for keys.
mod listed {
    use super::{BTreeMap, Deserialize, Serialize, SeriesKey, SeriesReport, SeriesSnapshot};

    pub(super) fn collect(
        list: impl IntoIterator<Item = SeriesReport>,
    ) -> BTreeMap<SeriesKey, SeriesSnapshot> {
        let mut series = BTreeMap::<SeriesKey, SeriesSnapshot>::new();
        for SeriesReport { key, counts } in list {
            series.entry(key).or_default().merge(&counts);
        }
        series
    }

    pub(super) fn serialize<S: serde::Serializer>(
        series: &BTreeMap<SeriesKey, SeriesSnapshot>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(series.iter().map(|(key, counts)| Entry { key, counts }))
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<SeriesKey, SeriesSnapshot>, D::Error> {
        Vec::<SeriesReport>::deserialize(deserializer).map(collect)
    }

    #[derive(Serialize)]
    struct Entry<'a> {
        #[serde(flatten)]
        key: &'a SeriesKey,
        #[serde(flatten)]
        counts: &'a SeriesSnapshot,
    }
}
