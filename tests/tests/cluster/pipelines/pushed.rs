//! From a push to an image in a registry, by pods, while whoever runs it is killed in each of its stages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weir_tests::github::Push;

use super::fixture::Fixture;
use super::runner::Runner;
use crate::case::Case;
use crate::installed::{WITHIN, until};

const STAGES: [&str; 8] = [
    "Checkout",
    "Install Dependencies",
    "Lint",
    "Tests",
    "Check quality: Scan",
    "Check quality: Quality Gate",
    "Build and publish image",
    "Deploy properties",
];

fn pipeline(fixture: &Fixture) -> Value {
    let redis = json!({
        "name": "redis", "image": fixture.image, "run": "exec redis-server --port 6379 --save ''", "ready": {"tcp": 6379},
    });
    let values = json!({
        "name": "flags-api", "servicePath": "/flags", "nodeImage": fixture.image,
        "registry": format!("{}/team", fixture.registry.address()), "registryInsecure": true,
        "testEnv": {"REDIS_PORT": "6379"}, "containers": [redis], "canaryEnabled": true,
    });
    let github = json!({"repository": "shop/flags-api", "branches": ["main"], "secret": "hooks"});
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": "flags-api"},
        "spec": {"triggers": [{"github": github}], "template": {"name": "nodejs-api", "values": values}},
    })
}

/// What web hooks are signed with; pipelines may name it by its label.
fn hooks() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "stringData": {"secret": "It is one"},
        "metadata": {"name": "hooks", "labels": {"weir.dev/for-pipelines": "true"}},
    })
}

#[test]
fn a_push_becomes_an_image_though_its_runner_is_killed_in_each_stage() {
    let Some(case) = Case::begin("pipelines") else { return };
    let Some(fixture) = Fixture::begin(case.installed, "flags-api") else { return };
    let runner = Runner::begin(&case, fixture.image, &fixture.state);
    case.say("the runner listens");
    case.apply(&[hooks(), pipeline(&fixture)]);
    case.kubectl(&["wait", "--for=condition=Ready", "pipelines.weir.dev/flags-api", WITHIN]);

    // An image with files of another user, and with a command of its own: what a builder with one user only cannot make.
    let base = &fixture.registry.base;
    let dockerfile = format!(
        "FROM {base}\nCOPY --chown=1000:1000 package.json server.js flags.js /app/\nUSER 1000\nRUN [\"/usr/bin/node\", \"-e\", \"require('fs').accessSync('/app/server.js')\"]\nCMD [\"/usr/bin/node\", \"/app/server.js\"]\n"
    );
    fixture.sources.write("Dockerfile", &dockerfile).unwrap();
    let commit = fixture.push("main", "Flags from a database");
    let push = |delivery: &str, commit: &str, secret: &str| {
        let push = Push { repository: "shop/flags-api", clone_url: &fixture.git.url, branch: "main", commit };
        runner.tell(&push.request(delivery, secret))
    };
    assert_eq!(push("d1", &commit, "another").0, 401);
    let (status, told) = push("d1", &commit, "It is one");
    assert_eq!((status, &told["runs"]), (202, &json!(["flags-api-1"])), "{told}");
    let killed = killed_in_each_stage(&runner, "flags-api-1");
    let status = runner.over("flags-api-1");
    let log = runner.weir(&["logs", "flags-api-1"]);
    assert_eq!(status["status"], "Succeeded", "{status:#}\n{log}");
    case.say(&format!("the run succeeded; its runner was killed in {killed:?}"));
    assert!(killed.len() >= 5, "most stages last long enough: {killed:?}");
    let stages = status["stages"].as_array().unwrap();
    assert_eq!(stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect::<Vec<_>>(), STAGES);
    assert!(stages.iter().all(|stage| stage["attempt"] == 1), "{status:#}");
    for line in [
        "fetching ",
        "packages in ",
        "> eslint .\n",
        "> mkdir -p reports coverage",
        "building 1",
        "published 1",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line:?} in {log}");
    }
    case.kubectl(&[
        "wait",
        "--for=condition=Succeeded",
        "pipelineruns.weir.dev/flags-api-1",
        "--timeout=10s",
    ]);
    nothing_is_left(&runner);
    is_served(&case, &fixture, &commit);
    an_uncovered_push_stops_at_the_gate(&runner, &fixture, &push);
}

/// Kills whoever runs it once in each stage that is seen to run; those come back.
fn killed_in_each_stage(runner: &Runner<'_>, run: &str) -> BTreeSet<String> {
    let mut killed = BTreeSet::new();
    loop {
        let status = runner.once(run, "goes on", |status| {
            status["ended"].is_string() || running(status).is_some_and(|stage| !killed.contains(&stage))
        });
        let Some(stage) = running(&status) else { return killed };
        runner.kill();
        killed.insert(stage);
    }
}

fn running(status: &Value) -> Option<String> {
    let stages = status["stages"].as_array()?;
    let running = stages.iter().find(|stage| stage["status"] == "Running")?;
    Some(running["name"].as_str()?.to_owned())
}

/// Neither a pod nor what one was told.
fn nothing_is_left(runner: &Runner<'_>) {
    until("nothing is left of steps", || {
        let left = runner.left();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}

/// What was published runs.
fn is_served(case: &Case, fixture: &Fixture, commit: &str) {
    let image = format!("{}/team/flags-api:{commit}", fixture.registry.address());
    case.installed.node.pull(&image).unwrap();
    case.apply(&[json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "served"},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [{
            "name": "api", "image": image, "imagePullPolicy": "Never",
            "env": [{"name": "API_PORT", "value": "8080"}, {"name": "API_HOST", "value": "0.0.0.0"}],
            "readinessProbe": {"httpGet": {"path": "/flags", "port": 8080}, "periodSeconds": 1},
        }]},
    })]);
    case.kubectl(&["wait", "--for=condition=Ready", "pod/served", WITHIN]);
}

fn an_uncovered_push_stops_at_the_gate(
    runner: &Runner<'_>,
    fixture: &Fixture,
    push: &impl Fn(&str, &str, &str) -> (u16, Value),
) {
    let more = "export function more(x) {\n  if (x) {\n    return 1;\n  }\n  return x === 0 ? 2 : 3;\n}\n\nexport function most(x) {\n  const y = x + 1;\n  const z = y + 1;\n  return y * z;\n}\n";
    let test = "import { test } from \"node:test\";\nimport assert from \"node:assert\";\nimport { more } from \"./more.js\";\n\ntest(\"more\", () => assert.equal(more(1), 1));\n";
    fixture.sources.write("more.js", more).unwrap();
    fixture.sources.write("more.test.js", test).unwrap();
    let uncovered = fixture.push("main", "More, without tests");
    assert_eq!(push("d2", &uncovered, "It is one").0, 202);
    let status = runner.over("flags-api-2");
    assert_eq!(status["status"], "Terminal", "{status:#}");
    let message = status["message"].as_str().unwrap();
    let at_the_gate = message.starts_with("stage \"Check quality: Quality Gate\" failed: ");
    assert!(at_the_gate && message.contains("coverage is "), "{message}");
    assert_eq!(status["stages"][6]["status"], "NotRun");
}
