//! The API server killed, and then frozen, in the middle of a release.

use std::time::Instant;

use serde_json::json;
use weir_cluster::Component;

use crate::api_server::{Act, Out};
use crate::case::Case;
use crate::installed::{asked_for, until};
use crate::load::{Load, RATE, answered_by, burst};
use crate::releases::{Releases, controller_problems, controller_starts, image};

/// Seconds of an outage.
fn seconds() -> u64 {
    if asked_for("WEIR_CLUSTER_LONG") { 60 } else { 20 }
}

#[test]
fn a_release_waits_for_its_api_server_and_goes_on_after_it() {
    let Some(case) = Case::begin("interrupted") else { return };
    let Some(own) = case.installed.cluster.own_or_skip("to break the API server") else { return };
    let releases = Releases::begin(&case);
    let starts = controller_starts(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let api_server = own.component(Component::ApiServer);
    let acts: [(&str, &str, Act, Act); 2] = [
        ("v2", "dead", |server| server.kill(), |server| server.start()),
        ("v3", "frozen", |server| server.freeze(), |server| server.thaw()),
    ];
    for (version, what, begin, end) in acts {
        let next = image(&case, version, "0%");
        // The outage is longer than the pause, and what is due is done after it.
        // Kubernetes' own controllers take half a minute until they follow it again.
        let steps = json!([{"setWeight": 20}, {"pause": {"duration": "5s"}}, {"setWeight": 50}]);
        let spec = json!({"strategy": {"canary": {"steps": steps, "progressDeadline": "2m"}}});
        releases.release_with(&steps, &next, &spec);
        releases.until_weight(20);
        begin(&api_server).unwrap();
        let out = Out(api_server, end);
        load.goes_on_for_seconds(seconds());
        drop(out);
        let back = Instant::now();
        releases.until_over("Promoted", &next);
        case.say(&format!("{what} for {} s; promoted {:.1?} after that", seconds(), back.elapsed()));
        releases.until_clean();
        // Of the kinds, too, that nobody changes meanwhile.
        until("the controller tells of no interruption any more", || {
            let told = controller_problems(&case);
            if told.as_ref().is_some_and(|told| !told.contains("cannot be watched")) {
                Ok(())
            } else {
                Err(told)
            }
        });
        assert_eq!(releases.stable(), (next, 2));
        assert_eq!(answered_by(&burst(&case, "/shop", 200), version), 200);
    }
    load.stop(&case, "two releases whose API server was away");
    assert_eq!(controller_starts(&case), starts, "the controller was started anew");
}
