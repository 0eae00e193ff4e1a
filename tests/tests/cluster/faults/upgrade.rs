//! Weir itself replaced in the middle of a release: every proxy, and the controller with all that it has in memory.

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{Load, RATE, answered_by, burst};
use crate::releases::{Releases, image};

#[test]
fn weir_is_upgraded_in_mid_release_and_the_release_goes_on() {
    let Some(case) = Case::begin("upgraded") else { return };
    let releases = Releases::begin(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    // The test of the first analysis is over before, or begins anew with the new controller; that of the second is its own.
    let steps = json!([
        {"setWeight": 20},
        {"pause": {"duration": "15s"}},
        {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
        {"setWeight": 50},
        {"pause": {"duration": "1s"}},
    ]);
    releases.release(&steps, &next);
    releases.until_weight(20);
    let begun = releases.status()["release"]["startedAt"].clone();
    case.installed.kubectl(&["rollout", "restart", "deployment/weir-proxy", "deployment/weir-controller"]);
    for program in ["weir-controller", "weir-proxy"] {
        case.installed.kubectl(&["rollout", "status", &format!("deployment/{program}"), WITHIN]);
    }
    assert_eq!(releases.status()["release"]["startedAt"], begun, "it is the same release");
    // One by one: those of before may be gone before they are asked.
    let log_of = |pod: &Value| case.installed.kubectl(&["logs", pod["metadata"]["name"].as_str().unwrap()]);
    until("the one that leads has begun anew", || {
        let log: String = case.installed.pods_that_stay("weir-controller").iter().map(log_of).collect();
        if log.contains("the test begins anew") { Ok(()) } else { Err(log) }
    });
    let status = releases.until_over("Promoted", &next);
    assert_eq!(status["release"]["startedAt"], begun, "it is the same release");
    assert!(!status["release"]["unproven"].as_bool().unwrap_or_default(), "{status}");
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    case.installed.wait_for_only_proxies();
    load.goes_on_for(RATE);
    load.stop(&case, "a release in whose middle Weir was replaced");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v2"), 200);
}
