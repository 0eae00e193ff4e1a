//! Types of stages, where they are not what they usually are.

use serde_json::{Value, json};

use crate::fixture::stage;

fn told(given: &Value) -> String {
    let (made, said) = stage(given);
    assert_eq!(made["preconditions"][0]["expression"], "false", "{made}");
    said.join("\n")
}

#[test]
fn a_stage_without_a_form_fails_and_says_why() {
    for (given, expected) in [
        (json!({"type": "bakeManifest"}), "helm template"),
        (json!({"type": "deployManifest", "manifests": []}), "it has no manifests"),
        (json!({"type": "deployManifest", "source": "artifact"}), "the manifest is an artifact"),
        (json!({"type": "deployManifest", "manifests": [{}], "requiredArtifactIds": ["a"]}), "deploy.images"),
        (json!({"type": "deployManifest", "manifests": [{"kind": "Service"}]}), "it has no apiVersion"),
        (
            json!({"type": "deployManifest", "manifests": [{"a": 1}], "trafficManagement": {"enabled": true}}),
            "moves requests",
        ),
        (json!({"type": "scaleManifest", "manifestName": "replicaSet a", "replicas": 1}), "only Deployments"),
        (json!({"type": "scaleManifest", "mode": "dynamic", "replicas": 1}), "not known before the run"),
        (json!({"type": "scaleManifest", "manifestName": "deployment a"}), "how many replicas"),
        (
            json!({"type": "undoRolloutManifest", "manifestName": "deployment a", "numRevisionsBack": 2}),
            "2 revisions back",
        ),
        (json!({"type": "deleteManifest", "manifestName": "${ a }"}), "no kind and name"),
        (
            json!({"type": "deleteManifest", "manifestName": "deployment a", "options": {"cascading": false}}),
            "--cascade=orphan",
        ),
        (
            json!({"type": "kayentaCanary", "deployments": {"a": 1}, "canaryConfig": {"a": 1}}),
            "`release` with a Canary",
        ),
        (
            json!({"type": "kayentaCanary", "canaryConfig": {"canaryConfigId": "a", "scopes": [{"controlScope": "a"}]}}),
            "how long it takes",
        ),
        (
            json!({"type": "checkPreconditions", "preconditions": [{"type": "clusterSize"}]}),
            "clusterSize are not known",
        ),
        (json!({"type": "wait", "waitTime": "soon"}), "no number of seconds"),
        (json!({"type": "webhook", "url": "ftp://a"}), "is no address"),
        (
            json!({"type": "webhook", "url": "http://a", "waitForCompletion": true, "statusJsonPath": "a b"}),
            "is no JSONPath",
        ),
        (json!({"type": "pipeline", "pipeline": "${ parameters.a }"}), "has to be known"),
        (
            json!({"type": "runJobManifest", "manifest": {"spec": {"template": {"spec": {"containers": []}}}}}),
            "one container",
        ),
        (
            json!({"type": "manualJudgment", "judgmentInputs": [{"value": "${ a }"}]}),
            "known before the run begins",
        ),
        (json!({}), "it has no type"),
    ] {
        let told = told(&given);
        assert!(told.contains(expected), "{given}: {told}");
    }
}

/// One that fails in the place of another is not ignored, and not skipped: nothing may go on as if it had been done.
#[test]
fn a_stage_that_stands_for_another_halts_whatever_that_one_did() {
    let (made, _) = stage(
        &json!({"type": "bakeManifest", "continuePipeline": true, "stageEnabled": {"type": "expression", "expression": "false"}}),
    );
    let keys: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "preconditions"]);
    // Also where only the reader of documents finds out.
    let (made, _) = stage(
        &json!({"type": "evaluateVariables", "continuePipeline": true, "variables": [{"key": "a", "value": "${ ( }"}]}),
    );
    let keys: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["name", "preconditions"]);
}

#[test]
fn an_analysis_of_what_has_been_has_no_lifetime() {
    let (made, _) = stage(
        &json!({"type": "kayentaCanary", "canaryConfig": {"canaryConfigId": "a b", "metricsAccountName": "m", "lifetimeDuration": "PT1H",
        "scopes": [{"controlScope": "b", "experimentScope": "c", "startTimeIso": "2026-01-02T03:00:00Z", "endTimeIso": "2026-01-02T04:00:00Z"}]}}),
    );
    let expected = json!({
        "config": "canary/a-b.json", "metrics": {"secret": "m"}, "control": {"scope": "b"}, "experiment": {"scope": "c"},
        "start": "2026-01-02T03:00:00Z", "end": "2026-01-02T04:00:00Z",
    });
    assert_eq!(made["analysis"], expected);
}

