//! What does it cost a worker to record one request?
//!
//! `floor` is one relaxed load and store. Recording a request is seven of those on seven counters, and two bucket look-ups.

use std::sync::atomic::{AtomicU64, Ordering};

use divan::{Bencher, black_box, counter::ItemsCount};
use weir_telemetry::histogram::bucket_of;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::Series;

/// Requests in one sample; durations from 0.1 ms to 1 s, in no order that a branch predictor could learn.
const REQUESTS: u64 = 4_096;

fn main() {
    divan::main();
}

fn durations() -> Vec<u64> {
    (0..REQUESTS)
        .map(|request| 100 + request.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << (7 + request % 14)))
        .collect()
}

#[divan::bench]
fn floor(bencher: Bencher<'_, '_>) {
    let (counter, durations) = (AtomicU64::new(0), durations());
    bencher.counter(ItemsCount::new(durations.len())).bench_local(|| {
        for &micros in black_box(&durations) {
            let counter = black_box(&counter);
            counter.store(counter.load(Ordering::Relaxed).wrapping_add(micros), Ordering::Relaxed);
        }
    });
}

#[divan::bench]
fn bucket(bencher: Bencher<'_, '_>) {
    let durations = durations();
    bencher.counter(ItemsCount::new(durations.len())).bench_local(|| {
        for &micros in black_box(&durations) {
            black_box(bucket_of(micros));
        }
    });
}

#[divan::bench]
fn request(bencher: Bencher<'_, '_>) {
    let (series, durations) = (Series::new(), durations());
    bencher.counter(ItemsCount::new(durations.len())).bench_local(|| {
        for &micros in black_box(&durations) {
            let series = black_box(&series);
            series.start();
            series.record(Outcome::Success, micros, Some(micros / 2), false);
            series.finish();
        }
    });
}

/// The same with one atomic read-modify-write for each counter: what sharing one series between workers would cost before
/// any of them waits for another.
#[divan::bench]
fn request_with_read_modify_write(bencher: Bencher<'_, '_>) {
    let (counters, durations) = (std::array::from_fn::<_, 7, _>(|_| AtomicU64::new(0)), durations());
    bencher.counter(ItemsCount::new(durations.len())).bench_local(|| {
        for &micros in black_box(&durations) {
            for counter in black_box(&counters) {
                counter.fetch_add(micros, Ordering::Relaxed);
            }
        }
    });
}
