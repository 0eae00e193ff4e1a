//! Counting requests while they are served: one writer, any number of readers, no lock.
//!
//! A [`Series`] belongs to one worker, and only that worker records into it. So a counter is raised by a relaxed load and a relaxed
//! store, which are plain moves: no locked instruction, no waiting. Readers take a [`SeriesSnapshot`] at any time; each
//! counter in it is a value that it really had, and never goes down from one snapshot to the next. Counters may be one request
//! apart from each other, and the next snapshot makes up for it.
//! Invariant (the caller's): no two threads record into the same series; counts would be lost, nothing worse.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use serde::{Deserialize, Serialize};

use crate::histogram::Histogram;
use crate::outcome::{Outcome, Outcomes};

mod durations;

use durations::Durations;

/// Counters of one route, track and revision in one worker. Half a KiB, and 1 KiB more for each octave of durations that occurs: 2 to 4 KiB
/// for usual traffic. See [`Series::record`] for when that is allocated.
///
/// What every request touches lies together, and the two counts of a duration beside each other, because a worker with thousands of routes
/// finds hardly any of it in its caches. Aligned to two cache lines, so that neighbours of other workers do not slow each other down.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Series {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    started: AtomicU64,
    finished: AtomicU64,
    retries: AtomicU64,
    rescued: AtomicU64,
    steady: Durations,
    /// Most series never see a new pod: the routes without a release.
    warmup: OnceLock<Box<Durations>>,
}

impl Series {
    /// A series that has counted nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            outcomes: array::from_fn(|_| AtomicU64::new(0)),
            started: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            rescued: AtomicU64::new(0),
            steady: Durations::new(),
            warmup: OnceLock::new(),
        }
    }

    /// Counts a request that ended.
    ///
    /// `total_micros` is from the first byte of the request to the last of the response, `first_byte_micros` to the first of the
    /// response if one came. A `warmup` request, answered by a pod that has only just started, counts by its outcome, but its times go
    /// to a histogram of their own that no judge reads.
    ///
    /// The first duration in an octave allocates the octave's counters, at most 27 times in the life of a series; nothing else does.
    pub fn record(&self, outcome: Outcome, total_micros: u64, first_byte_micros: Option<u64>, warmup: bool) {
        if let Some(count) = self.outcomes.get(outcome as usize) {
            raise(count, 1);
        }
        if warmup {
            self.warmup.get_or_init(Box::default).record(total_micros, None);
        } else {
            self.steady.record(total_micros, first_byte_micros);
        }
    }

    /// Counts a request that began here and ended, in one call: [`Self::record`] and [`Self::finish`].
    pub fn complete(
        &self,
        outcome: Outcome,
        total_micros: u64,
        first_byte_micros: Option<u64>,
        warmup: bool,
    ) {
        self.record(outcome, total_micros, first_byte_micros, warmup);
        self.finish();
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
            duration: self.steady.totals(),
            warmup: self.warmup.get().map(|warmup| warmup.totals()).unwrap_or_default(),
            first_byte: self.steady.first_bytes(),
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
