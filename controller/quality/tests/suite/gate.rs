//! The built-in gate.

use weir_quality::coverage::Totals;
use weir_quality::gate::{Operator, Policy, ProjectResult, Status, Verdict, WrittenCondition};
use weir_quality::report::Counts;
use weir_quality::{Gate, GateResult, LintReport, Measures};

fn measures(covered: u64, of: u64) -> Measures {
    let counts = Counts { passed: 10, ..Counts::default() };
    let totals = Totals { lines: of, covered_lines: covered, branches: 0, covered_branches: 0 };
    Measures::default().with_tests(&counts).with_coverage(&totals).with_lint(&LintReport::default())
}

fn of<'r>(result: &'r ProjectResult, metric: &str) -> &'r weir_quality::gate::ConditionResult {
    result.conditions.iter().find(|condition| condition.metric == metric).unwrap()
}

fn written(metric: &str, op: Operator, error: f64, warning: Option<f64>) -> WrittenCondition {
    WrittenCondition { metric: metric.to_owned(), op, error: Some(error), warning }
}

#[test]
fn coverage_is_rounded_and_compared_as_sonar_does() {
    for (covered, of_lines, status, sentence) in [
        (913, 1_000, Status::Error, "coverage is 91.3 %, at least 92 % is asked for"),
        (920, 1_000, Status::Warn, "coverage is 92 %, at least 95 % is wished for"),
        (9_195, 10_000, Status::Warn, "coverage is 92 %, at least 95 % is wished for"),
        (9_194, 10_000, Status::Error, "coverage is 91.9 %, at least 92 % is asked for"),
        (950, 1_000, Status::Ok, "coverage is 95 %, at least 92 % is asked for"),
    ] {
        let result = Gate::usual().evaluate("shop", &measures(covered, of_lines));
        let condition = of(&result, "coverage");
        assert_eq!((condition.status, condition.sentence.as_str()), (status, sentence));
    }
    let totals = Totals { lines: 10, covered_lines: 9, branches: 10, covered_branches: 5 };
    let both = Gate::usual().evaluate("shop", &Measures::default().with_coverage(&totals));
    assert_eq!(of(&both, "coverage").value.as_deref(), Some("70 %"));
}

#[test]
fn no_result_is_no_pass() {
    let nothing = Gate::usual().evaluate("shop", &Measures::default());
    assert_eq!(nothing.verdict, Verdict::Error);
    assert!(nothing.conditions.iter().all(|condition| condition.status == Status::NoValue));
    assert!(
        of(&nothing, "coverage").sentence.starts_with("coverage has no result, and no result is no pass")
    );
    assert_eq!(of(&Gate::usual().evaluate("shop", &measures(0, 0)), "coverage").status, Status::NoValue);
    // All tests skipped: none was run.
    let skipped = Measures::default().with_tests(&Counts { skipped: 3, ..Counts::default() });
    let result = Gate::usual().evaluate("shop", &skipped);
    assert_eq!(of(&result, "tests").sentence, "the number of tests is 0, at least 1 is asked for");
    let empty = Gate::parse(&[]).unwrap().evaluate("shop", &measures(1, 1));
    assert_eq!((empty.verdict, empty.verdict.passes(Policy::default())), (Verdict::None, false));
}

#[test]
fn a_condition_may_only_warn_and_a_gate_may_go_without_a_metric() {
    let warns = WrittenCondition { error: None, ..written("coverage", Operator::LessThan, 0.0, Some(95.0)) };
    let gate = Gate::parse(&[warns]).unwrap();
    for (covered, status, sentence) in [
        (93, Status::Warn, "coverage is 93 %, at least 95 % is wished for"),
        (95, Status::Ok, "coverage is 95 %, at least 95 % is asked for"),
    ] {
        let result = gate.evaluate("shop", &measures(covered, 100));
        assert_eq!((result.conditions[0].status, result.conditions[0].sentence.as_str()), (status, sentence));
    }
    let without = Gate::usual().without(weir_quality::Metric::LintErrors);
    assert!(without.conditions().iter().all(|condition| condition.metric.key() != "lint_errors"));
    assert_eq!(without.conditions().len() + 1, Gate::usual().conditions().len());
}

