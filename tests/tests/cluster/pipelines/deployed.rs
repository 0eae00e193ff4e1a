//! Stages that deploy: single objects, and what goes wrong, named.

use std::fs;

use serde_json::{Value, json};
use weir_tests::journey::stage;

use super::rights::allow;
use super::runner::Runner;
use crate::case::Case;
use crate::installed::WITHIN;
use crate::objects;
use crate::releases::image;

fn pipeline(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": name}, "spec": spec})
}

fn run(name: &str, pipeline: &str, parameters: &Value) -> Value {
    let spec = json!({"pipeline": pipeline, "parameters": parameters});
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": "PipelineRun", "metadata": {"name": name}, "spec": spec})
}

/// Starts a run, and gives its stages once it is over.
fn ran(runner: &Runner<'_>, name: &str, pipeline: &str, parameters: &Value) -> Value {
    runner.case.apply(&[run(name, pipeline, parameters)]);
    let status = runner.over(name);
    let id = status["run"].as_str().unwrap_or_default().to_owned();
    serde_json::from_str(&runner.weir(&["get", &id, "--json"])).unwrap()
}

#[test]
fn single_objects_are_changed_stage_by_stage_and_what_goes_wrong_is_named() {
    let Some(case) = Case::begin("deployed") else { return };
    let Some((_state, runner)) = Runner::alone(&case) else { return };
    allow(&case, &case.namespace);
    singles(&runner);
    faults(&runner);
}

/// Single objects, one stage each.
fn singles(runner: &Runner<'_>) {
    let case = runner.case;
    let here = &case.namespace;
    let stages = json!([
        {"name": "Apply", "deploy": {"namespace": here, "objects": objects::versioned("one", 1, &image(case, "v1", "0%"), &[])}},
        {"name": "Change", "deploy": {"namespace": here, "force": true, "objects": objects::versioned("one", 1, &image(case, "v2", "0%"), &[])}},
        {"name": "More", "scale": {"deployment": "one", "namespace": here, "replicas": 2}},
        {"name": "Back", "undo": {"deployment": "one", "namespace": here}},
        {"name": "Look", "findImage": {"deployment": "one", "namespace": here}},
        {"name": "Share", "weights": {"service": "one", "namespace": here, "canary": 12.5}},
        {"name": "Annotated", "needs": ["Share"], "variables": [{"key": "done", "value": true}]},
        {"name": "Gone", "delete": {"objects": [{"kind": "Deployment", "namespace": here, "name": "one"}, {"kind": "Deployment", "namespace": here, "name": "never"}]}},
    ]);
    case.apply(&[pipeline("singles", &json!({"stages": stages}))]);
    case.kubectl(&["wait", "--for=condition=Ready", "pipelines.weir.dev/singles", WITHIN]);
    let view = ran(runner, "singles", "singles", &json!({}));
    assert_eq!(view["status"], "Succeeded", "{view:#}");
    let looked = stage(&view, "Look")["outputs"].clone();
    assert_eq!(
        (&looked["image"], &looked["replicas"]),
        (&json!(image(case, "v1", "0%")), &json!(2)),
        "{view:#}"
    );
    let weight = r"jsonpath={.metadata.annotations.weir\.dev/canary-weight}";
    assert_eq!(case.kubectl(&["get", "service", "one", "-o", weight]), "12.5");
    assert_eq!(case.kubectl(&["get", "deployment", "one", "--ignore-not-found", "-o", "name"]), "");
}

/// What goes wrong, with what is said of it.
fn faults(runner: &Runner<'_>) {
    let case = runner.case;
    let here = &case.namespace;
    let map = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": here}, "data": {"a": value}});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("theirs.json");
    fs::write(&file, map("1").to_string()).unwrap();
    case.kubectl(&[
        "apply",
        "--server-side",
        "--field-manager=somebody-else",
        "--filename",
        file.to_str().unwrap(),
    ]);
    let unpulled = objects::versioned("unpulled", 1, "weir.test/shop:nowhere", &[]);
    let mut unready = objects::versioned("unready", 1, &image(case, "v1", "0%"), &[]).to_vec();
    unready[0]["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"] = json!(9);
    let mut wrong = objects::versioned("wrong", 1, "weir.test/shop:nowhere", &[]).to_vec();
    wrong[0]["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = json!("many");
    // The namespace has none of what its pods ask for.
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"requests.weir.test/things": "0"}}});
    case.apply(&[quota]);
    let mut greedy = objects::versioned("greedy", 1, "weir.test/shop:nowhere", &[]).to_vec();
    greedy[0]["spec"]["template"]["spec"]["containers"][0]["resources"] =
        json!({"limits": {"weir.test/things": "1"}});
    let elsewhere = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "kube-system"}});
    let unknown = json!({"apiVersion": "nobody.test/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": here}});
    let cases = [
        ("conflict", json!([map("2")]), "somebody-else"),
        ("greedy", json!(greedy), "pods cannot be made: pods \"greedy-"),
        ("unpulled", json!(unpulled), "container sample: "),
        ("unready", json!(unready), "not stable within 10s: Deployment"),
        ("wrong", json!(wrong), "containerPort"),
        ("forbidden", json!([elsewhere]), "forbidden"),
        ("unknown", json!([unknown]), "this cluster has no Thing"),
    ];
    for (name, objects, _) in &cases {
        let deploy = json!({"namespace": here, "objects": objects, "within": "10s"});
        case.apply(&[pipeline(name, &json!({"stages": [{"name": "Deploy", "deploy": deploy}]}))]);
    }
    for (name, ..) in &cases {
        case.kubectl(&["wait", "--for=condition=Ready", &format!("pipelines.weir.dev/{name}"), WITHIN]);
        case.apply(&[run(name, name, &json!({}))]);
    }
    for (name, _, said) in &cases {
        let status = runner.over(name);
        let message = status["message"].as_str().unwrap_or_default();
        assert!(status["status"] == "Terminal" && message.contains(said), "{name}: {status:#}");
    }
}
