//! Blue/green on real pods: a preview that only its own requests meet, one switch, and one way back to pods that were there all the time.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use crate::case::Case;
use crate::cli::Weir;
use crate::installed::until;
use crate::load::{Load, RATE, answered_by, burst, failed_by};
use crate::releases::{Releases, image};

/// Names the preview.
const HEADER: &str = "x-preview: always";

/// The Service's requests may name the preview.
fn begin(case: &Case) -> Releases<'_> {
    let releases = Releases::begin(case);
    case.kubectl(&["annotate", "service", "shop", "weir.dev/canary-header=x-preview"]);
    releases
}

fn release(releases: &Releases<'_>, image: &str, blue_green: &Value) {
    releases.release_with(&json!([]), image, &json!({"strategy": {"blueGreen": blue_green}}));
}

/// Stable's pods, ready or not.
fn pods(case: &Case) -> BTreeSet<String> {
    let pods = case.kubectl(&["get", "pods", "--selector=app=shop", "-o", "name"]);
    pods.lines().map(str::to_owned).collect()
}

/// Every proxy leads whoever names the preview there, and everybody else to `others`; the preview's Service is reached without any proxy too.
fn is_previewed(case: &Case, version: &str, others: &str) {
    for proxy in case.proxies() {
        let named = proxy.answers(case, HEADER, 20);
        assert_eq!(named, vec![(version.to_owned(), 200); 20], "{}", proxy.name);
        let unnamed = proxy.answers(case, "x-preview: never", 20);
        assert_eq!(unnamed, vec![(others.to_owned(), 200); 20], "{}", proxy.name);
    }
    let address = case.kubectl(&["get", "service", "shop-canary", "-o", "jsonpath={.spec.clusterIP}"]);
    let preview = std::net::SocketAddr::new(address.parse().unwrap(), 80);
    assert_eq!(case.answer(preview, "anything", "/"), version, "the preview's own Service");
}

#[test]
fn a_preview_gets_everything_in_one_switch_and_the_old_pods_get_it_back_at_once() {
    let Some(case) = Case::begin("blue-green") else { return };
    let releases = begin(&case);
    let weir = Weir::new(&case);
    let (before, old) = (releases.stable(), pods(&case));
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    release(&releases, &next, &json!({"autoPromotionEnabled": false, "scaleDownDelay": "1h"}));
    let status = releases.until_in("Paused");
    assert_eq!((&status["split"]["canary"]["weight"], &status["epoch"]), (&json!(0), &json!(1)), "{status}");
    let preview =
        case.kubectl(&["get", "deployment", "shop-canary", "-o", "jsonpath={.status.readyReplicas}"]);
    assert_eq!(preview, "2", "of full size before the switch");
    is_previewed(&case, "v2", "v1");
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v1"), 200);

    weir.does(&["promote", "shop"], "going on");
    releases.until_weight(100);
    assert_eq!(releases.status()["epoch"], 2, "one change of the weights");
    assert_eq!(answered_by(&burst(&case, "/shop", 400), "v2"), 400);
    assert_eq!((releases.stable(), pods(&case)), (before.clone(), old.clone()), "the old pods wait");

    let asked = Instant::now();
    weir.does(&["undo", "shop"], "weight 0 comes first");
    let status = releases.until_over("Aborted", &next);
    case.say(&format!("everything was back at most {:.1?} after it was asked for", asked.elapsed()));
    assert_eq!(status["epoch"], 3, "one change of the weights, which every proxy has acknowledged: {status}");
    assert_eq!(answered_by(&burst(&case, "/shop", 400), "v1"), 400);
    releases.until_clean();
    assert_eq!((releases.stable(), pods(&case)), (before, old.clone()), "by the pods that were there");

    // Once more, to its end.
    release(&releases, &next, &json!({"autoPromotionEnabled": false, "scaleDownDelay": "2s"}));
    weir.does(&["retry", "shop"], "begins again");
    releases.until_in("Paused");
    weir.does(&["promote", "shop"], "going on");
    let status = releases.until_over("Promoted", &next);
    assert_eq!(status["release"]["outcome"], "promoted", "{status}");
    releases.until_clean();
    assert_eq!((releases.stable(), releases.finalizers().len()), ((next, 2), 0));
    assert!(pods(&case).is_disjoint(&old));
    let report = load.stop(&case, "a switch, the way back, and a switch for good");
    let (old, new) = (answered_by(&report, "v1"), answered_by(&report, "v2"));
    assert_eq!(old + new, report.results.completed);
    assert!(old > RATE && new > RATE, "{old} and {new}");
}

#[test]
fn a_bad_preview_meets_no_user_and_a_bad_switch_is_taken_back_by_itself() {
    let Some(case) = Case::begin("bad-green") else { return };
    let releases = begin(&case);
    let (before, old) = (releases.stable(), pods(&case));
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let bad = image(&case, "bad", "30%");
    release(
        &releases,
        &bad,
        &json!({"prePromotionAnalysis": {"maxDuration": "60s", "onInsufficient": "abort"}}),
    );
    let proxies = case.proxies();
    let mut previewed = 0;
    let status = until("the preview is shown to be bad by those who look at it", || {
        let seen = proxies.iter().flat_map(|proxy| proxy.answers(&case, HEADER, 10));
        previewed += seen.filter(|(version, _)| version == "bad").count();
        let status = releases.status();
        if status["phase"] == "Aborted" { Ok(status) } else { Err(status["message"].clone()) }
    });
    case.say(&format!("{}, after {previewed} requests that named it", status["message"]));
    assert_eq!(status["release"]["outcome"], "aborted", "{status}");
    assert!(previewed > 0);
    releases.until_clean();
    let report = load.stop(&case, "a bad preview");
    assert_eq!(answered_by(&report, "v1"), report.results.completed, "nobody else ever met it");
    assert_eq!((releases.stable(), pods(&case)), (before.clone(), old.clone()));

    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let worse = image(&case, "worse", "30%");
    release(&releases, &worse, &json!({"postPromotionAnalysis": {"maxDuration": "1h"}}));
    let status = releases.until_over("Aborted", &worse);
    assert_eq!(status["release"]["outcome"], "aborted", "{status}");
    releases.until_clean();
    assert_eq!((releases.stable(), pods(&case)), (before, old), "by the pods that were there");
    assert_eq!(answered_by(&burst(&case, "/shop", 400), "v1"), 400);
    let report = load.stop_with_failures(&case, "a switch to what fails 30 % of its requests");
    let (failed, met) = (report.results.errors, answered_by(&report, "worse"));
    case.say(&format!("{failed} requests failed, of {met} that the new version answered"));
    assert_eq!(failed, failed_by(&report, "worse"), "only the new version's own");
    assert!(failed > 0, "of {met}");
}
