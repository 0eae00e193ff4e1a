//! Stages that deploy: a first version without a canary, a good release, a bad one; single objects; and what goes wrong, named.

use std::fs;

use serde_json::{Value, json};

use super::ci_image;
use super::rights::allow;
use super::runner::Runner;
use super::state::State;
use crate::case::Case;
use crate::installed::WITHIN;
use crate::load::{Load, RATE, answered_by, failed_by};
use crate::objects;
use crate::releases::{Releases, image, judged};

fn pipeline(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": name}, "spec": spec})
}

fn run(name: &str, pipeline: &str, parameters: &Value) -> Value {
    let spec = json!({"pipeline": pipeline, "parameters": parameters});
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": "PipelineRun", "metadata": {"name": name}, "spec": spec})
}

/// The service as its manifests say, and a release of it.
fn ship(case: &Case) -> Value {
    let mut objects = objects::versioned("shop", 2, "weir.test/shop:set-by-the-pipeline", &[]).to_vec();
    objects.push(case.ingress("shop", "/shop", "shop"));
    objects.push(Releases::canary(&judged(), None));
    for object in &mut objects {
        // What nobody says is nobody's.
        object["spec"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    let deploy = json!({"namespace": case.namespace, "objects": objects});
    json!({
        "parameters": [{"name": "image", "required": true}],
        "stages": [
            {"name": "Runs now", "findImage": {"deployment": "shop", "namespace": case.namespace}},
            {"name": "Production", "release": {"canary": "shop", "image": "${ parameters.image }", "deploy": deploy}},
        ],
    })
}

fn stage<'v>(status: &'v Value, name: &str) -> &'v Value {
    let stages = status["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["name"] == name).unwrap_or_else(|| panic!("{status:#}"))
}

/// Starts a run, and gives its stages once it is over.
fn ran(runner: &Runner<'_>, name: &str, pipeline: &str, parameters: &Value) -> Value {
    runner.case.apply(&[run(name, pipeline, parameters)]);
    let status = runner.over(name);
    let id = status["run"].as_str().unwrap_or_default().to_owned();
    serde_json::from_str(&runner.weir(&["get", &id, "--json"])).unwrap()
}

#[test]
fn an_image_gets_to_production_by_a_release_or_is_cleaned_up() {
    let Some(case) = Case::begin("deployed") else { return };
    let Some(ci) = ci_image::loaded(case.installed) else { return };
    Releases::controller(&case);
    let state = State::new(case.installed.node).unwrap();
    let runner = Runner::begin(&case, ci, &state);
    allow(&case, &case.namespace);
    case.apply(&[pipeline("ship", &ship(&case))]);
    case.kubectl(&["wait", "--for=condition=Ready", "pipelines.weir.dev/ship", WITHIN]);
    let releases = Releases::of(&case);
    let [first, good, bad] =
        [("v1", "0%"), ("v2", "0%"), ("bad", "30%")].map(|(name, errors)| image(&case, name, errors));

    let view = ran(&runner, "first", "ship", &json!({"image": first}));
    assert_eq!(stage(&view, "Production")["outputs"]["result"], "deployed", "{view:#}");
    assert_eq!(stage(&view, "Runs now")["outputs"], json!({"found": false}));
    assert_eq!(releases.stable(), (first.clone(), 2));
    case.everywhere("/shop", "v1");

    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let view = ran(&runner, "good", "ship", &json!({"image": good}));
    assert_eq!(stage(&view, "Production")["outputs"]["result"], "promoted", "{view:#}");
    assert_eq!(stage(&view, "Runs now")["outputs"]["image"], json!(first));
    releases.until_clean();
    assert_eq!(releases.stable(), (good.clone(), 2));

    let view = ran(&runner, "bad", "ship", &json!({"image": bad}));
    assert_eq!(view["status"], "Terminal", "{view:#}");
    let said = stage(&view, "Production")["message"].as_str().unwrap().to_owned();
    assert!(
        said.contains("release ship-3 was aborted: the canary is worse than its control: errors"),
        "{said}"
    );
    releases.until_clean();
    assert_eq!(releases.stable(), (good, 2));
    let report = load.stop_with_failures(&case, "three runs of a pipeline");
    assert_eq!(report.results.errors, failed_by(&report, "bad"), "only the canary's own");
    assert!(answered_by(&report, "v2") > RATE, "{report:?}");
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
    let looked = &stage(&view, "Look")["outputs"];
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
    let unready = objects::versioned("unready", 1, "weir.test/shop:nowhere", &[]);
    let mut wrong = objects::versioned("wrong", 1, "weir.test/shop:nowhere", &[]).to_vec();
    wrong[0]["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = json!("many");
    let elsewhere = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "kube-system"}});
    let unknown = json!({"apiVersion": "nobody.test/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": here}});
    let cases = [
        ("conflict", json!([map("2")]), "somebody-else"),
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
