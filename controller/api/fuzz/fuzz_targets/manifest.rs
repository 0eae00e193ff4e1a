//! Any text is read without a panic, in time that is about linear in its length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_api::manifest;

fuzz_target!(|text: &str| {
    let parsed = manifest::parse("fuzz.yaml", text);
    for located in &parsed.objects {
        assert!(located.origin.line("metadata.annotations[\"weir.dev/sticky\"]") > 0);
    }
    for problem in &parsed.problems {
        assert!(!problem.to_string().is_empty());
    }
});
