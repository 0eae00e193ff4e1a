//! TAP as node, tape and others print it.

use weir_quality::report::tap::parse;
use weir_quality::report::{Counts, TestReport};
use weir_quality::{Limits, Source};

fn read(text: &str) -> TestReport {
    parse(Source::new("out.tap", text.as_bytes()), &Limits::default()).unwrap()
}

const NODE: &str = "TAP version 13
# hello
# Subtest: shop
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 2.5
      ...
    # Subtest: fails
    not ok 2 - fails
      ---
      location: '/app/a.test.js:4:7'
      error: |-
        boom
        second
      stack: |-
        at f (/app/a.test.js:4:36)
      ...
    # Subtest: inner
        # Subtest: deep
        ok 1 - deep
        1..1
    ok 3 - inner
      ---
      type: 'suite'
      ...
    not ok 4 - todo # TODO
    1..4
not ok 1 - shop
  ---
  error: '1 subtest failed'
  ...
1..1
# tests 4
";

#[test]
fn subtests_are_counted_once_and_named_after_what_they_stand_in() {
    let report = read(NODE);
    assert_eq!(report.counts, Counts { passed: 2, failed: 1, errored: 0, skipped: 1, flaky: 0 });
    let names: Vec<_> = report
        .cases()
        .map(|(_, case)| format!("{}/{}", case.class.as_deref().unwrap_or(""), case.name))
        .collect();
    assert_eq!(names, ["shop/adds", "shop/fails", "shop › inner/deep", "shop/todo"]);
    let (_, failed) = report.cases().nth(1).unwrap();
    assert_eq!(failed.message, "boom second");
    assert_eq!(failed.location.as_ref().unwrap().to_string(), "/app/a.test.js:4");
    assert_eq!(report.cases().next().unwrap().1.seconds, Some(0.0025));
}

#[test]
fn tape_groups_by_comments_and_tells_the_difference() {
    let report = read(
        "TAP version 13\n# adds\nok 1 one\nnot ok 2 three\n  ---\n    operator: equal\n    expected: 3\n    actual:   1\n    at: Test.<anonymous> (/app/p.js:2:46)\n  ...\nok 3 later # SKIP\n\n1..3\n# tests 3\n",
    );
    let (_, failed) = report.cases().nth(1).unwrap();
    assert_eq!((failed.class.as_deref(), failed.message.as_str()), (Some("adds"), "expected 3, got 1"));
    assert_eq!(failed.location.as_ref().unwrap().to_string(), "/app/p.js:2");
    assert_eq!((report.counts.passed, report.counts.failed, report.counts.skipped), (1, 1, 1));
}

#[test]
fn a_run_that_did_not_keep_its_plan_has_an_error() {
    for (text, errored, message) in [
        ("1..2\nok 1\n", 1, "2 tests are planned, and 1 came"),
        ("1..1\nok 1\nok 2\n", 1, "1 tests are planned, and 2 came"),
        ("ok 1\n", 1, "there is no plan after 1 tests"),
        ("TAP version 14\n", 1, "there is no plan and no test"),
        ("1..3\nok 1\nBail out! no disk\nnot ok 2\n", 1, "no disk"),
        ("    ok 1\n    1..2\nok 1 - a\n1..1\n", 1, "2 tests are planned, and 1 came"),
        ("    ok 1\n    1..1\nnot ok 1 - hook\n1..1\n", 0, ""),
        ("1..0 # SKIP no database\n", 0, ""),
        ("1..1\nok 1\n", 0, ""),
    ] {
        let report = read(text);
        let said: Vec<_> = report.cases().map(|(_, case)| case.message.clone()).collect();
        assert_eq!(report.counts.errored, errored, "{text}");
        assert!(message.is_empty() || said.iter().any(|said| said.starts_with(message)), "{text}: {said:?}");
    }
    // A subtest that fails though all in it passed has failed itself.
    assert_eq!(read("    ok 1\n    1..1\nnot ok 1 - hook\n1..1\n").counts.failed, 1);
}

#[test]
fn what_is_no_tap_is_an_error() {
    for (text, expected) in [
        ("", "out.tap: the file is empty"),
        ("hello\n# comment\n", "out.tap: \"hello\" is found where the output of a TAP producer"),
        ("TAP version 99\nok 1\n", "out.tap:1: \"TAP version 99\" is found where TAP version 12, 13 or 14"),
    ] {
        let error =
            parse(Source::new("out.tap", text.as_bytes()), &Limits::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
