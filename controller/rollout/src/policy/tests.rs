//! What a spec says becomes a policy, and what it says wrongly is named.

use super::{Policy, Step};
use weir_api::{CanarySpec, Share};

fn parse(strategy: &str, analysis: &str) -> Result<Policy, String> {
    let json = format!(
        r#"{{"targetRef": {{"name": "shop"}}, "service": "shop-http", "strategy": {{"canary": {strategy}}}, "analysis": {analysis}}}"#
    );
    let spec: CanarySpec = serde_json::from_str(&json).unwrap();
    Policy::parse(&spec).map_err(|e| e.to_string())
}

#[test]
fn defaults_are_filled_in_and_percent_becomes_fractions() {
    let policy = parse(r#"{"steps": [{"setWeight": 5}, {"analysis": {}}, {"pause": {}}]}"#, "{}").unwrap();
    assert_eq!(policy.steps()[0], Step::SetWeight(Share::from_basis_points(500).unwrap()));
    assert_eq!(policy.steps()[2], Step::Pause(None));
    assert!((policy.criteria().alpha - 0.01).abs() < 1e-12);
    assert!((policy.criteria().errors.as_ref().unwrap().margin.absolute - 0.001).abs() < 1e-12);
    assert_eq!(policy.progress_deadline().as_secs(), 600);
    assert_eq!(policy.drain_timeout().as_secs(), 30);
}

#[test]
fn every_fault_names_its_field() {
    let fine = r#"{"steps": [{"setWeight": 5}]}"#;
    for (strategy, analysis, field) in [
        (r#"{"steps": []}"#, "{}", "spec.strategy.canary.steps: is empty"),
        (r#"{"steps": [{"pause": {}}]}"#, "{}", "spec.strategy.canary.steps[0]: must be setWeight"),
        (
            r#"{"steps": [{"setWeight": 5}, {"pause": {"duration": "-1s"}}]}"#,
            "{}",
            "spec.strategy.canary.steps[1].pause.duration: is negative",
        ),
        (
            r#"{"steps": [{"setWeight": 5}, {"analysis": {"minDuration": "2m", "maxDuration": "1m"}}]}"#,
            "{}",
            "spec.strategy.canary.steps[1].analysis.maxDuration: is shorter",
        ),
        (
            r#"{"steps": [{"setWeight": 5}], "drainTimeout": "-3s"}"#,
            "{}",
            "spec.strategy.canary.drainTimeout: is negative",
        ),
        (fine, r#"{"falseAbortPercent": 0}"#, "spec.analysis.falseAbortPercent: 0 is not"),
        (
            fine,
            r#"{"errors": {"margin": {"absolutePercent": 101}, "tolerance": {"absolutePercent": 1}}}"#,
            "spec.analysis.errors.margin.absolutePercent: 101 is not",
        ),
        (
            fine,
            r#"{"latency": {"margin": {}, "tolerance": {}}}"#,
            "spec.analysis.latency.tolerance: is nothing",
        ),
    ] {
        let error = parse(strategy, analysis).unwrap_err();
        assert!(error.starts_with(field), "{error:?} does not begin with {field:?}");
    }
}

#[test]
fn a_question_that_is_not_asked_is_left_out() {
    let analysis = r#"{"latency": {"enabled": false, "margin": {}, "tolerance": {}}}"#;
    let policy = parse(r#"{"steps": [{"setWeight": 5}]}"#, analysis).unwrap();
    assert!(policy.criteria().latency.is_none() && policy.criteria().errors.is_some());
}

#[test]
fn the_baseline_gets_the_canarys_share_or_what_it_leaves() {
    let share = |percent: u16| Share::from_basis_points(percent * 100).unwrap();
    let with = parse(r#"{"steps": [{"setWeight": 5}]}"#, "{}").unwrap();
    let without = parse(r#"{"steps": [{"setWeight": 5}], "baseline": false}"#, "{}").unwrap();
    for (canary, baseline) in [(0, 0), (5, 5), (50, 50), (75, 25), (100, 0)] {
        assert_eq!(with.baseline_weight(share(canary)), share(baseline));
        assert_eq!(without.baseline_weight(share(canary)), Share::ZERO);
    }
}
