//! The leader goes in the middle of a release: its pod is deleted, or its packets do not arrive any more. The other one goes on from where it was.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::acknowledged::times;
use crate::case::Case;
use crate::cli::Weir;
use crate::installed::{WITHIN, until};
use crate::leaders::{Controller, another_leads};
use crate::load::{Load, RATE, answered_by};
use crate::partition::Cut;
use crate::releases::{Releases, image};

/// Weights that are set, one after the other.
const CHANGES: u64 = 40;
/// One of them, in the middle.
const MIDDLE: u64 = 12;
/// Far less than the 20 s after which the lease of a controller that does not end in an orderly way is free.
const AT_ONCE: Duration = Duration::from_secs(3);

#[test]
fn a_leader_whose_pod_is_deleted_in_mid_release_hands_over_at_once() {
    let Some(case) = Case::begin("handed-over") else { return };
    let releases = Releases::begin(&case);
    let (leader, _) = Controller::pair(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    // Never more than half, so that the pods stay the same.
    let weights = (1..=CHANGES).map(|n| json!({"setWeight": 1 + n % 50}));
    let steps: Vec<Value> = weights.chain([json!({"pause": {}})]).collect();
    let mut led = Duration::ZERO;
    let times = times(&case, &releases, steps, &next, || {
        until("the release is in its middle", || {
            let status = releases.status();
            if status["epoch"].as_u64() >= Some(MIDDLE) { Ok(()) } else { Err(status) }
        });
        let told = Instant::now();
        case.installed.kubectl(&["delete", "pod", &leader.name, "--wait=false"]);
        another_leads(&case, &leader.name);
        led = told.elapsed();
    });
    let stood = times.windows(2).map(|two| two[1] - two[0]).max().unwrap();
    case.say(&format!("another one led after {led:.1?}; no weight was set for at most {stood:.1?}"));
    assert_eq!(u64::try_from(times.len()).unwrap(), CHANGES + 1, "every weight was stored by itself");
    assert!(led < AT_ONCE && stood < AT_ONCE, "{led:?}, {stood:?}");
    Weir::new(&case).does(&["promote", "shop"], "going on");
    let status = releases.until_over("Promoted", &next);
    assert_eq!((&status["release"]["outcome"], &status["epoch"]), (&json!("promoted"), &json!(CHANGES + 1)));
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    let report = load.stop(&case, "a release whose leader's pod was deleted");
    assert!(answered_by(&report, "v2") > 0);
    case.installed.kubectl(&["rollout", "status", "deployment/weir-controller", WITHIN]);
}

/// What the controllers made in a case's namespace, and how often.
fn made(case: &Case) -> BTreeMap<String, usize> {
    let audit = case.installed.node.audit();
    let events = audit.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
    let user = "system:serviceaccount:weir-system:weir-controller";
    let made = events.filter(|event| {
        event["user"]["username"] == user
            && event["objectRef"]["namespace"] == case.namespace.as_str()
            && event["stage"] == "ResponseComplete"
            && event["responseStatus"]["code"] == 201
            && event["objectRef"]["resource"] != "events"
    });
    let mut count = BTreeMap::new();
    for event in made {
        let object = &event["objectRef"];
        *count.entry(format!("{} {}", object["resource"], object["name"])).or_default() += 1;
    }
    count
}

#[test]
fn a_leader_that_is_cut_off_stops_before_another_one_goes_on_and_nothing_is_done_twice() {
    let Some(case) = Case::begin("cut-off") else { return };
    let installed = case.installed;
    let releases = Releases::begin(&case);
    let (leader, other) = Controller::pair(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    // What is due while nobody leads is done by the next one.
    let steps = json!([{"setWeight": 20}, {"pause": {"duration": "5s"}}, {"setWeight": 50}, {"pause": {"duration": "1s"}}]);
    releases.release(&steps, &next);
    releases.until_weight(20);
    let cut = Cut::of(installed.node, leader.address);
    let begun = Instant::now();
    until("the one that is cut off leads no more", || match leader.leader(installed) {
        (_, false) => Ok(()),
        said => Err(said),
    });
    let stopped = begun.elapsed();
    assert_eq!(another_leads(&case, &leader.name), other.name);
    let led = begun.elapsed();
    case.say(&format!("it stopped after {stopped:.1?}, the other one led after {led:.1?}"));
    assert!(stopped < led, "never two at once: {stopped:?}, {led:?}");
    let done = || -> Vec<(String, u64)> {
        let all = leader.writes(installed).into_iter();
        all.filter(|(_, answer)| (200..300).contains(answer)).collect()
    };
    let before = done();
    let status = releases.until_over("Promoted", &next);
    // 20, 50, 0: each weight was set once.
    assert_eq!(
        (&status["release"]["outcome"], &status["epoch"]),
        (&json!("promoted"), &json!(3)),
        "{status}"
    );
    drop(cut);
    // What was on its way may arrive now, and is refused: it is of a version that is past.
    until("the one that was cut off knows who leads", || match leader.leader(installed) {
        (name, false) if name == other.name => Ok(()),
        said => Err(said),
    });
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    assert_eq!(done(), before, "it has written nothing since");
    let made = made(&case);
    assert!(made.len() >= 4 && made.values().all(|count| *count == 1), "{made:?}");
    let report = load.stop(&case, "a release whose leader was cut off");
    assert!(answered_by(&report, "v2") > 0);
}
