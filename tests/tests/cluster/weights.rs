//! A static split by annotations of a Service, changed with kubectl under load.

use serde_json::Value;

use crate::case::Case;
use crate::installed::{PROXIES, until};
use crate::load::{Load, answered_by, burst};
use crate::proxies::Proxy;

const SERVICE: &str = "weir.dev/canary-service=two";
const WEIGHT: &str = "weir.dev/canary-weight";
/// Requests that are counted for each weight.
const REQUESTS: u64 = 4_000;

fn annotate(case: &Case, annotation: &str) {
    case.kubectl(&["annotate", "service", "one", "--overwrite", annotation]);
}

/// The canary's share of `path` in percent, as an explanation of the admin port has it.
pub(crate) fn share(explained: &str) -> Option<f64> {
    let explained: Value = serde_json::from_str(explained).ok()?;
    let chances = explained["choice"]["chances"].as_array()?;
    let canary = chances.iter().find(|chance| chance["track"] == "canary");
    canary.map_or(Some(0.0), |canary| canary["share"].as_f64())
}

/// Waits until every proxy serves this share.
fn served(case: &Case, percent: f64) {
    for proxy in case.proxies() {
        until(&format!("{} serves {percent} %", proxy.name), || {
            let page = format!("/debug/routes?host={}&path=/shop", case.host);
            let seen = share(&proxy.page(case.installed, &page).body);
            if seen == Some(percent) { Ok(()) } else { Err(seen) }
        });
    }
}

/// Each worker of each proxy counts in windows of its own, and is within one request of the share at both ends of what is counted here.
pub(crate) fn slack() -> u64 {
    let workers = std::thread::available_parallelism().unwrap().get();
    u64::try_from(2 * workers * PROXIES).unwrap()
}

/// The share is that of `REQUESTS`, as exactly as windows have it.
fn counted(case: &Case, per_ten_thousand: u64) {
    let report = burst(case, "/shop", REQUESTS);
    let (one, two) = (answered_by(&report, "one"), answered_by(&report, "two"));
    let expected = REQUESTS * per_ten_thousand / 10_000;
    case.say(&format!("of {REQUESTS} requests {two} by the canary, {expected} are its share"));
    assert_eq!(one + two, REQUESTS);
    assert!(two.abs_diff(expected) <= slack(), "{two} instead of {expected}, {} allowed", slack());
}

#[test]
fn a_weight_set_by_kubectl_is_exact_and_a_bad_one_keeps_the_last_good_one() {
    let Some(case) = Case::begin("weights") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("shop", "/shop", "one"), case.ingress("steady", "/steady", "one")]);
    case.everywhere("/shop", "one");
    case.everywhere("/steady", "one");
    let load = Load::start(&case, &["/steady"]);

    annotate(&case, SERVICE);
    for (weight, percent, per_ten_thousand) in
        [("10", 10.0, 1_000), ("0.5", 0.5, 50), ("33.33", 33.33, 3_333), ("100", 100.0, 10_000)]
    {
        annotate(&case, &format!("{WEIGHT}={weight}"));
        served(&case, percent);
        counted(&case, per_ten_thousand);
    }

    annotate(&case, &format!("{WEIGHT}=5"));
    served(&case, 5.0);
    annotate(&case, &format!("{WEIGHT}=many"));
    let problems = |proxy: &Proxy| proxy.problems(case.installed, &case.namespace);
    for proxy in case.proxies() {
        let told = until("the bad weight is told", || {
            let problems = problems(&proxy);
            if problems.is_empty() { Err("no problem") } else { Ok(problems) }
        });
        assert!(told.iter().any(|problem| problem.contains(WEIGHT) && problem.contains("many")), "{told:?}");
        assert!(proxy.metric(case.installed, "weir_problems") > 0.0);
    }
    served(&case, 5.0);
    counted(&case, 500);

    annotate(&case, &format!("{WEIGHT}-"));
    served(&case, 0.0);
    for proxy in case.proxies() {
        until("the problem is gone", || {
            let problems = problems(&proxy);
            if problems.is_empty() { Ok(()) } else { Err(problems) }
        });
    }
    let steady = load.stop(&case, "seven changes of weight");
    assert_eq!(answered_by(&steady, "one") + answered_by(&steady, "two"), steady.results.completed);
}