#[test]
fn one_failure_fails_and_the_worst_of_several_projects_counts() {
    let good = Gate::usual().evaluate("v1", &measures(99, 100));
    let warned = Gate::usual().evaluate("v2", &measures(93, 100));
    let failed = Counts { passed: 9, failed: 1, ..Counts::default() };
    let bad = Gate::usual().evaluate("v3", &measures(99, 100).with_tests(&failed));
    assert_eq!(of(&bad, "test_failures").sentence, "the number of failed tests is 1, at most 0 is asked for");
    let none = Gate::parse(&[]).unwrap().evaluate("v4", &measures(1, 1));
    for (projects, verdict, passes) in [
        (vec![&good], Verdict::Ok, true),
        (vec![&good, &warned], Verdict::Warn, true),
        (vec![&none, &good], Verdict::None, false),
        (vec![&good, &bad, &warned, &none], Verdict::Error, false),
        (vec![], Verdict::None, false),
    ] {
        let result = GateResult::of(projects.into_iter().cloned().collect());
        assert_eq!((result.verdict, result.verdict.passes(Policy::default())), (verdict, passes));
    }
    let lenient = Policy { none_passes: true, warning_passes: false };
    assert!(
        Verdict::None.passes(lenient) && !Verdict::Warn.passes(lenient) && !Verdict::Error.passes(lenient)
    );
    let json = serde_json::to_value(GateResult::of(vec![bad])).unwrap();
    assert_eq!((&json["verdict"], &json["projects"][0]["project"]), (&"ERROR".into(), &"v3".into()));
}

#[test]
fn senseless_conditions_are_all_told_with_their_place() {
    use Operator::{GreaterThan, LessThan};
    for (condition, expected) in [
        (
            written("coverge", LessThan, 92.0, None),
            "conditions[0].metric: \"coverge\" is no metric that is measured: did you mean \"coverage\"?",
        ),
        (
            written("duplicated", LessThan, 1.0, None),
            "conditions[0].metric: \"duplicated\" is no metric that is measured: there is coverage,",
        ),
        (written("coverage", LessThan, 101.0, None), "conditions[0].error: 101 is no share"),
        (written("coverage", LessThan, f64::NAN, None), "conditions[0].error: NaN is no share"),
        (written("tests", LessThan, 1.5, None), "conditions[0].error: 1.5 is no count"),
        (written("test_failures", GreaterThan, -1.0, None), "conditions[0].error: -1 is no count"),
        (
            written("coverage", LessThan, 92.0, Some(90.0)),
            "conditions[0].warning: below 90 it is never a warning",
        ),
        (
            written("lint_errors", GreaterThan, 3.0, Some(3.0)),
            "conditions[0].warning: above 3 it is never a warning",
        ),
    ] {
        let problems = Gate::parse(&[condition]).unwrap_err();
        assert!(problems[0].to_string().starts_with(expected), "{}", problems[0]);
    }
    let none = WrittenCondition { error: None, ..written("tests", LessThan, 1.0, None) };
    let none = Gate::parse(&[none]).unwrap_err()[0].to_string();
    assert_eq!(none, "conditions[0]: it has no threshold: give `error` or `warning`");
    let two = [written("a", LessThan, 1.0, None), written("tests", LessThan, 0.5, None)];
    assert_eq!(Gate::parse(&two).unwrap_err().len(), 2);
    let text = r#"[{"metric": "branch_coverage", "op": "lessThan", "error": 92.55, "warning": 95}]"#;
    let written: Vec<WrittenCondition> = serde_json::from_str(text).unwrap();
    let totals = Totals { branches: 1_000, covered_branches: 925, ..Totals::default() };
    let result = Gate::parse(&written).unwrap().evaluate("a", &Measures::default().with_coverage(&totals));
    assert_eq!(result.conditions[0].sentence, "branch coverage is 92.5 %, at least 92.55 % is asked for");
    assert!(
        serde_json::from_str::<WrittenCondition>(r#"{"metric":"tests","op":"lessThan","eror":1}"#).is_err()
    );
}
