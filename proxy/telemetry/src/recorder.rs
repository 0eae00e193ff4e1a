//! Counting requests while they are served: one writer, any number of readers, no lock.
//!
//! A [`Series`] belongs to one worker, and only that worker records into it. So a counter is raised by a relaxed load and a relaxed
//! store, which are plain moves: no locked instruction, no waiting, no allocation. Readers take a [`SeriesSnapshot`] at any time; each
//! counter in it is a value that it really had, and never goes down from one snapshot to the next. Counters may be one request
//! apart from each other, and the next snapshot makes up for it.
//! Invariant (the caller's): no two threads record into the same series; counts would be lost, nothing worse.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use serde::{Deserialize, Serialize};

use crate::histogram::{BUCKETS, Histogram, bucket_of};
use crate::outcome::{Outcome, Outcomes};

/// Counters of one route, track and revision in one worker. 28 KiB, and 14 KiB more from the first warm-up request on.
///
/// Aligned to two cache lines, so that neighbours of other workers do not slow each other down.
#[derive(Debug)]
#[repr(align(128))]
pub struct Series {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    started: AtomicU64,
    finished: AtomicU64,
    retries: AtomicU64,
    rescued: AtomicU64,
    duration: Durations,
    first_byte: Durations,
    /// Most series never see a new pod: the routes without a release.
    warmup: OnceLock<Durations>,
}

impl Series {
    /// A series that has counted nothing. Allocates everything that recording steady requests needs.
    #[must_use]
    pub fn new() -> Self {
        Self {
            outcomes: array::from_fn(|_| AtomicU64::new(0)),
            started: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            rescued: AtomicU64::new(0),
            duration: Durations::new(),
            first_byte: Durations::new(),
            warmup: OnceLock::new(),
        }
    }

    /// Counts a request that ended.
    ///
    /// `total_micros` is from the first byte of the request to the last of the response, `first_byte_micros` to the first of the
    /// response if one came. A `warmup` request, answered by a pod that has only just started, counts by its outcome, but its times go
    /// to a histogram of their own that no judge reads; the first such request of a series allocates it.
    pub fn record(&self, outcome: Outcome, total_micros: u64, first_byte_micros: Option<u64>, warmup: bool) {
        if let Some(count) = self.outcomes.get(outcome as usize) {
            raise(count, 1);
        }
        if warmup {
            self.warmup.get_or_init(Durations::new).record(total_micros);
            return;
        }
        self.duration.record(total_micros);
        if let Some(micros) = first_byte_micros {
            self.first_byte.record(micros);
        }
    }

    /// Counts a request that begins: one more in flight.
    pub fn start(&self) {
        raise(&self.started, 1);
    }

    /// Counts the end of a request that began here: one less in flight.
    pub fn finish(&self) {
        raise(&self.finished, 1);
    }

    /// Counts one more attempt for the same request.
    pub fn retried(&self) {
        raise(&self.retries, 1);
    }

    /// Counts a request that failed here and was answered by stable instead.
    pub fn rescued(&self) {
        raise(&self.rescued, 1);
    }

    /// What was counted so far.
    #[must_use]
    pub fn snapshot(&self) -> SeriesSnapshot {
        // Finished first: read the other way round, a request that ends between the two reads would be less than none in flight.
        let finished = self.finished.load(Relaxed);
        SeriesSnapshot {
            outcomes: Outcome::ALL
                .into_iter()
                .zip(&self.outcomes)
                .map(|(outcome, n)| (outcome, n.load(Relaxed)))
                .collect(),
            duration: self.duration.snapshot(),
            warmup: self.warmup.get().map(Durations::snapshot).unwrap_or_default(),
            first_byte: self.first_byte.snapshot(),
            in_flight: self.started.load(Relaxed).saturating_sub(finished),
            retries: self.retries.load(Relaxed),
            rescued: self.rescued.load(Relaxed),
        }
    }
}

impl Default for Series {
    fn default() -> Self {
        Self::new()
    }
}

/// A histogram with a fixed slot for every bucket.
#[derive(Debug)]
struct Durations {
    buckets: Box<[AtomicU64]>,
    sum_micros: AtomicU64,
}

impl Durations {
    fn new() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(), sum_micros: AtomicU64::new(0) }
    }

    fn record(&self, micros: u64) {
        if let Some(count) = self.buckets.get(bucket_of(micros)) {
            raise(count, 1);
        }
        raise(&self.sum_micros, micros);
    }

    fn snapshot(&self) -> Histogram {
        let counts = self.buckets.iter().map(|count| count.load(Relaxed)).enumerate();
        // The slots are the buckets of the layout, in order: nothing here that could be refused.
        Histogram::from_buckets(self.sum_micros.load(Relaxed), counts).unwrap_or_default()
    }
}

/// Adds to a counter that only this thread writes.
fn raise(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Relaxed).saturating_add(by), Relaxed);
}

/// What one or several series counted since they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SeriesSnapshot {
    /// Requests by outcome, warm-up included.
    pub outcomes: Outcomes,
    /// Total time of steady requests.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub duration: Histogram,
    /// Total time of warm-up requests.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub warmup: Histogram,
    /// Time to the first byte of the response, of steady requests that got one.
    #[serde(skip_serializing_if = "Histogram::is_empty")]
    pub first_byte: Histogram,
    /// Requests that have begun and not ended, at this instant.
    pub in_flight: u64,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Requests that failed here and were answered by stable instead.
    pub rescued: u64,
}

impl SeriesSnapshot {
    /// Adds another worker's counts of the same series, or another series.
    pub fn merge(&mut self, other: &Self) {
        let Self { outcomes, duration, warmup, first_byte, in_flight, retries, rescued } = other;
        self.outcomes.merge(outcomes);
        self.duration.merge(duration);
        self.warmup.merge(warmup);
        self.first_byte.merge(first_byte);
        self.in_flight = self.in_flight.saturating_add(*in_flight);
        self.retries = self.retries.saturating_add(*retries);
        self.rescued = self.rescued.saturating_add(*rescued);
    }

    /// Whether this may be a later state of `earlier`: no counter went down. In flight is no counter.
    #[must_use]
    pub fn continues(&self, earlier: &Self) -> bool {
        let Self { outcomes, duration, warmup, first_byte, in_flight: _, retries, rescued } = earlier;
        self.outcomes.continues(outcomes)
            && self.duration.continues(duration)
            && self.warmup.continues(warmup)
            && self.first_byte.continues(first_byte)
            && self.retries >= *retries
            && self.rescued >= *rescued
    }
}
