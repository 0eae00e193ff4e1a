//! Every series of every worker, by key. Series outlive tables: counts never go backwards, whatever is reconfigured.
//!
//! Workers come here once for each route and track they serve, never for a request. A series that has left the table is kept for
//! [`RETENTION`] after its last use, so that the last scrape still sees it, and in any case while a request is in flight or a worker holds it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use weir_api::Track;
use weir_routing::Table;
use weir_telemetry::recorder::{Series, SeriesSnapshot};
use weir_telemetry::wire::{MATCHED, SeriesKey, SeriesReport};

/// How long a series stays after it has left the table.
pub(crate) const RETENTION: Duration = Duration::from_mins(10);

/// Every series of every worker.
#[derive(Debug)]
pub(crate) struct Registry {
    workers: usize,
    known: Mutex<Known>,
}

/// Workers wait for its lock, so nobody holds it for longer than one step over every entry.
#[derive(Debug, Default)]
struct Known {
    entries: BTreeMap<Arc<SeriesKey>, Entry>,
    /// What has left the table, the earliest first.
    left: VecDeque<(Instant, Arc<SeriesKey>)>,
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
        Self { workers, known: Mutex::default() }
    }

    /// The series of `key` that belongs to `worker`, the same one each time.
    pub(crate) fn series(&self, key: SeriesKey, upstream: &Arc<str>, worker: usize) -> Arc<Series> {
        let mut known = self.lock();
        let entry = known.entries.entry(Arc::new(key)).or_insert_with(|| self.entry(upstream));
        match entry.shards.get_mut(worker) {
            Some(shard) => Arc::clone(shard.get_or_insert_with(Arc::default)),
            // A worker that does not exist: counted nowhere, harmless.
            None => Arc::default(),
        }
    }

    /// Follows a new table: its splits are listed even before their first request, so that a canary without traffic shows as such, and what
    /// has been gone for long is forgotten. Costs what the tables differ by.
    pub(crate) fn follow(&self, before: &Table, table: &Table) {
        let now = Instant::now();
        let (mut gone, mut listed) = (Vec::new(), Vec::new());
        for (old, new) in table.routes().changes(before.routes()) {
            gone.extend(old.into_iter().flat_map(|old| keys_of(old)).map(|(key, _)| key));
            if let Some(route) = new {
                let split = matches!(route.split, weir_routing::Split::Tracks(_));
                listed.extend(keys_of(route).map(|(key, service)| (key, split, Arc::clone(service))));
            }
        }
        let mut known = self.lock();
        let Known { entries, left } = &mut *known;
        for key in gone {
            if let Some(entry) = entries.get_mut(&key) {
                entry.left = Some(now);
                left.push_back((now, Arc::new(key)));
            }
        }
        for (key, split, upstream) in listed {
            let key = Arc::new(key);
            if let Some(entry) = entries.get_mut(&key) {
                entry.left = None;
            } else if split {
                entries.insert(key, self.entry(&upstream));
            }
        }
        known.forget(now);
    }

    /// Every series merged over workers, in the order of the keys, with the Service of its endpoints.
    pub(crate) fn report(&self) -> Vec<(SeriesReport, Arc<str>)> {
        // Handles first, so that reading the histograms does not hold up a worker that meets a new route.
        let handles = |(key, entry): (&Arc<SeriesKey>, &Entry)| {
            let shards: Vec<Arc<Series>> = entry.shards.iter().flatten().cloned().collect();
            (Arc::clone(key), Arc::clone(&entry.upstream), shards)
        };
        let all: Vec<_> = self.lock().entries.iter().map(handles).collect();
        let merged = |shards: Vec<Arc<Series>>| {
            shards.iter().fold(SeriesSnapshot::default(), |mut sum, series| {
                sum.merge(&series.snapshot());
                sum
            })
        };
        all.into_iter()
            .map(|(key, upstream, shards)| {
                (SeriesReport { key: SeriesKey::clone(&key), counts: merged(shards) }, upstream)
            })
            .collect()
    }

    fn entry(&self, upstream: &Arc<str>) -> Entry {
        Entry {
            upstream: Arc::clone(upstream),
            shards: (0..self.workers).map(|_| None).collect(),
            left: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets what left the table [`RETENTION`] ago and nobody has. What came back meanwhile, or left again since, is passed over.
    fn forget(&mut self, now: Instant) {
        let is_old = |left: Instant| now.saturating_duration_since(left) >= RETENTION;
        while let Some((left, key)) = self.left.pop_front_if(|(left, _)| is_old(*left)) {
            let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.left == Some(left)) else {
                continue;
            };
            if entry.is_held() {
                entry.left = Some(now);
                self.left.push_back((now, key));
            } else {
                self.entries.remove(&key);
            }
        }
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
        group: String::new(),
    }
}

/// The key of what a header route brings to the canary of a route alone.
pub(crate) fn matched_key(route: &weir_routing::Route, canary: &weir_routing::Backend) -> SeriesKey {
    SeriesKey { group: MATCHED.to_owned(), ..key_of(route, canary) }
}

/// The key of copies of requests for the canary or the baseline of a route.
pub(crate) fn copies_key(
    route: &weir_routing::Route,
    of: Track,
    backend: &weir_routing::Backend,
) -> SeriesKey {
    let (track, group) = (Track::Shadow.as_str().to_owned(), of.as_str().to_owned());
    SeriesKey { track, group, ..key_of(route, backend) }
}

/// Every key of a route, with the Service of its endpoints.
fn keys_of(route: &weir_routing::Route) -> impl Iterator<Item = (SeriesKey, &Arc<str>)> {
    let own = route.split.backends().map(move |backend| (key_of(route, backend), &backend.service));
    let tracks = match &route.split {
        weir_routing::Split::Single(_) => None,
        weir_routing::Split::Tracks(tracks) => Some(tracks),
    };
    let matched = tracks.filter(|tracks| {
        tracks
            .besides
            .as_ref()
            .is_some_and(|besides| besides.header_routes.iter().any(|route| !route.is_shared))
    });
    let matched = matched.map(move |tracks| (matched_key(route, tracks.canary()), &tracks.canary().service));
    let copies =
        tracks.and_then(|tracks| tracks.copied_to()).into_iter().flat_map(move |(canary, baseline)| {
            [(Track::Canary, canary), (Track::Baseline, baseline)]
                .map(|(of, backend)| (copies_key(route, of, backend), &backend.service))
        });
    own.chain(matched).chain(copies)
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
            group: String::new(),
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
