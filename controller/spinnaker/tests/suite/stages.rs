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
    let words = json!([
        "weir",
        "judge",
        "--config",
        "canary/a-b.json",
        "--sources",
        "canary/sources.yaml",
        "--source",
        "m",
        "--control-scope",
        "b",
        "--experiment-scope",
        "c",
        "--start",
        "2026-01-02T03:00:00Z",
        "--end",
        "2026-01-02T04:00:00Z"
    ]);
    assert_eq!(made["step"]["command"], words);
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