#[test]
fn a_canary_config_that_is_given_stands_in_the_stages_that_name_it() {
    let config = json!({
        "id": "0a1b", "name": "response", "classifier": {"groupWeights": {}}, "templates": {"f": "pod=~\"${scope}.*\""},
        "metrics": [{"name": "duration", "groups": [], "query": {"type": "prometheus", "metricName": "m", "customFilterTemplate": "f"}}],
    });
    let other = json!({"name": "other"});
    let stage = |named: &str| {
        json!({"type": "kayentaCanary", "name": named, "refId": named, "canaryConfig": {
            "canaryConfigId": named, "metricsAccountName": "m", "lifetimeDuration": "PT1H", "scopes": [{"controlScope": "b", "experimentScope": "c"}]}})
    };
    let pipeline =
        json!({"application": "a", "name": "b", "stages": [stage("0a1b"), stage("response"), stage("none")]})
            .to_string();
    let made = weir_spinnaker::import_with(&pipeline, &[config.clone(), other]).unwrap();
    let stages = made.documents[0]["spec"]["stages"].as_array().unwrap();
    let configs: Vec<_> = stages.iter().map(|stage| stage["analysis"]["config"].clone()).collect();
    assert_eq!(configs, [config.clone(), config, json!("canary/none.json")]);
    let text = made.report.text(true);
    assert!(
        text.contains("stages[0].canaryConfig.canaryConfigId: analysis.config")
            && text.contains("stages[2].canaryConfig.canaryConfigId: put the"),
        "{text}"
    );
    assert!(text.contains("\"other\" is given, and no stage names it"), "{text}");
    // One that cannot be judged by is told, and its stage fails until somebody has mended it.
    let broken = json!({"id": "0a1b", "metrics": [{"name": "x", "groups": "y"}]});
    let made = weir_spinnaker::import_with(&pipeline, &[broken]).unwrap();
    assert!(made.documents[0]["spec"]["stages"][0]["analysis"].is_null(), "{}", made.yaml);
    assert!(made.report.text(true).contains("metrics[0].groups: invalid type"), "{}", made.report.text(true));
}

#[test]
fn expressions_of_an_analysis_stay_with_their_units() {
    let (made, _) = stage(&json!({"type": "kayentaCanary", "canaryConfig": {
        "canaryConfigId": "a", "metricsAccountName": "${ parameters.store }", "lifetimeDuration": "${ parameters.lifetime }", "canaryAnalysisIntervalMins": "${ parameters.interval }",
        "scopes": [{"controlScope": "b", "experimentScope": "c", "step": "${ parameters.step }"}], "scoreThresholds": {"pass": "${ parameters.pass }", "marginal": "70.5"},
    }}));
    let fields = &made["analysis"];
    for (field, expected) in [
        ("lifetime", json!("${ parameters.lifetime }")),
        ("interval", json!("${ parameters.interval }m")),
        ("step", json!("${ parameters.step }s")),
        ("thresholds", json!({"marginal": 70.5, "pass": "${ parameters.pass }"})),
        ("metrics", json!({"secret": "${ parameters.store }"})),
    ] {
        assert_eq!(fields[field], expected, "{field}: {made}");
    }
}

#[test]
fn conditions_decide_about_their_branch_only_where_all_of_them_do() {
    let of = |first: bool, second: bool| {
        let one = |fails: bool| json!({"type": "expression", "failPipeline": fails, "context": {"expression": "true"}});
        let (made, said) =
            stage(&json!({"type": "checkPreconditions", "preconditions": [one(first), one(second)]}));
        (made.get("onFailure").cloned(), said.iter().any(|said| said.contains("~> onFailure")))
    };
    assert_eq!(of(false, false), (Some(json!("haltBranch")), false));
    assert_eq!(of(true, true), (None, false));
    assert_eq!(of(true, false), (None, true));
}

#[test]
fn expressions_stay_as_they_are_and_what_they_miss_is_told() {
    let text = "${ #stage('Gone')['context']['canaryScores'] }";
    let (made, said) =
        stage(&json!({"type": "evaluateVariables", "variables": [{"key": "a", "value": text}]}));
    assert_eq!(made["variables"][0]["value"], text);
    let said = said.join("\n");
    assert!(said.contains("by hand: there is no stage \"Gone\"") && said.contains("canaryScores"), "{said}");
}
