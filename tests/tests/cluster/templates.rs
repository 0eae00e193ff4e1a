//! Releases that begin with another pod template of the Deployment, which is paused until that is promoted.

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{Load, RATE, answered_by, failed_by};
use crate::releases::{Releases, image};

/// The Deployment.
fn deployment(case: &Case) -> Value {
    case.object("deployments", "shop").unwrap()
}

/// What its user changes: an image and a variable at once.
fn change(case: &Case, image: &str, colour: &str) {
    let container = json!({"name": "sample", "image": image, "env": [{"name": "COLOUR", "value": colour}]});
    let patch = json!({"spec": {"template": {"spec": {"containers": [container]}}}}).to_string();
    case.kubectl(&["patch", "deployment", "shop", "--patch", &patch]);
}

/// Waits until stable's pods are exactly so many of this image and variable, all ready.
fn until_pods(case: &Case, count: usize, image: &str, colour: &str) {
    let expected = vec![format!("{image} {colour} true"); count];
    until(&format!("stable runs {count} pods of {image} {colour}"), || {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let form = |pod: &Value| {
            let container = &pod["spec"]["containers"][0];
            let ready = &pod["status"]["containerStatuses"][0]["ready"];
            format!("{} {} {ready}", text(&container["image"]), text(&container["env"][0]["value"]))
        };
        let pods: Vec<_> = case.objects("pods", "app=shop").iter().map(form).collect();
        if pods == expected { Ok(()) } else { Err(pods) }
    });
}

fn until_paused(case: &Case, is_paused: bool) {
    until(&format!("paused is {is_paused}"), || {
        let seen = deployment(case)["spec"]["paused"] == true;
        if seen == is_paused { Ok(()) } else { Err(seen) }
    });
}

#[test]
fn another_template_is_a_release_and_rolls_nothing_out_by_itself() {
    let Some(case) = Case::begin("templates") else { return };
    let releases = Releases::begin(&case);
    let steps = json!([
        {"setWeight": 20},
        {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
    ]);
    let mut canary = Releases::canary(&steps, None);
    canary["spec"]["releaseOn"] = json!("podTemplate");
    case.apply(&[canary]);
    until_paused(&case, true);

    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    change(&case, &next, "blue");
    let status = releases.until_in("Promoted");
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    until_pods(&case, 2, &next, "blue");
    releases.until_clean();
    until_paused(&case, true);
    case.kubectl(&["scale", "deployment/shop", "--replicas=3"]);
    until_pods(&case, 3, &next, "blue");
    assert_eq!(deployment(&case)["spec"]["paused"], true, "a number of pods is no release");
    load.goes_on_for(RATE);
    let report = load.stop(&case, "a release of another template");
    assert!(answered_by(&report, "v1") > 0 && answered_by(&report, "v2") > RATE);

    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let bad = image(&case, "bad", "30%");
    change(&case, &bad, "red");
    let status = releases.until_in("Aborted");
    assert_eq!(status["release"]["outcome"], "aborted", "{status}");
    releases.until_clean();
    until_pods(&case, 3, &next, "blue");
    let kept = deployment(&case);
    let container = &kept["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        (&container["image"], &kept["spec"]["paused"]),
        (&json!(bad), &json!(true)),
        "as its user wrote it"
    );
    let report = load.stop_with_failures(&case, "a template that fails 30 % of its requests");
    assert_eq!(report.results.errors, failed_by(&report, "bad"), "only the canary's own");

    // What was not promoted is not rolled out by a deletion either; what was is let loose.
    change(&case, &next, "blue");
    until("nothing is released any more", || {
        let status = releases.status();
        if status["message"].as_str().unwrap_or_default().contains("aborted") { Ok(()) } else { Err(status) }
    });
    case.kubectl(&["delete", "canary", "shop", WITHIN]);
    until_paused(&case, false);
    until_pods(&case, 3, &next, "blue");
}
