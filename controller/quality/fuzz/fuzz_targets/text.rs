//! TAP, LCOV and `report-task.txt` in whatever form are read or refused, and never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_quality::coverage::{Root, lcov};
use weir_quality::report::tap;
use weir_quality::sonar::report_task;
use weir_quality::{Coverage, Limits, Source, show};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { cases: 8, lines: 64, depth: 16, ..Limits::default() };
    let (source, root) = (Source::new("a.txt", bytes), Root::default());
    if let Ok(report) = tap::parse(source, &limits) {
        let kept = u64::try_from(report.cases().count()).unwrap_or(u64::MAX);
        assert_eq!(kept + report.left_out, report.counts.run() + report.counts.skipped);
        assert!(report.counts.run() + report.counts.skipped > 0 || bytes.windows(4).any(|part| part == b"1..0"));
        let _ = show::tests(&report, 3);
    }
    if let Ok(coverage) = lcov::parse(source, root, &limits) {
        let once = coverage.summary();
        let wide = Limits { lines: 1 << 20, ..limits };
        let mut twice = Coverage::default();
        for _ in 0..2 {
            let _ = twice.merge(coverage.clone(), source, &wide);
        }
        assert_eq!(once, twice.summary());
    }
    let _ = report_task::parse(source, &limits);
});
