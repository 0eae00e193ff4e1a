//! Any bytes as a report: reading never panics, and what reads as a report survives everything that is done with one.
//!
//! Run with `cargo +nightly fuzz run report` in this crate's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_telemetry::window::Windows;
use weir_telemetry::wire::Report;

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = Report::from_json(bytes) else { return };
    let mut windows = Windows::from_zero();
    for window in windows.feed(&report).values() {
        let _ = (window.duration.quantile(0.99), window.duration.cumulative(&[5_000, 10_000]), window.outcomes.errors());
    }
    assert!(windows.feed(&report).is_empty(), "the same report twice is nothing new");
    let again = report.to_json().expect("a report can be written");
    assert_eq!(Report::from_json(&again).expect("what was written can be read"), report);
});
