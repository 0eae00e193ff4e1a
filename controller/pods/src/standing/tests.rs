//! Statuses as the kubelet writes them.

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use weir_pipeline::event::Blame;
use weir_stages::work::Service;
use weir_step::End;

use super::{Standing, standing};

fn of(status: &Value) -> Standing {
    let services: Vec<Service> = serde_json::from_value(
        json!([{"name": "db", "image": "db:1", "ready": {"tcp": 1, "within": "30s"}}]),
    )
    .unwrap();
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "p"}, "status": status})).unwrap();
    standing(&pod, &services)
}

fn container(name: &str, state: &Value) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state})
}

fn step(state: &Value) -> Standing {
    of(&json!({"phase": "Pending", "containerStatuses": [container("step", state)]}))
}

#[test]
fn one_that_has_not_started_says_what_it_waits_for() {
    assert_eq!(of(&json!({"phase": "Pending"})), Standing::Waiting(None));
    let no_node = json!([{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]);
    let waiting = of(&json!({"phase": "Pending", "conditions": no_node}));
    assert_eq!(waiting, Standing::Waiting(Some("no node: 0/3 nodes are available".to_owned())));
    assert_eq!(step(&json!({"waiting": {"reason": "PodInitializing"}})), Standing::Waiting(None));
    let pulled =
        step(&json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling \"node:2\""}}));
    let why = "container step: ImagePullBackOff: Back-off pulling \"node:2\"";
    assert_eq!(pulled, Standing::Waiting(Some(why.to_owned())));
}

#[test]
fn one_that_can_never_start_is_the_stages_fault() {
    let Standing::Refused(fault) = step(&json!({"waiting": {"reason": "InvalidImageName", "message": "no"}}))
    else {
        panic!("it is refused");
    };
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Work, "container step: InvalidImageName: no"));
}

#[test]
fn a_service_that_ends_or_is_never_ready_is_named() {
    let ended = |code: i32, from: &str, to: &str| {
        let ended = json!({"exitCode": code, "startedAt": from, "finishedAt": to});
        let mut status = container("service-db", &json!({"waiting": {"reason": "CrashLoopBackOff"}}));
        status["lastState"] = json!({"terminated": ended});
        match of(&json!({"phase": "Pending", "initContainerStatuses": [status]})) {
            Standing::Refused(fault) => (fault.blame, fault.message),
            other @ (Standing::Waiting(_) | Standing::Running | Standing::Over(_)) => panic!("{other:?}"),
        }
    };
    let (blame, said) = ended(3, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    assert_eq!((blame, said.as_str()), (Blame::Work, "service \"db\" has ended: exit code 3: see its log"));
    let (blame, said) = ended(137, "2026-01-01T00:00:00Z", "2026-01-01T00:00:31Z");
    assert_eq!(
        (blame, said.as_str()),
        (Blame::Infrastructure, "service \"db\" is not ready after 30s: see its log")
    );
}

#[test]
fn what_was_taken_away_says_by_whom() {
    assert_eq!(step(&json!({"running": {}})), Standing::Running);
    let evicted =
        of(&json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."}));
    let Standing::Over(End::TakenAway { reason }) = evicted else { panic!("it is over") };
    assert_eq!(reason, "Evicted: The node was low on memory.");
    let Standing::Over(End::TakenAway { reason }) =
        step(&json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}))
    else {
        panic!("it is over");
    };
    assert!(reason.contains("more memory than its limit"), "{reason}");
    let broken =
        step(&json!({"terminated": {"exitCode": 128, "reason": "StartError", "message": "no such file"}}));
    assert_eq!(broken, Standing::Over(End::NotStarted { reason: "no such file".to_owned() }));
}
