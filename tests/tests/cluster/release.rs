//! A Canary object drives a release: real pods, and every request counted.

use std::time::Instant;

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{Load, RATE, answered_by, burst, failed_by};
use crate::releases::{Releases, controller_starts, image, judged};

/// Stays at its weight until somebody says more.
fn stays() -> Value {
    json!([{"setWeight": 20}, {"pause": {}}])
}

#[test]
fn a_good_release_is_promoted_and_no_request_fails() {
    let Some(case) = Case::begin("promoted") else { return };
    let releases = Releases::begin(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    releases.release(&judged(), &next);
    let status = releases.until_in("Promoted");
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    case.kubectl(&["wait", "--for=condition=Promoted", "canary/shop", WITHIN]);
    let happened = ["Started", "WeightSet", "StepEntered", "Promoting", "Promoted"];
    releases.until_told(&happened, "Normal");
    load.goes_on_for(RATE);
    let before = asked(&case);
    load.goes_on_for_seconds(3);
    assert_eq!(asked(&case), before, "at rest the controller asks for nothing and writes nothing");
    let report = load.stop(&case, "a good release");
    let (old, new) = (answered_by(&report, "v1"), answered_by(&report, "v2"));
    assert_eq!(old + new, report.results.completed);
    assert!(old > 0 && new > RATE, "{old} and {new}");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v2"), 200);
}

#[test]
fn a_failing_release_is_aborted_and_only_its_own_requests_fail() {
    let Some(case) = Case::begin("aborted") else { return };
    let releases = Releases::begin(&case);
    let before = releases.stable();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    releases.release(&judged(), &image(&case, "bad", "30%"));
    let status = releases.until_in("Aborted");
    assert_eq!(status["release"]["outcome"], "aborted", "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), before);
    case.kubectl(&["wait", "--for=condition=Promoted=False", "canary/shop", WITHIN]);
    releases.until_told(&["Aborting", "Aborted"], "Warning");
    load.goes_on_for(RATE);
    let report = load.stop_with_failures(&case, "a release that fails 30 % of its requests");
    let (failed, bad) = (report.results.errors, answered_by(&report, "bad"));
    case.say(&format!("{failed} requests failed, of {bad} that the canary answered"));
    assert_eq!(failed, failed_by(&report, "bad"), "only the canary's own");
    assert!(failed > 0 && bad < report.results.completed / 2, "{failed} of {bad}");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v1"), 200);
}

#[test]
fn an_image_that_cannot_be_pulled_is_aborted_at_the_deadline_with_the_reason() {
    let Some(case) = Case::begin("unpulled") else { return };
    let releases = Releases::begin(&case);
    let before = releases.stable();
    let load = Load::start(&case, &["/shop"]);
    let soon = json!({"strategy": {"canary": {"steps": judged(), "progressDeadline": "20s"}}});
    releases.release_with(&judged(), "weir.test/shop:nowhere", &soon);
    let status = releases.until_in("Aborted");
    let reason = status["release"]["reason"].as_str().unwrap_or_default();
    for part in ["20s", "canary has 0 of 1 pods ready", "weir.test/shop:nowhere cannot be pulled"] {
        assert!(reason.contains(part), "{part:?} in {reason}");
    }
    releases.until_clean();
    assert_eq!(releases.stable(), before);
    let report = load.stop(&case, "an image that cannot be pulled");
    assert_eq!(answered_by(&report, "v1"), report.results.completed);
}

#[test]
fn a_controller_that_is_killed_goes_on_with_the_release() {
    let Some(case) = Case::begin("killed") else { return };
    let releases = Releases::begin(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    releases.release(&judged(), &next);
    releases.until_weight(20);
    kill_the_controller(&case);
    let status = releases.until_in("Promoted");
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    load.stop(&case, "a release whose controller was killed");
}

#[test]
fn a_canary_deleted_in_mid_release_leaves_stable_with_everything() {
    let Some(case) = Case::begin("deleted") else { return };
    let releases = Releases::begin(&case);
    let before = releases.stable();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    releases.release(&stays(), &image(&case, "v2", "0%"));
    releases.until_weight(20);
    load.goes_on_for(RATE);
    assert_eq!(releases.finalizers(), ["weir.dev/release"]);
    case.kubectl(&["delete", "canary", "shop", WITHIN]);
    releases.until_clean();
    assert_eq!(releases.stable(), before);
    assert_eq!(answered_by(&burst(&case, "/shop", 400), "v1"), 400);
    let report = load.stop(&case, "a Canary that was deleted in mid-release");
    assert!(answered_by(&report, "v2") > 0);
}

#[test]
fn what_cannot_be_released_is_refused_with_the_reason() {
    let Some(case) = Case::begin("refused") else { return };
    let releases = Releases::begin(&case);
    let refused = |what: &str, part: &str| {
        until(what, || {
            let message = releases.status()["message"].as_str().unwrap_or_default().to_owned();
            if message.starts_with("cannot be followed: ") && message.contains(part) {
                Ok(())
            } else {
                Err(message)
            }
        });
    };
    let patch = |patch: &Value| {
        case.kubectl(&["patch", "canary", "shop", "--type=merge", "--patch", &patch.to_string()]);
    };
    let stateful = r#"{"spec": {"targetRef": {"kind": "StatefulSet"}}}"#;
    let answer = case.try_kubectl(&["patch", "canary", "shop", "--type=merge", "--patch", stateful]);
    let error = format!("{:#}", answer.expect_err("the API server takes no StatefulSet"));
    assert!(error.contains("only Deployments are released"), "{error}");
    patch(&json!({"spec": {"service": "other"}}));
    refused("a Service that is not there is refused", "there is no Service");
    case.apply(&[json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "other"},
        "spec": {"selector": {"app": "other"}, "ports": [{"port": 80}]},
    })]);
    refused("a Service of other pods is refused", "does not select the pods of Deployment");
    releases.until_told(&["Refused"], "Warning");
    let not_ready = case.kubectl(&["wait", "--for=condition=Ready=False", "canary/shop", WITHIN]);
    assert!(not_ready.contains("condition met"), "{not_ready}");
    patch(&json!({"spec": {"service": "shop"}}));
    let message = "nothing is being released";
    until("it is followed again", || {
        let status = releases.status();
        if status["message"].as_str().is_some_and(|said| said.contains(message)) {
            Ok(())
        } else {
            Err(status)
        }
    });

    // Of two that name the same one, the older one is in force.
    case.kubectl(&["wait", "--for=condition=Ready", "canary/shop", WITHIN]);
    let mut younger = Releases::canary(&stays(), None);
    younger["metadata"]["name"] = json!("a-younger-one");
    case.apply(&[younger]);
    let message = |name: &str| {
        let canary = case.object("canaries", name).unwrap();
        canary["status"]["message"].as_str().unwrap_or_default().to_owned()
    };
    until("the younger one is refused", || {
        let said = message("a-younger-one");
        if said.contains("is released by Canary") && said.contains("/shop already") {
            Ok(())
        } else {
            Err(said)
        }
    });
    assert!(message("shop").contains("nothing is being released"), "{}", message("shop"));
    case.kubectl(&["delete", "canary", "shop", WITHIN]);
    case.kubectl(&["wait", "--for=condition=Ready", "canary/a-younger-one", WITHIN]);
}

