//! What does a report of 1,000 busy series cost to take, to write, to read and to turn into windows?

use std::collections::BTreeMap;

use divan::Bencher;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::Series;
use weir_telemetry::window::Windows;
use weir_telemetry::wire::{Report, SeriesKey, SeriesReport, VERSION};

const SERIES: usize = 1_000;

fn main() {
    divan::main();
}

/// A series of 20,000 requests from 5 ms to 50 ms: 212 buckets, and as many for the first byte.
fn busy_series() -> Series {
    let series = Series::new();
    for step in 0..20_000 {
        let micros = 5_000 + step * 9 / 4;
        series.record(Outcome::Success, micros, Some(micros / 2), false);
    }
    series
}

fn report() -> Report {
    let counts = busy_series().snapshot();
    let key = |index: usize| SeriesKey {
        route: format!("production/web-{index}/*/api"),
        service: format!("production/api-{index}"),
        track: "stable".to_owned(),
        revision: "7d9f8c6b5".to_owned(),
        group: String::new(),
    };
    Report {
        version: VERSION,
        instance: "proxy-0".to_owned(),
        started_at_unix_micros: 0,
        generated_at_unix_micros: 1,
        epochs: BTreeMap::new(),
        trips: BTreeMap::new(),
        series: (0..SERIES).map(|index| SeriesReport { key: key(index), counts: counts.clone() }).collect(),
    }
}

fn json(report: &Report) -> Vec<u8> {
    report.to_json().unwrap_or_default()
}

#[divan::bench]
fn snapshot_of_one_series(bencher: Bencher<'_, '_>) {
    let series = busy_series();
    bencher.bench_local(|| series.snapshot());
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let report = report();
    bencher.bench_local(|| json(&report));
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let bytes = json(&report());
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench_local(|| Report::from_json(&bytes));
}

#[divan::bench]
fn feed(bencher: Bencher<'_, '_>) {
    let report = report();
    let mut windows = Windows::from_zero();
    windows.feed(&report);
    bencher.bench_local(|| windows.feed(&report));
}
