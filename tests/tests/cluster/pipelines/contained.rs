//! What goes wrong with steps in pods, each by itself: named, and nothing of it left.

use serde_json::{Value, json};

use super::runner::Runner;
use crate::case::Case;
use crate::installed::{WITHIN, until};

/// A pipeline of one step, in the runner's own image.
fn pipeline(name: &str, step: &Value) -> Value {
    let stages = json!([{"name": "Step", "step": step}]);
    object("Pipeline", name, &json!({"stages": stages}))
}

/// A pipeline of one Job, with a secret.
fn job(name: &str, run: &str) -> Value {
    let job = json!({"run": run, "env": {"ROWS": 17}, "secrets": {"TOKEN": "shown/token"}});
    object("Pipeline", name, &json!({"stages": [{"name": "Step", "job": job}]}))
}

/// An object of Weir's, as it is written.
pub(super) fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "weir.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn run(pipeline: &str) -> Value {
    object("PipelineRun", pipeline, &json!({"pipeline": pipeline}))
}

fn secret(name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels},
        "stringData": {"token": "open-sesame"},
    })
}

type Step = (&'static str, Value, &'static str, &'static str);

/// Pipelines by their names, with what comes of a run of each: its status, and what its message has.
fn steps() -> Vec<Step> {
    let waits = "trap '' TERM; (setsid sleep 600 &); echo begun; while :; do sleep 1; done";
    let unready = json!([{"name": "db", "run": "exec sleep 600", "ready": {"tcp": 1, "within": "3s"}}]);
    let ended = json!([{"name": "db", "run": "echo no disk; exit 3", "ready": {"tcp": 1}}]);
    let greedy = "node -e 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1));'";
    let pieces = "printf open-; sleep 1; printf 'sesame\\n'";
    vec![
        ("cancelled", json!({"run": waits}), "Canceled", ""),
        ("deleted", json!({"run": format!("[ $WEIR_ATTEMPT = 1 ] || exit 0; {waits}")}), "Succeeded", ""),
        ("nowhere", json!({"run": "true", "resources": {"requests": {"cpu": "500"}}}), "Canceled", ""),
        ("greedy", json!({"run": greedy, "resources": {"limits": {"memory": "96Mi"}}}), "Terminal", "memory"),
        ("unready", json!({"run": "true", "services": unready}), "Terminal", "\"db\" is not ready after 3s"),
        ("ended", json!({"run": "true", "services": ended}), "Terminal", "\"db\" has ended: exit code 3"),
        ("failing", json!({"run": "echo so not; exit 7"}), "Terminal", "exit code 7: so not"),
        ("pieces", json!({"run": pieces, "secrets": {"TOKEN": "shown/token"}}), "Succeeded", ""),
        (
            "hidden",
            json!({"run": "true", "secrets": {"TOKEN": "hidden/token"}}),
            "Terminal",
            "label weir.dev/for-pipelines",
        ),
        (
            "unlimited",
            json!({"run": "true", "resources": {"limits": "no"}}),
            "Terminal",
            "its `resources` are not",
        ),
    ]
}

#[test]
fn what_steps_do_that_nobody_wants_is_named_and_leaves_nothing() {
    let Some(case) = Case::begin("contained") else { return };
    let Some((_state, runner)) = Runner::alone(&case) else { return };
    let steps = steps();
    define(&runner, &steps);
    let others = ["misspelt", "migrates", "breaks"];
    let runs: Vec<Value> = steps.iter().map(|(name, ..)| run(name)).chain(others.map(run)).collect();
    case.apply(&runs);
    interfere(&runner);
    let refused = runner.once("misspelt", "is refused", |status| status["status"] == "Refused");
    assert!(refused["message"].as_str().unwrap().contains("there is no Pipeline \"misspelt\""), "{refused}");
    for (name, _, expected, said) in &steps {
        let status = runner.over(name);
        let message = status["message"].as_str().unwrap_or_default();
        assert!(status["status"] == *expected && message.contains(said), "{name}: {status:#}");
    }
    let deleted: Value = serde_json::from_str(&runner.weir(&["get", "deleted-1", "--json"])).unwrap();
    assert_eq!(deleted["stages"][0]["attempt"], 2, "who is to blame is the infrastructure: {deleted:#}");
    let log = runner.weir(&["logs", "pieces-1"]);
    assert!(!log.contains("sesame") && log.contains("***"), "{log}");
    let service = runner.weir(&["logs", "ended-1", "Step", "--service", "db"]);
    assert!(service.contains("no disk"), "{service:?}");
    jobs_are_jobs(&runner);
    until("nothing is left of steps", || {
        let left = runner.left();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}

/// Makes all pipelines; the one that is misspelt is told, and keeps nobody from running.
fn define(runner: &Runner<'_>, steps: &[Step]) {
    let misspelt = json!({"stages": [{"name": "A", "stepp": {"run": "true"}}]});
    let migrated = "echo SPINNAKER_PROPERTY_ROWS=$ROWS; echo with $TOKEN; test ! -e /var/lib/weir/pipelines";
    let mut objects: Vec<Value> = steps.iter().map(|(name, step, _, _)| pipeline(name, step)).collect();
    objects.extend([
        job("migrates", migrated),
        job("breaks", "echo no; exit 4"),
        object("Pipeline", "misspelt", &misspelt),
        secret("shown", &json!({"weir.dev/for-pipelines": "true"})),
        secret("hidden", &json!({})),
    ]);
    runner.case.apply(&objects);
    for name in steps.iter().map(|(name, ..)| *name).chain(["migrates", "breaks"]) {
        let pipeline = format!("pipelines.weir.dev/{name}");
        runner.case.kubectl(&["wait", "--for=condition=Ready", &pipeline, WITHIN]);
    }
    let wrong = until("what is misspelt is told", || {
        let wrong = runner.case.object("pipelines", "misspelt").unwrap();
        let ready = wrong["status"]["conditions"][0].clone();
        if ready["status"] == "False" { Ok(ready) } else { Err(ready) }
    });
    assert!(wrong["message"].as_str().unwrap().contains("step"), "{wrong}");
}

/// Cancels two runs, one of which waits for a node that there is not, and takes the pod of a third one away.
fn interfere(runner: &Runner<'_>) {
    for name in ["cancelled", "deleted"] {
        until("the step has begun", || {
            let said = runner.try_weir(&["logs", &format!("{name}-1")])?;
            if said.contains("begun") { Ok(()) } else { Err(said) }
        });
    }
    runner.once("nowhere", "says why it waits", |status| {
        status["stages"][0]["message"].as_str().is_some_and(|message| message.starts_with("no node: "))
    });
    let case = runner.case;
    let pod = case.kubectl(&["get", "pods", "--selector=weir.dev/run=deleted-1", "-o", "name"]);
    case.kubectl(&["delete", pod.trim(), "--wait=false"]);
    for name in ["cancelled", "nowhere"] {
        let patch = ["patch", &format!("pipelineruns.weir.dev/{name}"), "--type=merge", "--patch"];
        case.kubectl(&[&patch[..], &["{\"spec\": {\"cancelled\": true}}"]].concat());
    }
}

/// Their logs hand on, and have no secrets; they see nothing of the volume.
fn jobs_are_jobs(runner: &Runner<'_>) {
    assert_eq!(runner.over("breaks")["message"], "stage \"Step\" failed: exit code 4: no");
    let status = runner.over("migrates");
    assert_eq!(status["status"], "Succeeded", "{status:#}");
    let migrated: Value = serde_json::from_str(&runner.weir(&["get", "migrates-1", "--json"])).unwrap();
    assert_eq!(migrated["stages"][0]["outputs"]["rows"], "17");
    assert!(runner.weir(&["logs", "migrates-1"]).contains("with ***\n"));
}
