//! Rules of recording: nothing is lost, nothing goes down, nothing is allocated.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use weir_telemetry::histogram::Histogram;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::{Series, SeriesSnapshot};

fn allocations_of(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

/// Durations from 0 to more than an hour: every block of counters is used.
fn whole_range() -> impl Iterator<Item = u64> {
    (0..1_000_000).map(|step| step * 4_400)
}

#[test]
fn recording_allocates_nothing_once_a_duration_of_each_octave_was_met() {
    let series = Series::new();
    let warm = |micros| series.record(Outcome::Success, micros, Some(micros), false);
    let octaves = || (0..33).map(|octave| (1_u64 << octave) - 1);
    assert!(allocations_of(|| octaves().for_each(warm)) <= 27, "one block an octave");
    let allocations = allocations_of(|| {
        for micros in whole_range() {
            series.start();
            series.retried();
            series.rescued();
            series.complete(Outcome::Success, micros, Some(micros / 2), false);
        }
    });
    assert_eq!(allocations, 0);
    assert_eq!(series.snapshot().duration.count(), 1_000_033);
    assert_ne!(allocations_of(|| drop(Box::new(Series::new()))), 0, "the counter counts nothing");
}

/// Thousands of these lie in each worker.
#[test]
fn a_series_takes_memory_for_the_octaves_that_occur() {
    let bytes = |micros: std::ops::Range<u64>| {
        let measured = allocation_counter::measure(|| {
            let series = Box::new(Series::new());
            micros.for_each(|micros| series.complete(Outcome::Success, micros, Some(micros), false));
            std::mem::forget(series);
        });
        measured.bytes_current
    };
    assert!(bytes(0..0) <= 768, "{} bytes before the first request", bytes(0..0));
    assert!(bytes(1_100..1_900) <= 768 + 1_024, "{} bytes within an octave", bytes(1_100..1_900));
    assert!(bytes(600..4_000) <= 768 + 3 * 1_024, "{} bytes from 0.6 to 4 ms", bytes(600..4_000));
}

#[test]
fn only_the_first_warm_up_request_of_an_octave_allocates() {
    let series = Series::new();
    let record = |micros| series.record(Outcome::Success, micros, None, true);
    assert_ne!(allocations_of(|| record(900)), 0);
    assert_eq!(allocations_of(|| (512..1_024).for_each(record)), 0);
}

#[test]
fn a_warm_up_request_counts_by_its_outcome_but_not_by_its_time() {
    let series = Series::new();
    series.record(Outcome::ServerError, 90_000, Some(80_000), true);
    series.record(Outcome::Success, 3_000, Some(2_000), false);
    let snapshot = series.snapshot();
    assert_eq!((snapshot.outcomes.total(), snapshot.outcomes.errors()), (2, 1));
    assert_eq!((snapshot.duration.count(), snapshot.duration.sum_micros()), (1, 3_000));
    assert_eq!((snapshot.first_byte.count(), snapshot.first_byte.sum_micros()), (1, 2_000));
    assert_eq!((snapshot.warmup.count(), snapshot.warmup.sum_micros()), (1, 90_000));
}

#[test]
fn in_flight_is_what_began_and_has_not_ended() {
    let series = Series::new();
    series.start();
    series.start();
    assert_eq!(series.snapshot().in_flight, 2);
    series.finish();
    assert_eq!(series.snapshot().in_flight, 1);
    series.finish();
    assert_eq!(series.snapshot().in_flight, 0);
}

/// Reads while one thread writes: every snapshot continues the one before, and the last has everything.
#[test]
fn readers_never_see_a_count_go_down_and_lose_nothing() {
    const REQUESTS: u64 = 200_000;
    let (series, done) = (Series::new(), AtomicBool::new(false));
    let durations = |request: u64| request * 7_919 % 1_000_000;
    thread::scope(|scope| {
        scope.spawn(|| {
            for request in 0..REQUESTS {
                series.start();
                series.record(Outcome::Success, durations(request), Some(request), false);
                series.finish();
            }
            done.store(true, Ordering::Release);
        });
        let mut last = SeriesSnapshot::default();
        while !done.load(Ordering::Acquire) {
            let snapshot = series.snapshot();
            assert!(snapshot.continues(&last), "{snapshot:?} after {last:?}");
            assert!(snapshot.outcomes.total() <= REQUESTS);
            last = snapshot;
        }
    });
    let mut expected = Histogram::default();
    (0..REQUESTS).map(durations).for_each(|micros| expected.record(micros));
    let snapshot = series.snapshot();
    assert_eq!((snapshot.outcomes.get(Outcome::Success), snapshot.in_flight), (REQUESTS, 0));
    assert_eq!((snapshot.duration, snapshot.first_byte.count()), (expected, REQUESTS));
}
