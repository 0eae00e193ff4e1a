//! Rules of recording: nothing is lost, nothing goes down, nothing is allocated.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use weir_telemetry::histogram::Histogram;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::{Series, SeriesSnapshot};

fn allocations_of(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn recording_allocates_nothing() {
    let series = Series::new();
    let allocations = allocations_of(|| {
        for micros in (0..1_000_000).map(|step| step * 4_001) {
            series.start();
            series.retried();
            series.rescued();
            series.record(Outcome::Success, micros, Some(micros / 2), false);
            series.finish();
        }
    });
    assert_eq!(allocations, 0);
    assert_eq!(series.snapshot().duration.count(), 1_000_000);
    assert_ne!(allocations_of(|| drop(Series::new())), 0, "the counter counts nothing");
}

#[test]
fn only_the_first_warm_up_request_allocates() {
    let series = Series::new();
    assert_eq!(allocations_of(|| series.record(Outcome::Success, 900, None, true)), 1);
    let later = allocations_of(|| {
        for micros in 0..10_000 {
            series.record(Outcome::Success, micros, None, true);
        }
    });
    assert_eq!(later, 0);
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