#[test]
fn a_canary_deleted_while_stable_changes_gives_it_back_what_it_ran() {
    let Some(case) = Case::begin("restored") else { return };
    let releases = Releases::begin(&case);
    let before = releases.stable();
    // New pods of stable are ready, and not available for a while: so it stays where it changes.
    let slow = json!({"spec": {"minReadySeconds": 500}}).to_string();
    case.kubectl(&["patch", "deployment", "shop", "--patch", &slow]);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    releases.release(&json!([{"setWeight": 20}]), &next);
    releases.until_in("Promoting");
    until("stable is being given the new image", || {
        let (image, _) = releases.stable();
        if image == next { Ok(()) } else { Err(image) }
    });
    case.kubectl(&["delete", "canary", "shop", WITHIN]);
    assert_eq!(releases.stable().0, before.0, "before its object is gone");
    releases.until_clean();
    let quick = json!({"spec": {"minReadySeconds": 0}}).to_string();
    case.kubectl(&["patch", "deployment", "shop", "--patch", &quick]);
    until("stable runs what it ran", || {
        let pods = case.objects("pods", "app=shop");
        let images: Vec<_> = pods.iter().map(|pod| &pod["spec"]["containers"][0]["image"]).collect();
        if images == [before.0.as_str(); 2] { Ok(()) } else { Err(format!("{images:?}")) }
    });
    assert_eq!(answered_by(&burst(&case, "/shop", 400), "v1"), 400);
    load.stop(&case, "a Canary that was deleted while stable changed");

    // A namespace that ends waits for nobody.
    releases.release(&stays(), &next);
    releases.until_weight(20);
    let begin = Instant::now();
    case.installed.cluster.kubectl(["delete", "namespace", &case.namespace, WITHIN]).unwrap();
    case.say(&format!("a namespace with a release in progress was gone after {:?}", begin.elapsed()));
}

/// What the controllers have asked of the API server: watches left out, and the lease.
fn asked(case: &Case) -> Vec<String> {
    let user = "system:serviceaccount:weir-system:weir-controller";
    let audit = case.installed.node.audit();
    let events = audit.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
    events
        .filter(|event| event["user"]["username"] == user && event["verb"] != "watch")
        .filter(|event| event["objectRef"]["resource"] != "leases")
        .map(|event| format!("{} {}", event["verb"], event["requestURI"]))
        .collect()
}

/// Kills its process, and waits until its pod has another one.
fn kill_the_controller(case: &Case) {
    let before = controller_starts(case);
    let kill = "kill -9 $(grep -lsx weir-controller /proc/[0-9]*/comm | cut -d/ -f3)";
    let killed = case.installed.node.command("sh").args(["-c", kill]).output().unwrap();
    assert!(killed.status.success(), "{killed:?}");
    until(
        "another controller runs",
        || if controller_starts(case) == before { Err("not yet") } else { Ok(()) },
    );
}
