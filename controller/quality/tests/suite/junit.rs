//! JUnit reports in their dialects, and what is none.

use weir_quality::report::junit::parse;
use weir_quality::report::{Counts, Outcome, TestReport};
use weir_quality::{Limits, Source};

fn read(text: &str) -> TestReport {
    parse(Source::new("junit.xml", text.as_bytes()), &Limits::default()).unwrap()
}

fn fault(text: &str) -> String {
    parse(Source::new("junit.xml", text.as_bytes()), &Limits::default()).unwrap_err().to_string()
}

fn counts(report: &TestReport) -> (u64, u64, u64, u64, u64) {
    let Counts { passed, failed, errored, skipped, flaky } = report.counts;
    (passed, failed, errored, skipped, flaky)
}

#[test]
fn every_dialect_is_counted_by_its_cases() {
    for (dialect, text, expected) in [
        (
            "surefire",
            r#"<testsuite name="Basket" tests="9"><testcase name="a" classname="B" time="1,000.5"/><testcase name="b"><failure type="X">t</failure></testcase><testcase name="c"><error/></testcase><testcase name="d"><skipped/></testcase></testsuite>"#,
            (1, 1, 1, 1, 0),
        ),
        (
            "surefire flaky",
            r#"<testsuite><testcase name="a"><flakyFailure message="m">t</flakyFailure><flakyError/></testcase><testcase name="b"><failure>t</failure><rerunFailure>t</rerunFailure></testcase></testsuite>"#,
            (1, 1, 0, 0, 1),
        ),
        (
            "node 20: to do is no failure",
            r#"<testsuites><testsuite name="s" failures="2"><testcase name="todo"><skipped type="todo"/><failure>t</failure></testcase></testsuite><testcase name="top"/></testsuites>"#,
            (1, 0, 0, 1, 0),
        ),
        (
            "skipped and failed is failed",
            r#"<testsuite><testcase name="a"><skipped/><failure>t</failure></testcase></testsuite>"#,
            (0, 1, 0, 0, 0),
        ),
        (
            "pytest",
            r#"<?xml version="1.0"?><testsuites><testsuite name="pytest"><properties><property name="a" value="b"/></properties><testcase classname="t.T" name="x"><system-out>a &lt; b</system-out></testcase></testsuite></testsuites>"#,
            (1, 0, 0, 0, 0),
        ),
        (
            "GoogleTest",
            r#"<testsuites><testsuite><testcase name="a" status="notrun"/><testcase name="b" status="run"/></testsuite></testsuites>"#,
            (1, 0, 0, 1, 0),
        ),
        (
            "nested",
            r#"<testsuites><testsuite name="a"><testcase name="1"/><testsuite name="b"><testcase name="2"/></testsuite><testcase name="3"/></testsuite></testsuites>"#,
            (3, 0, 0, 0, 0),
        ),
        (
            "a failure of the suite",
            r#"<testsuite name="s"><error message="no db"/></testsuite>"#,
            (0, 0, 1, 0, 0),
        ),
        ("an error without its case", r#"<testsuite name="s" errors="1" tests="1"/>"#, (0, 0, 1, 0, 0)),
        (
            "jest-junit without tests",
            r#"<testsuites name="jest tests" tests="0" failures="0"></testsuites>"#,
            (0, 0, 0, 0, 0),
        ),
    ] {
        assert_eq!(counts(&read(text)), expected, "{dialect}");
    }
}

#[test]
fn a_failure_has_its_message_place_and_trace() {
    let report = read(concat!(
        "\u{feff}<testsuites><testsuite name=\"shop\" file=\"shop.test.js\"><testsuite name=\"inner\">",
        "<testcase name=\"a &lt;b&gt;\" classname=\"c\" time=\"0.25\"><failure><![CDATA[\u{1b}[31mError: 1 == 3\n",
        "    at f (/app/node_modules/x.js:1:1)\n    at /app/a.test.js:4:36]]></failure></testcase>",
        "<testcase name=\"b\"/></testsuite></testsuite></testsuites>"
    ));
    let (suite, case) = report.cases().next().unwrap();
    assert_eq!((suite.name.as_str(), case.name.as_str()), ("shop › inner", "a <b>"));
    assert_eq!(
        (case.outcome, case.message.as_str(), case.seconds),
        (Outcome::Failed, "Error: 1 == 3", Some(0.25))
    );
    assert_eq!(case.location.as_ref().unwrap().to_string(), "/app/a.test.js:4");
    assert!(case.detail.starts_with("Error") && case.detail.lines().count() == 3, "{}", case.detail);
    let (_, passed) = report.cases().nth(1).unwrap();
    assert_eq!(passed.location.as_ref().unwrap().to_string(), "shop.test.js");
}

#[test]
fn what_is_no_report_is_an_error_with_its_place() {
    let deep = "<testsuite>".repeat(65);
    for (text, expected) in [
        ("", "junit.xml: the file is empty"),
        ("  \n", "junit.xml: the file is empty"),
        ("ok 1", "junit.xml: \"ok 1\" is found where <testsuites>"),
        ("<html/>", "junit.xml:1:1: <html> is found where <testsuites>"),
        ("<testsuite>\n<testcase/></testsuite>", "junit.xml:2:1: <testcase> has no name"),
        (
            "<testsuite>\n <testcase name=\"a\">",
            "junit.xml:2:21: the file ends within <testcase>, which begins in line 2",
        ),
        ("<testsuite></testsuites>", "junit.xml:1:12: this is no well-formed XML"),
        ("<testsuite/><testsuite/>", "junit.xml:1:13: this is no well-formed XML: <testsuite> follows"),
        (
            "<!DOCTYPE a [<!ENTITY b \"bb\">]><testsuite name=\"&b;\"/>",
            "junit.xml:1:1: a DOCTYPE with declarations",
        ),
        ("<testsuite name=\"&b;\"/>", "junit.xml:1:1: this is no well-formed XML"),
        ("<testsuite>\n&b;</testsuite>", "junit.xml:2:1: this is no well-formed XML: &b; is no entity"),
        (&deep, "junit.xml:1:705: more than 64 elements"),
    ] {
        assert!(fault(text).starts_with(expected), "{text:.60}: {}", fault(text));
    }
    let latin = b"<testsuite name=\"\xe9\"/>";
    let error = parse(Source::new("j", latin), &Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("j:1:18: this is not UTF-8"), "{error}");
    let small = Limits { file_bytes: 5, ..Limits::default() };
    let error = parse(Source::new("j", b"<testsuite/>"), &small).unwrap_err().to_string();
    assert!(error.contains("12 bytes, and 5 are read at most"), "{error}");
}

#[test]
fn a_bad_case_is_kept_however_many_passed() {
    let limits = Limits { cases: 2, ..Limits::default() };
    let passed = r#"<testcase name="p"/>"#.repeat(5);
    let text = format!(r#"<testsuite>{passed}<testcase name="f"><failure/></testcase></testsuite>"#);
    let mut report = parse(Source::new("a", text.as_bytes()), &limits).unwrap();
    assert_eq!((report.cases().count(), report.left_out, report.counts.passed), (3, 3, 5));
    report.merge(parse(Source::new("b", text.as_bytes()), &limits).unwrap(), &limits);
    assert_eq!((report.cases().count(), report.left_out), (4, 8));
    assert_eq!((report.counts.passed, report.counts.failed, report.counts.run()), (10, 2, 12));
}
