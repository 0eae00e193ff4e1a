//! What a spec says becomes a policy, and what it says wrongly is named.

use super::{Pause, Policy, Step, Until};
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
    assert_eq!(policy.steps()[2], Step::Pause(Pause { until: Until::Somebody, expiry: None }));
    assert!((policy.criteria().alpha - 0.01).abs() < 1e-12);
    assert!((policy.criteria().errors.as_ref().unwrap().margin.absolute - 0.001).abs() < 1e-12);
    assert_eq!(policy.timing().progress_deadline.as_secs(), 600);
    assert_eq!(policy.timing().drain_timeout.as_secs(), 30);
}

#[test]
fn every_fault_names_its_field() {
    let fine = r#"{"steps": [{"setWeight": 5}]}"#;
    for (strategy, analysis, field) in [
        (r#"{"steps": []}"#, "{}", "spec.strategy.canary.steps: is empty"),
        (r#"{"steps": [{"pause": {}}]}"#, "{}", "spec.strategy.canary.steps: have no setWeight"),
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

fn spec(strategy: &str) -> Result<Policy, String> {
    let json =
        format!(r#"{{"targetRef": {{"name": "shop"}}, "service": "shop-http", "strategy": {strategy}}}"#);
    let spec: CanarySpec = serde_json::from_str(&json).unwrap();
    Policy::parse(&spec).map_err(|e| e.to_string())
}

fn titles(policy: &Policy) -> Vec<String> {
    policy.steps().iter().map(crate::message::step).collect()
}

#[test]
fn every_strategy_becomes_steps() {
    for (strategy, steps) in [
        (r#"{"blueGreen": {}}"#, &["pods for 100 %", "weight 100 %", "pause 30s"][..]),
        (
            r#"{"blueGreen": {"previewReplicaCount": 1, "prePromotionAnalysis": {}, "autoPromotionEnabled": false,
                "postPromotionAnalysis": {"maxDuration": "5s"}}}"#,
            &[
                "1 pod",
                "analysis, at most 10m",
                "pause until somebody promotes",
                "weight 100 %",
                "analysis, at most 30s",
            ],
        ),
        (
            r#"{"blueGreen": {"autoPromotionSeconds": 90, "scaleDownDelay": "0s"}}"#,
            &["pods for 100 %", "pause 1m30s", "weight 100 %"],
        ),
        (
            r#"{"rollingBlueGreen": {"targetPercentages": [50, 100], "analysis": {"maxDuration": "1m"}}}"#,
            &[
                "pods for 100 %",
                "weight 50 %",
                "analysis, at most 1m",
                "weight 100 %",
                "analysis, at most 1m",
            ],
        ),
        (
            r#"{"canary": {"ramp": {"from": 0.5, "to": 3}}}"#,
            &[
                "weight 0.5 %",
                "analysis",
                "weight 1 %",
                "analysis",
                "weight 2 %",
                "analysis",
                "weight 3 %",
                "analysis",
            ],
        ),
        (
            r#"{"canary": {"steps": [{"setCanaryScale": {"replicas": 3}}, {"pause": {"requests": 500}}, {"setWeight": 1},
                {"setCanaryScale": {"matchTrafficWeight": true}}]}}"#,
            &["3 pods", "pause for 500 requests", "weight 1 %", "pods as the weight needs"],
        ),
    ] {
        assert_eq!(titles(&spec(strategy).unwrap()), steps, "{strategy}");
    }
}

#[test]
fn a_ramp_rises_to_its_end_whatever_the_factor() {
    for factor in ["1.1", "1.5", "2", "10", "100"] {
        let policy =
            spec(&format!(r#"{{"canary": {{"ramp": {{"from": 2, "factor": {factor}}}}}}}"#)).unwrap();
        let weights: Vec<Share> = policy
            .steps()
            .iter()
            .filter_map(|step| match step {
                Step::SetWeight(share) => Some(*share),
                Step::SetCanaryScale(_) | Step::SetRoute(_) | Step::Pause(_) | Step::Analysis(_) => None,
            })
            .collect();
        assert!(weights.is_sorted_by(|a, b| a < b), "{factor}: {weights:?}");
        assert_eq!(weights.last(), Some(&Share::FULL), "{factor}");
    }
}

#[test]
fn every_fault_of_a_strategy_names_its_field() {
    for (strategy, message) in [
        ("{}", "spec.strategy: must be exactly one"),
        (
            r#"{"blueGreen": {}, "canary": {"steps": [{"setWeight": 5}]}}"#,
            "spec.strategy: must be exactly one",
        ),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}], "ramp": {}}}"#,
            "spec.strategy.canary.ramp: is given beside steps",
        ),
        (r#"{"canary": {"ramp": {"from": 0}}}"#, "spec.strategy.canary.ramp.from: 0 % is not"),
        (r#"{"canary": {"ramp": {"from": 60, "to": 50}}}"#, "spec.strategy.canary.ramp.from: 60 % is not"),
        (r#"{"canary": {"ramp": {"factor": 1}}}"#, "spec.strategy.canary.ramp.factor: 1 is not"),
        (r#"{"canary": {"ramp": {"from": 0.01, "factor": 1.1}}}"#, "spec.strategy.canary.ramp: has "),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}, {"setCanaryScale": {}}]}}"#,
            "spec.strategy.canary.steps[1].setCanaryScale: must have one of",
        ),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}, {"setCanaryScale": {"replicas": 0}}]}}"#,
            "spec.strategy.canary.steps[1].setCanaryScale.replicas: 0 is not",
        ),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "1s", "requests": 3}}]}}"#,
            "spec.strategy.canary.steps[1].pause.requests: is given beside duration",
        ),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "1s", "expiry": "3s"}}]}}"#,
            "spec.strategy.canary.steps[1].pause.expiry: is given beside duration",
        ),
        (
            r#"{"canary": {"steps": [{"setWeight": 5}, {"pause": {"onExpiry": "abort"}}]}}"#,
            "spec.strategy.canary.steps[1].pause.onExpiry: is given without expiry",
        ),
        (
            r#"{"blueGreen": {"scaleDownDelay": "-1s"}}"#,
            "spec.strategy.blueGreen.scaleDownDelay: is negative",
        ),
        (
            r#"{"rollingBlueGreen": {"targetPercentages": [50, 25, 100]}}"#,
            "spec.strategy.rollingBlueGreen.targetPercentages: must rise",
        ),
        (
            r#"{"rollingBlueGreen": {"targetPercentages": [50]}}"#,
            "spec.strategy.rollingBlueGreen.targetPercentages: must rise",
        ),
    ] {
        let error = spec(strategy).unwrap_err();
        assert!(error.starts_with(message), "{error:?} does not begin with {message:?}");
    }
}
