//! The pod as the API server gets it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use weir_pipeline::Key;
use weir_runner::executor::{Attempt, Container, Progress, Task};
use weir_step::Order;
use weir_step::order::Limits;

use super::{Settings, order, pod};
use crate::own::Own;

fn settings(node: Option<&str>) -> Settings {
    let own = Own {
        namespace: "ci".to_owned(),
        image: "weir-pipelines:1".to_owned(),
        pull_policy: None,
        pull_secrets: None,
        volume: serde_json::from_value(
            json!({"name": "disk", "persistentVolumeClaim": {"claimName": "weir"}}),
        )
        .unwrap(),
        mount: serde_json::from_value(json!({"name": "disk", "mountPath": "/var/lib/weir", "subPath": "ci"}))
            .unwrap(),
        node: node.map(str::to_owned),
        user: 65532,
        group: 65532,
    };
    Settings { own, keeper: "/usr/bin/weir-step".to_owned(), step_image: None }
}

fn task(kind: &'static str, image: Option<&str>, services: &Value) -> Task {
    let key = Key { run: "shop-7".to_owned(), stage: "tests".to_owned(), attempt: 1 };
    let run = PathBuf::from("/var/lib/weir/runs/shop-7");
    let order = Order {
        command: ["sh", "-e", "-c", "make"].map(str::to_owned).to_vec(),
        environment: BTreeMap::from([("TOKEN".to_owned(), "sesame".to_owned())]),
        inherits: false,
        directory: run.join("workspace"),
        secrets: vec!["sesame".to_owned()],
        limits: Limits::default(),
    };
    Task {
        progress: Progress::to_nobody(key.clone()),
        key,
        pipeline: "shop".to_owned(),
        kind,
        attempt: Attempt::at(run.join("stages/tests.1")),
        order,
        services: serde_json::from_value(services.clone()).unwrap(),
        environment: BTreeMap::new(),
        container: Container {
            image: image.map(str::to_owned),
            resources: Some(json!({"limits": {"memory": "1Gi"}})),
        },
        folders: vec![run.join("workspace"), run.join("stages/tests.1")],
        timeout: Some(Duration::from_hours(1)),
    }
}

fn made(task: &Task, node: Option<&str>) -> Value {
    serde_json::to_value(pod(&settings(node), task).unwrap()).unwrap()
}

#[test]
fn a_step_sees_its_run_and_nothing_else() {
    let pod = made(&task("step", Some("node:22"), &json!([])), Some("n1"));
    let step = &pod["spec"]["containers"][0];
    assert_eq!(step["image"], "node:22");
    assert_eq!(step["command"][1], "/var/lib/weir/runs/shop-7/stages/tests.1/step");
    let mounts: Vec<(&str, &str)> = step["volumeMounts"].as_array().unwrap()[2..]
        .iter()
        .map(|mount| (mount["mountPath"].as_str().unwrap(), mount["subPath"].as_str().unwrap()))
        .collect();
    let expected = [
        ("/var/lib/weir/runs/shop-7/workspace", "ci/runs/shop-7/workspace"),
        ("/var/lib/weir/runs/shop-7/stages/tests.1", "ci/runs/shop-7/stages/tests.1"),
    ];
    assert_eq!(mounts, expected);
    assert!(!pod.to_string().contains("sesame"), "secrets are in no pod");
    let secret =
        serde_json::to_value(order(&settings(None), &task("step", None, &json!([]))).unwrap()).unwrap();
    let told: Value = serde_json::from_str(secret["stringData"]["order.json"].as_str().unwrap()).unwrap();
    assert_eq!((&told["environment"]["TOKEN"], &told["inherits"]), (&json!("sesame"), &json!(true)));
    assert_eq!(secret["metadata"]["name"], pod["metadata"]["name"]);
}

