//! Results as lines.

use weir_quality::coverage::{Root, lcov};
use weir_quality::lint::eslint;
use weir_quality::report::{junit, tap};
use weir_quality::{Gate, GateResult, Limits, Measures, Source, show};

#[test]
fn what_failed_comes_first_and_the_sum_last() {
    let text = br#"<testsuites><testsuite name="shop"><testcase name="ok"/><testcase name="a" classname="shop"><failure message="1 == 3">at a.js:4:1</failure></testcase>
        <testcase name="b"><error message="boom"/></testcase></testsuite></testsuites>"#;
    let report = junit::parse(Source::new("j", text), &Limits::default()).unwrap();
    let expected = "FAIL  shop › a\n      1 == 3\n      at a.js:4\n      and 1 more\n3 tests: 1 passed, 1 failed, 1 errors, 0 skipped\n";
    assert_eq!(show::tests(&report, 1), expected);
    let none = tap::parse(Source::new("t", b"1..0"), &Limits::default()).unwrap();
    assert_eq!(show::tests(&none, 1), "no tests: the report has none\n");
}

#[test]
fn the_least_covered_file_comes_first() {
    let text = b"SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,1\nDA:2,0\nend_of_record\nSF:c\nDA:1,0\nDA:2,0\nDA:3,1\nend_of_record\n";
    let coverage = lcov::parse(Source::new("l", text), Root::default(), &Limits::default()).unwrap();
    let shown = show::coverage(&coverage.summary(), 5);
    assert_eq!(shown, " 33.3 %  c\n   50 %  b\ncoverage 50 %: 3 of 6 lines, 0 of 0 branches, in 3 files\n");
}

#[test]
fn errors_of_lint_come_before_warnings() {
    let text = br#"[{"filePath":"a.js","messages":[{"ruleId":"w","severity":1,"message":"m","line":1},{"ruleId":"e","severity":2,"message":"n"}]}]"#;
    let report = eslint::parse(Source::new("e", text), &Limits::default()).unwrap();
    assert_eq!(
        show::lint(&report, 9),
        "a.js: error: n (e)\na.js:1: warning: m (w)\n1 lint errors, 1 warnings\n"
    );
}

#[test]
fn a_gate_names_each_project_and_what_does_not_hold_first() {
    let counts = weir_quality::report::Counts { passed: 1, failed: 2, ..Default::default() };
    let result = Gate::usual().evaluate("shop", &Measures::default().with_tests(&counts));
    let shown = show::gate(&GateResult::of(vec![result]));
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines[..2],
        ["shop: failed", "  FAIL  the number of failed tests is 2, at most 0 is asked for"]
    );
    assert!(lines[2].starts_with("  none  coverage has no result"), "{shown}");
    assert_eq!(lines.last(), Some(&"quality gate: failed"));
}
