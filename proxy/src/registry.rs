//! Every series of every worker, by key. Series outlive tables: counts never go backwards, whatever is reconfigured.
//!
//! Workers come here once for each route and track they serve, never for a request. A series that has left the table is kept for
//! [`RETENTION`] after its last use, so that the last scrape still sees it, and in any case while a request is in flight or a worker holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use weir_routing::Table;
use weir_telemetry::recorder::{Series, SeriesSnapshot};
use weir_telemetry::wire::{SeriesKey, SeriesReport};

/// How long a series stays after it has left the table.
pub(crate) const RETENTION: Duration = Duration::from_mins(10);

/// Every series of every worker.
#[derive(Debug)]
pub(crate) struct Registry {
    workers: usize,
    entries: Mutex<BTreeMap<SeriesKey, Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// Service of the track's own endpoints, `namespace/name`.
    upstream: Arc<str>,
    /// One a worker, where the worker has served it.
    shards: Box<[Option<Arc<Series>>]>,
    /// Whether it is in the table; otherwise since when it is not.
    left: Option<Instant>,
}

impl Registry {
    /// No series yet, for this many workers.
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers, entries: Mutex::default() }
    }

    /// The series of `key` that belongs to `worker`, the same one each time.
    pub(crate) fn series(&self, key: SeriesKey, upstream: &Arc<str>, worker: usize) -> Arc<Series> {
        let mut entries = self.lock();
        let entry = entries.entry(key).or_insert_with(|| self.entry(upstream));
        match entry.shards.get_mut(worker) {
            Some(shard) => Arc::clone(shard.get_or_insert_with(Arc::default)),
            // A worker that does not exist: counted nowhere, harmless.
            None => Arc::default(),
        }
    }

    /// Follows a new table: its splits are listed even before their first request, so that a canary without traffic shows as such, and what
    /// has been gone for long is forgotten.
    pub(crate) fn follow(&self, table: &Table) {
        let now = Instant::now();
        let mut entries = self.lock();
        let mut listed = BTreeSet::new();
        for route in table.routes() {
            let split = matches!(route.split, weir_routing::Split::Tracks(_));
            for backend in route.split.backends() {
                let key = key_of(route, backend);
                if split {
                    entries.entry(key.clone()).or_insert_with(|| self.entry(&backend.service));
                }
                listed.insert(key);
            }
        }
        entries.retain(|key, entry| {
            entry.left = if listed.contains(key) { None } else { entry.left.or(Some(now)) };
            let old = entry.left.is_some_and(|left| now.saturating_duration_since(left) >= RETENTION);
            !old || entry.is_held()
        });
    }

    /// Every series merged over workers, in the order of the keys, with the Service of its endpoints.
    pub(crate) fn report(&self) -> Vec<(SeriesReport, Arc<str>)> {
        // Handles first, so that reading the histograms does not hold up a worker that meets a new route.
        let handles = |(key, entry): (&SeriesKey, &Entry)| {
            let shards: Vec<Arc<Series>> = entry.shards.iter().flatten().cloned().collect();
            (key.clone(), Arc::clone(&entry.upstream), shards)
        };
        let all: Vec<_> = self.lock().iter().map(handles).collect();
        let merged = |shards: Vec<Arc<Series>>| {
            shards.iter().fold(SeriesSnapshot::default(), |mut sum, series| {
                sum.merge(&series.snapshot());
                sum
            })
        };
        all.into_iter()
            .map(|(key, upstream, shards)| (SeriesReport { key, counts: merged(shards) }, upstream))
            .collect()
    }

    fn entry(&self, upstream: &Arc<str>) -> Entry {
        Entry {
            upstream: Arc::clone(upstream),
            shards: (0..self.workers).map(|_| None).collect(),
            left: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SeriesKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether a worker still has it: in its table, or in a request.
    fn is_held(&self) -> bool {
        self.shards.iter().flatten().any(|series| Arc::strong_count(series) > 1)
    }
}

/// The key of one track of a route.
pub(crate) fn key_of(route: &weir_routing::Route, backend: &weir_routing::Backend) -> SeriesKey {
    SeriesKey {
        route: route.id.to_string(),
        service: route.service.to_string(),
        track: backend.track.as_str().to_owned(),
        revision: backend.revision.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use weir_telemetry::outcome::Outcome;

    use super::{Arc, Registry, SeriesKey};

    fn key(revision: &str) -> SeriesKey {
        SeriesKey {
            route: "shop/web/*/".into(),
            service: "shop/web".into(),
            track: "canary".into(),
            revision: revision.into(),
        }
    }

    #[test]
    fn a_worker_gets_the_same_series_again_and_a_report_sums_over_workers() {
        let registry = Registry::new(2);
        let (a, b) = (
            registry.series(key("v1"), &"shop/web".into(), 0),
            registry.series(key("v1"), &"shop/web".into(), 1),
        );
        assert!(Arc::ptr_eq(&a, &registry.series(key("v1"), &"shop/web".into(), 0)));
        assert!(!Arc::ptr_eq(&a, &b));
        a.record(Outcome::Success, 10, None, false);
        b.record(Outcome::Success, 10, None, false);
        b.record(Outcome::ServerError, 10, None, false);
        registry.series(key("v2"), &"shop/web".into(), 0);
        let report = registry.report();
        assert_eq!(report.len(), 2);
        assert_eq!(report[0].0.counts.outcomes.total(), 3);
        assert_eq!(report[1].0.counts.outcomes.total(), 0);
    }
}
