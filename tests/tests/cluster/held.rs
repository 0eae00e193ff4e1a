//! What the proxies do by themselves for a release: who goes to its canary by a header, and where that ends when it fails and no controller runs.

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{NAMESPACE, WITHIN, until};
use crate::load::{Load, RATE, answered_by};
use crate::proxies::Proxy;
use crate::releases::{Releases, image};

/// Requests of users that may fail on the canary, for three proxies.
const BUDGET: u64 = 6;

fn steps() -> Value {
    let beta = json!([{"headerName": "X-Beta", "headerValue": {"exact": "yes"}}]);
    json!([{"setWeight": 0}, {"setHeaderRoute": {"name": "beta", "match": beta}}, {"pause": {}}])
}

/// This many requests with the header of the canary's users; which version, with its status, answered each.
fn beta(case: &Case, proxy: &Proxy, requests: usize) -> Vec<(String, u16)> {
    proxy.answers(case, "x-beta: yes", requests)
}

fn controllers(case: &Case, number: usize) {
    let scale =
        ["--namespace", NAMESPACE, "scale", "deployment/weir-controller", &format!("--replicas={number}")];
    case.installed.cluster.kubectl(scale).unwrap();
    until("the controllers are as many", || {
        let pods = case.installed.pods("weir-controller").len();
        if pods == number { Ok(()) } else { Err(pods) }
    });
}

#[test]
fn a_header_leads_to_the_canary_and_the_proxies_alone_keep_to_the_budget() {
    let Some(case) = Case::begin("held") else { return };
    let releases = Releases::begin(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    // A good one first: whoever has the header gets it, at weight 0, and everybody else what there was.
    releases.release(&steps(), &image(&case, "v2", "0%"));
    let status = releases.until_in("Paused");
    assert_eq!(status["split"]["headerRoutes"][0]["name"], "beta", "{status}");
    for proxy in case.proxies() {
        assert_eq!(beta(&case, &proxy, 20), vec![("v2".to_owned(), 200); 20], "{}", proxy.name);
    }
    releases.withdraw();
    let status = releases.until_in("Idle");
    assert_eq!(status["split"], Value::Null, "{status}");
    for proxy in case.proxies() {
        assert_eq!(beta(&case, &proxy, 5), vec![("v1".to_owned(), 200); 5], "{}", proxy.name);
    }

    releases.release_within(&steps(), &image(&case, "broken", "100%"), BUDGET);
    let status = releases.until_in("Paused");
    assert_eq!(status["split"]["breaker"]["failedRequests"], 2, "{status}");
    controllers(&case, 0);
    let mut failed = 0;
    for proxy in case.proxies() {
        let answers = beta(&case, &proxy, 30);
        let broken = answers.iter().filter(|(version, _)| version == "broken").count();
        assert_eq!(broken, 2, "{}: its part of the budget and no more: {answers:?}", proxy.name);
        let fine = answers.iter().filter(|(version, status)| version == "v1" && *status == 200).count();
        assert_eq!(fine, 28, "{}: {answers:?}", proxy.name);
        assert!(proxy.metric(case.installed, "weir_breaker_open{").eq(&1.0), "{}", proxy.name);
        failed += u64::try_from(broken).unwrap();
    }
    assert_eq!(failed, BUDGET);
    // The next controller finds out and ends the release, with the reason.
    controllers(&case, 1);
    case.installed.kubectl(&["rollout", "status", "deployment/weir-controller", WITHIN]);
    let status = releases.until_in("Aborted");
    let reason = status["release"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("took the canary out: errors: 2 requests of users failed"), "{reason}");
    releases.until_clean();
    let report = load.stop(&case, "requests without the header");
    assert_eq!(answered_by(&report, "v1"), report.results.completed, "nobody else ever met the canary");
}
