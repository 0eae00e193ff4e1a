//! Versions that cannot be released: each is aborted with its reason, and no request fails.

use serde_json::json;

use crate::case::Case;
use crate::load::{Load, RATE, answered_by, burst};
use crate::releases::{Releases, image_with};

/// How one is called and behaves, how long its pods are waited for, and what the reason names.
type Version = (&'static str, [(&'static str, &'static str); 1], &'static str, &'static [&'static str]);

const VERSIONS: [Version; 3] = [
    // A share that is none ends the program at once.
    (
        "crashing",
        [("WEIR_LOAD_ERROR_SHARE", "many")],
        "8s",
        &["pods were not ready within 8s", "ended", "exit code 2"],
    ),
    ("deaf", [("WEIR_LOAD_START_AFTER", "1h")], "8s", &["pods were not ready within 8s", "readiness probe"]),
    ("slow", [("WEIR_LOAD_LATENCY", "100ms")], "4m", &["latency"]),
];

#[test]
fn a_version_that_crashes_is_never_ready_or_is_slow_is_aborted_with_the_reason() {
    let Some(case) = Case::begin("unfit") else { return };
    let releases = Releases::begin(&case);
    let before = releases.stable();
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let steps = json!([{"setWeight": 20}, {"analysis": {"maxDuration": "60s", "onInsufficient": "ask"}}]);
    for (version, behaviour, deadline, named) in VERSIONS {
        let spec = json!({
            "strategy": {"canary": {"steps": steps, "progressDeadline": deadline}},
            // What it asks about by default, latency too.
            "analysis": {},
        });
        let bad = image_with(&case, version, &behaviour);
        releases.release_with(&steps, &bad, &spec);
        let status = releases.until_over("Aborted", &bad);
        let reason = status["release"]["reason"].as_str().unwrap_or_default();
        for part in named {
            assert!(reason.contains(part), "{part:?} in {reason}");
        }
        releases.until_clean();
        assert_eq!(releases.stable(), before);
    }
    load.goes_on_for(RATE);
    let report = load.stop(&case, "three versions that cannot be released");
    for version in ["crashing", "deaf"] {
        assert_eq!(answered_by(&report, version), 0);
    }
    assert!(answered_by(&report, "slow") > 0);
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v1"), 200);
}