#[test]
fn it_has_no_rights_and_an_end() {
    let pod = made(&task("step", None, &json!([])), None);
    let spec = &pod["spec"];
    assert_eq!(spec["containers"][0]["image"], "weir-pipelines:1", "the runner's own, where none is named");
    let context = &spec["containers"][0]["securityContext"];
    assert_eq!(
        (&context["allowPrivilegeEscalation"], &context["capabilities"]),
        (&json!(false), &json!({"drop": ["ALL"]}))
    );
    assert_eq!(
        (&spec["automountServiceAccountToken"], &spec["restartPolicy"]),
        (&json!(false), &json!("Never"))
    );
    assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(spec["activeDeadlineSeconds"], 70 * 60);
    assert_eq!(spec["affinity"], Value::Null);
    assert_eq!(spec["containers"][0]["resources"]["limits"]["memory"], "1Gi");
    let pinned = made(&task("step", None, &json!([])), Some("n1"));
    let terms = &pinned["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    assert_eq!(terms["nodeSelectorTerms"][0]["matchFields"][0]["values"], json!(["n1"]));
}

#[test]
fn a_builder_may_make_a_user_namespace() {
    let pod = made(&task("image", Some("ignored:1"), &json!([])), None);
    let step = &pod["spec"]["containers"][0];
    assert_eq!(step["image"], "weir-pipelines:1");
    assert_eq!(step["securityContext"]["capabilities"]["add"], json!(["SETUID", "SETGID"]));
    assert_eq!(pod["spec"]["securityContext"]["seccompProfile"], Value::Null);
}

#[test]
fn services_start_before_it_and_are_ready() {
    let services = json!([
        {"name": "Redis", "image": "redis:8", "ready": {"tcp": 6379, "within": "30s"}},
        {"name": "mock", "run": "exec mock --url $(URL)", "env": {"PORT": 80, "URL": "$(HOME)"}},
    ]);
    let pod = made(&task("step", Some("node:22"), &services), None);
    let before = pod["spec"]["initContainers"].as_array().unwrap();
    let names: Vec<&str> = before.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["keeper", "service-redis", "service-mock"]);
    assert_eq!((&before[1]["restartPolicy"], &before[1]["image"]), (&json!("Always"), &json!("redis:8")));
    assert_eq!(before[1]["command"], Value::Null, "its image knows");
    assert_eq!(
        before[1]["startupProbe"]["exec"]["command"],
        json!(["/weir/bin/weir-step", "--listens", "6379"])
    );
    assert_eq!(before[1]["startupProbe"]["failureThreshold"], 30);
    assert_eq!(before[2]["image"], "node:22");
    assert_eq!(before[2]["command"][3], "exec mock --url $$(URL)", "the shell's, and not Kubernetes'");
    assert_eq!(
        before[2]["env"],
        json!([{"name": "PORT", "value": "80"}, {"name": "URL", "value": "$$(HOME)"}])
    );
}

#[test]
fn resources_that_are_none_are_the_stages_fault() {
    let mut task = task("step", None, &json!([]));
    task.container.resources = Some(json!({"limits": 5}));
    let fault = pod(&settings(None), &task).unwrap_err();
    assert!(fault.message.starts_with("its `resources` are not those of a container: "), "{fault:?}");
}

#[test]
fn a_job_runs_as_its_image_has_it_and_sees_no_volume() {
    let mut task = task("job", Some("shop:1"), &json!([]));
    task.order.command = Vec::new();
    let job = serde_json::to_value(super::job(&settings(Some("n1")), &task).unwrap()).unwrap();
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(
        (&pod["containers"][0]["image"], &pod["containers"][0]["command"]),
        (&json!("shop:1"), &Value::Null)
    );
    assert_eq!((&pod["volumes"], &job["spec"]["backoffLimit"]), (&Value::Null, &json!(0)));
    assert_eq!(pod["containers"][0]["envFrom"][0]["secretRef"]["name"], job["metadata"]["name"]);
    assert!(!job.to_string().contains("sesame"), "secrets are in no Job");
}
