//! ESLint's and SonarQube's JSON in whatever form is read or refused, and never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_quality::lint::eslint;
use weir_quality::sonar::{project_status, task, webhook};
use weir_quality::{GateResult, Limits, Source, show};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { cases: 8, ..Limits::default() };
    let source = Source::new("a.json", bytes);
    let _ = eslint::parse(source, &limits).map(|report| show::lint(&report, 3));
    let _ = task::parse(source, &limits);
    let _ = project_status::parse(source, "p", &limits).map(|result| show::gate(&GateResult::of(vec![result])));
    let _ = webhook::parse(source, &limits);
    let signature = std::str::from_utf8(bytes).ok();
    assert!(webhook::verify("secret", b"body", signature).is_err());
});
