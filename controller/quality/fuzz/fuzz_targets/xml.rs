//! Whatever is given as XML is read within the limits or is an error with a place, and never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_quality::coverage::{Root, cobertura, jacoco};
use weir_quality::lint::checkstyle;
use weir_quality::report::junit;
use weir_quality::{Limits, Source, show};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { cases: 8, lines: 64, depth: 16, ..Limits::default() };
    let (source, root) = (Source::new("a.xml", bytes), Root::new("/build"));
    match junit::parse(source, &limits) {
        Ok(report) => {
            assert!(report.cases().count() <= 16);
            let kept = u64::try_from(report.cases().count()).unwrap_or(u64::MAX);
            assert_eq!(kept + report.left_out, report.counts.run() + report.counts.skipped);
            assert!(!show::tests(&report, 3).contains('\u{1b}'));
        }
        Err(error) => assert!(error.to_string().starts_with("a.xml") && error.to_string().len() < 1_024),
    }
    for coverage in [cobertura::parse(source, root, &limits), jacoco::parse(source, root, &limits)].into_iter().flatten() {
        let totals = coverage.summary().totals;
        assert!(totals.covered_lines <= totals.lines && totals.covered_branches <= totals.branches);
        let _ = show::coverage(&coverage.summary(), 3);
    }
    if let Ok(report) = checkstyle::parse(source, &limits) {
        let _ = show::lint(&report, 3);
    }
});
